import OcelliGraph
import OcelliTensor

/// Batch normalisation, and products and sums with one number a channel, go into the weights of the
/// convolution before them.
struct FoldScales: GraphPass {
  let name = "fold-scales"

  /// Weights that are multiplied in all; behind that, nodes stay. Units: elements.
  private static let limit = 1 << 30

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    var makers = graph.producers()
    let readers = graph.consumers().map(\.count)
    let outputs = Set(graph.outputs)
    var gone = Set<Int>()
    var own = Set<ValueID>()
    var left = Self.limit
    // In order: what a convolution takes in, the next node finds it to be the maker of.
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard node.op is BatchNormalization || node.op is Binary, node.outputs.count == 1,
        let output = node.outputs[0]
      else { continue }
      for place in 0..<min(2, node.inputs.count) {
        guard let x = node.inputs[place], let maker = makers[x.index], readers[x.index] == 1,
          !outputs.contains(x), let channels = foldableChannels(graph.nodes[maker], graph),
          let affine = affine(node, place, channels: channels, graph),
          let weights = graph.nodes[maker].inputs[1], let count = graph[weights].constant?.count,
          count <= left
        else { continue }
        left -= count
        try fold(affine, of: index, into: maker, &graph, own: &own)
        makers[output.index] = maker
        gone.insert(index)
        break
      }
    }
    graph.nodes = graph.nodes.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
    graph.removeDeadCode()
  }

  /// The output channels of a convolution that can take in a scale and a shift; nil where it cannot.
  private func foldableChannels(_ node: Node, _ graph: Graph) -> Int? {
    guard let convolution = node.op as? Convolution, convolution.activation == nil,
      node.inputs.count < 4, let w = node.inputs[1], let weights = graph[w].constant,
      weights.type == .float32, weights.shape.rank > 0, biasIsConstant(node, graph)
    else { return nil }
    return weights.shape[0]
  }

  private func biasIsConstant(_ node: Node, _ graph: Graph) -> Bool {
    guard let b = node.input(2) else { return true }
    return graph[b].constant?.type == .float32
  }

  private func affine(_ node: Node, _ place: Int, channels: Int, _ graph: Graph) -> Affine? {
    if let op = node.op as? BatchNormalization {
      return place == 0 ? Affine(op, node, channels: channels, graph) : nil
    }
    guard let op = node.op as? Binary, let other = node.inputs[1 - place],
      let values = perChannel(other, channels: channels, output: node.outputs[0], graph)
    else { return nil }
    let ones = [Float](repeating: 1, count: channels)
    let zeros = [Float](repeating: 0, count: channels)
    switch op.function {
    case .add: return Affine(scale: ones, shift: values)
    case .subtract where place == 0: return Affine(scale: ones, shift: values.map { -$0 })
    case .multiply: return Affine(scale: values, shift: zeros)
    default: return nil
    }
  }

  /// A constant that is one number, or one number for each channel of `[N, C, H, W]`.
  private func perChannel(_ id: ValueID, channels: Int, output: ValueID?, _ graph: Graph)
    -> [Float]?
  {
    guard let tensor = graph[id].constant, tensor.type == .float32, let output,
      let shape = graph[output].fact?.shape, shape.rank == 4, shape[1] == channels
    else { return nil }
    let values: [Float] = tensor.array()
    if values.count == 1, tensor.shape.rank <= 4 {
      return [Float](repeating: values[0], count: channels)
    }
    let wide = [Int](repeating: 1, count: max(0, 4 - tensor.shape.rank)) + tensor.shape.dimensions
    return wide == [1, channels, 1, 1] ? values : nil
  }

  /// `own`: the weights and biases that only this pass's convolutions read.
  private func fold(
    _ affine: Affine, of index: Int, into producer: Int, _ graph: inout Graph,
    own: inout Set<ValueID>
  ) throws(OperatorError) {
    let channels = affine.scale.count
    guard let w = graph.nodes[producer].inputs[1], var weights = graph[w].constant,
      let output = graph.nodes[index].outputs[0]
    else { return }
    let each = weights.count / max(channels, 1)
    var bias = affine.shift
    if let b = graph.nodes[producer].input(2),
      let old = graph[b].constant
    {
      let values: [Float] = old.array()
      for c in 0..<channels { bias[c] += values[c] * affine.scale[c] }
    }
    if affine.scale.contains(where: { $0 != 1 }) {
      var span = weights.mutableSpan(of: Float.self)
      for c in 0..<channels {
        for i in c * each..<(c + 1) * each { span[i] *= affine.scale[c] }
      }
    }
    let shift: Tensor
    do { shift = try Tensor(bias, shape: [channels]) } catch {
      throw OperatorError("\(graph.nodes[producer].label): \(error)")
    }
    if own.contains(w), let b = graph.nodes[producer].inputs[2] {
      graph[w].constant = weights
      graph[b].constant = shift
    } else {
      let name = graph.nodes[producer].name
      let newWeights = graph.add(constant: weights, name: "\(name).weight")
      let newBias = graph.add(constant: shift, name: "\(name).bias")
      own.insert(newWeights)
      graph.nodes[producer].inputs = [graph.nodes[producer].inputs[0], newWeights, newBias]
    }
    // The convolution makes the later node's value; its own is dead.
    graph.nodes[producer].outputs = [output]
  }
}
