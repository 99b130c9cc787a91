import OcelliGraph
import OcelliTensor

/// Finds convolutions of bytes: `DequantizeLinear → Conv (→ Relu, Clip) → QuantizeLinear`, and
/// `ConvInteger → Requantize`.
struct FindQuantizedConvolutions: GraphPass {
  let name = "find-quantized-convolutions"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let uses = Uses(graph)
    // A convolution takes the place of the last node that it replaces.
    var replaced: [Int: Node] = [:]
    for index in graph.nodes.indices {
      switch graph.nodes[index].op {
      case let op as Convolution:
        guard let found = try convolution(op, index, &graph, uses) else { continue }
        replaced[found.place] = found.node
      case is Requantize:
        guard let node = try requantized(index, &graph, uses) else { continue }
        replaced[index] = node
      default: break
      }
    }
    for (index, node) in replaced { graph.nodes[index] = node }
    graph.removeDeadCode()
  }

  // MARK: Among floats

  private func convolution(
    _ op: Convolution, _ index: Int, _ graph: inout Graph, _ uses: Uses
  ) throws(OperatorError) -> (place: Int, node: Node)? {
    let node = graph.nodes[index]
    guard op.activation == nil, node.inputs.count <= 3, let output = node.outputs[0],
      let x = graph.producer(of: node.inputs[0], uses.producers, as: DequantizeLinear.self)?.node,
      let scale = graph.byteScale(of: x),
      let w = weights(node.inputs[1], graph, uses),
      let bias = bias(node, graph, uses, steps: w.scales.map { $0 * scale.scale })
    else { return nil }
    let window = ConvolutionInteger(
      strides: op.strides, dilations: op.dilations, padding: op.padding, groups: op.groups)
    let end = graph.ending(of: output, uses)
    var multipliers = w.scales.map { $0 * scale.scale }
    if let end { multipliers = multipliers.map { $0 / end.scale.scale } }
    guard multipliers.allSatisfy({ $0.isFinite }) else { return nil }
    let form: QuantizedConvolution.Output =
      end.map { .bytes(zero: $0.scale.zero, low: $0.low, high: $0.high, table: []) } ?? .real
    let inputs = [
      x.inputs[0], w.elements,
      try bias.isEmpty ? nil : graph.addList(bias, name: "\(node.name)/bias"),
      try graph.addList(multipliers, name: "\(node.name)/multiplier"), w.zero,
    ]
    return (
      end?.place ?? index,
      Node(
        name: node.name, op: QuantizedConvolution(window: window, zero: scale.zero, output: form),
        inputs: inputs, outputs: [end?.output ?? output])
    )
  }

  private struct Weights {
    var elements: ValueID
    var zero: ValueID?
    /// One an output channel.
    var scales: [Float]
  }

  /// Weights of 8 bits with one scale, or one an output channel.
  private func weights(_ id: ValueID?, _ graph: Graph, _ uses: Uses) -> Weights? {
    guard
      let (node, op) = graph.producer(of: id, uses.producers, as: DequantizeLinear.self),
      op.granularity.block == 0, let source = node.inputs[0], let tensor = graph[source].constant,
      tensor.shape.rank > 2, let s = node.inputs[1], let scale = graph[s].constant,
      scale.type == .float32
    else { return nil }
    let count = tensor.shape[0]
    guard scale.count == 1 || (scale.count == count && op.granularity.axis == 0) else { return nil }
    let values = scale.array(of: Float.self)
    let zero = node.input(2)
    guard isWeight(tensor, zero: zero, graph) else { return nil }
    return Weights(
      elements: source, zero: zero,
      scales: scale.count == 1 ? [Float](repeating: values[0], count: count) : values)
  }

  /// Whether a tensor can be the weights of a convolution of bytes, with a zero point, or one a channel.
  private func isWeight(_ tensor: Tensor, zero: ValueID?, _ graph: Graph) -> Bool {
    guard tensor.type == .int8 || tensor.type == .uint8 else { return false }
    guard let zero else { return true }
    guard let known = graph[zero].constant, known.type == tensor.type else { return false }
    return known.count == 1 || known.shape == [tensor.shape[0]]
  }

  /// The bias in steps of the sums; empty where there is none, nil where it cannot be said so.
  private func bias(_ node: Node, _ graph: Graph, _ uses: Uses, steps: [Float]) -> [Int32]? {
    guard let id = node.input(2) else { return [] }
    var real: [Float]
    if let constant = graph[id].constant, constant.type == .float32 {
      real = constant.array()
    } else if let maker = graph.producer(of: id, uses.producers, as: DequantizeLinear.self)?.node,
      let source = maker.inputs[0], let whole = graph[source].constant, whole.type == .int32,
      let s = maker.inputs[1], let scale = graph[s].constant, scale.type == .float32
    {
      let zero = maker.input(2).flatMap { graph[$0].constant }
      let elements = whole.array(of: Int32.self)
      let scales = scale.array(of: Float.self)
      guard elements.count == steps.count, scales.count == 1 || scales.count == steps.count,
        zero.map({ $0.type == .int32 && $0.array(of: Int32.self).allSatisfy { $0 == 0 } }) ?? true
      else { return nil }
      let own = steps.indices.map { scales[scales.count == 1 ? 0 : $0] }
      // As writers mean it: the bias's scale is that of the sums.
      if zip(own, steps).allSatisfy({ abs($0 - $1) <= 1e-6 * $1 }) { return elements }
      real = steps.indices.map { Float(elements[$0]) * own[$0] }
    } else {
      return nil
    }
    guard real.count == steps.count else { return nil }
    var result: [Int32] = []
    for (value, step) in zip(real, steps) {
      let whole = (Double(value) / Double(step)).rounded(.toNearestOrEven)
      guard abs(whole) < 0x1p30 else { return nil }
      result.append(Int32(whole))
    }
    return result
  }

  // MARK: Among whole numbers

  private func requantized(
    _ index: Int, _ graph: inout Graph, _ uses: Uses
  ) throws(OperatorError) -> Node? {
    let node = graph.nodes[index]
    guard let output = node.outputs[0], graph[output].fact?.type == .uint8,
      let (sums, window) = graph.producer(
        of: node.inputs[0], uses.producers, as: ConvolutionInteger.self),
      let x = sums.inputs[0], graph[x].fact?.type == .uint8,
      let w = sums.inputs[1], let weights = graph[w].constant, weights.shape.rank > 2,
      let multiplier = node.inputs[1].flatMap({ graph[$0].constant }),
      let zero = node.inputs[2].flatMap({ graph[$0].constant }), zero.type == .uint8
    else { return nil }
    func constant(_ place: Int) -> Tensor?? {
      guard let id = sums.inputs.count > place ? sums.inputs[place] : nil else { return .some(nil) }
      return graph[id].constant.map { .some($0) }
    }
    let count = weights.shape[0]
    let wZero = sums.input(3)
    guard let xZero = constant(2), xZero?.type ?? .uint8 == .uint8,
      isWeight(weights, zero: wZero, graph), let bias = constant(4),
      multiplier.count == 1
        || (multiplier.count == count
          && multiplier.shape.rank == weights.shape.rank - 1
          && multiplier.shape[0] == count)
    else { return nil }
    let values = multiplier.array(of: Float.self)
    let inputs = [
      x, w, bias.map { graph.add(constant: $0, name: "\(node.name)/bias") },
      try graph.addList(
        values.count == 1 ? [Float](repeating: values[0], count: count) : values,
        name: "\(node.name)/multiplier"), wZero,
    ]
    let op = QuantizedConvolution(
      window: window, zero: Int(xZero?.array(of: UInt8.self)[0] ?? 0),
      output: .bytes(
        zero: Int(zero.array(of: UInt8.self)[0]), low: 0, high: 255, table: []))
    return Node(name: node.name, op: op, inputs: inputs, outputs: [output])
  }
}
