import OcelliGraph
import OcelliTensor

/// Batch normalisation, and products and sums with one number a channel, go into the weights of the
/// convolution before them.
struct FoldScales: GraphPass {
  let name = "fold-scales"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    while let (index, producer, affine) = find(graph) {
      try fold(affine, of: index, into: producer, &graph)
      graph.removeDeadCode()
    }
  }

  /// y = x · scale + shift, one number a channel.
  private struct Affine {
    var scale: [Float]
    var shift: [Float]
  }

  private func find(_ graph: Graph) -> (node: Int, producer: Int, Affine)? {
    let producers = graph.producers()
    let consumers = graph.consumers()
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard node.op is BatchNormalization || node.op is Binary, node.outputs.count == 1 else {
        continue
      }
      for place in 0..<min(2, node.inputs.count) {
        guard let x = node.inputs[place], let producer = producers[x.index],
          let convolution = graph.nodes[producer].op as? Convolution,
          convolution.activation == nil, graph.nodes[producer].inputs.count < 4,
          consumers[x.index].count == 1, !graph.outputs.contains(x),
          let w = graph.nodes[producer].inputs[1], let weights = graph[w].constant,
          weights.type == .float32, biasIsConstant(graph.nodes[producer], graph),
          let affine = affine(node, place, channels: weights.shape[0], graph)
        else { continue }
        return (index, producer, affine)
      }
    }
    return nil
  }

  private func biasIsConstant(_ node: Node, _ graph: Graph) -> Bool {
    guard node.inputs.count > 2, let b = node.inputs[2] else { return true }
    return graph[b].constant?.type == .float32
  }

  private func affine(_ node: Node, _ place: Int, channels: Int, _ graph: Graph) -> Affine? {
    if let op = node.op as? BatchNormalization {
      guard place == 0, node.inputs.count == 5 else { return nil }
      let lists = node.inputs.dropFirst().compactMap { id -> [Float]? in
        guard let id, let tensor = graph[id].constant, tensor.type == .float32,
          tensor.count == channels
        else { return nil }
        return tensor.array()
      }
      guard lists.count == 4 else { return nil }
      let scale = (0..<channels).map { lists[0][$0] / (lists[3][$0] + op.epsilon).squareRoot() }
      return Affine(
        scale: scale, shift: (0..<channels).map { lists[1][$0] - lists[2][$0] * scale[$0] })
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

  private func fold(_ affine: Affine, of index: Int, into producer: Int, _ graph: inout Graph)
    throws(OperatorError)
  {
    let channels = affine.scale.count
    guard let w = graph.nodes[producer].inputs[1], var weights = graph[w].constant,
      let output = graph.nodes[index].outputs[0]
    else { return }
    let each = weights.count / max(channels, 1)
    var bias = affine.shift
    if graph.nodes[producer].inputs.count > 2, let b = graph.nodes[producer].inputs[2],
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
    let name = graph.nodes[producer].name
    let newWeights = graph.add(constant: weights, name: "\(name).weight")
    let newBias: ValueID
    do {
      newBias = graph.add(constant: try Tensor(bias, shape: [channels]), name: "\(name).bias")
    } catch {
      throw OperatorError("\(name): \(error)")
    }
    graph.nodes[producer].inputs = [graph.nodes[producer].inputs[0], newWeights, newBias]
    // The convolution makes the later node's value; its own is dead.
    graph.nodes[producer].outputs = [output]
    graph.nodes.remove(at: index)
  }
}
