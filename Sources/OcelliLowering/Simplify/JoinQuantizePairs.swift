import OcelliGraph
import OcelliTensor

/// QuantizeLinear → DequantizeLinear with one scale and zero point is a rounding of floats: what a QDQ
/// graph states, exactly, without integers in between.
struct JoinQuantizePairs: GraphPass {
  let name = "join-quantize-pairs"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    let producers = graph.producers()
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard node.op is DequantizeLinear, let q = node.inputs[0], let producer = producers[q.index],
        graph.nodes[producer].op is QuantizeLinear
      else { continue }
      let quantize = graph.nodes[producer]
      guard let first = parameters(quantize, graph), let second = parameters(node, graph),
        first == second, let x = quantize.inputs[0], graph[x].fact?.type == .float32
      else { continue }
      graph.nodes[index] = Node(
        name: quantize.name,
        op: Unary(
          .quantizeRound(
            scale: first.scale, zero: first.zero, low: first.low, high: first.high)),
        inputs: [x], outputs: node.outputs)
    }
    graph.removeDeadCode()
  }

  private struct Parameters: Equatable {
    var scale: Float
    var zero: Float
    var low: Float
    var high: Float
  }

  /// The scale and zero point where both are one constant number.
  private func parameters(_ node: Node, _ graph: Graph) -> Parameters? {
    guard node.inputs.count > 1, let s = node.inputs[1], let scale = graph[s].constant,
      scale.type == .float32, scale.count == 1
    else { return nil }
    let value = scale.array(of: Float.self)[0]
    guard value > 0, value.isFinite else { return nil }
    guard node.inputs.count > 2, let z = node.inputs[2] else {
      return Parameters(scale: value, zero: 0, low: 0, high: 255)
    }
    guard let zero = graph[z].constant, zero.count == 1 else { return nil }
    switch zero.type {
    case .uint8:
      return Parameters(
        scale: value, zero: Float(zero.array(of: UInt8.self)[0]), low: 0, high: 255)
    case .int8:
      return Parameters(
        scale: value, zero: Float(zero.array(of: Int8.self)[0]), low: -128, high: 127)
    default: return nil
    }
  }
}
