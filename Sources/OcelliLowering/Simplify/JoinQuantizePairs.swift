import OcelliGraph
import OcelliTensor

/// QuantizeLinear → DequantizeLinear with one scale and zero point is a rounding of floats: what a QDQ
/// graph states, exactly, without integers in between. After a quantisation by 1, as a port has it,
/// another scale and a Cast are floats too.
struct JoinQuantizePairs: GraphPass {
  let name = "join-quantize-pairs"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let producers = graph.producers()
    var nodes: [Node] = []
    for node in graph.nodes {
      guard let q = node.inputs.first ?? nil, let producer = producers[q.index],
        graph.nodes[producer].op is QuantizeLinear,
        let joined = try join(graph.nodes[producer], node, &graph)
      else {
        nodes.append(node)
        continue
      }
      nodes += joined
    }
    graph.nodes = nodes
    graph.removeDeadCode()
  }

  /// What the two do, among floats; nil where it cannot be told so.
  private func join(
    _ quantize: Node, _ node: Node, _ graph: inout Graph
  ) throws(OperatorError) -> [Node]? {
    guard let bytes = quantize.outputs[0], let first = parameters(quantize, bytes, graph),
      let x = quantize.inputs[0],
      graph[x].fact?.type == .float32, let y = node.outputs.first ?? nil
    else { return nil }
    func rounding(_ output: ValueID) -> Node {
      Node(
        name: quantize.name,
        op: Unary(
          .quantizeRound(
            scale: first.scale, zero: first.zero, low: first.low, high: first.high)),
        inputs: [x], outputs: [output])
    }
    let isByOne = first.scale == 1 && first.zero == 0
    if let cast = node.op as? Cast {
      return cast.type == .float32 && isByOne ? [rounding(y)] : nil
    }
    guard node.op is DequantizeLinear, graph[y].fact?.type == .float32,
      let second = parameters(node, bytes, graph)
    else { return nil }
    if first == second { return [rounding(y)] }
    guard isByOne, first.low == second.low, first.high == second.high else { return nil }
    let fact = graph[y].fact
    let rounded = graph.add(Value(name: "\(node.name)/rounded", fact: fact))
    let shifted = graph.add(Value(name: "\(node.name)/shifted", fact: fact))
    do {
      let zero = graph.add(constant: try Tensor(scalar: second.zero), name: "zero")
      let scale = graph.add(constant: try Tensor(scalar: second.scale), name: "scale")
      return [
        rounding(rounded),
        Node(name: node.name, op: Binary(.subtract), inputs: [rounded, zero], outputs: [shifted]),
        Node(name: node.name, op: Binary(.multiply), inputs: [shifted, scale], outputs: [y]),
      ]
    } catch { throw OperatorError("\(node.label): \(error)") }
  }

  private struct Parameters: Equatable {
    var scale: Float
    var zero: Float
    var low: Float
    var high: Float
  }

  /// The scale and zero point where both are one constant number. `bytes`: what is quantised.
  private func parameters(_ node: Node, _ bytes: ValueID, _ graph: Graph) -> Parameters? {
    guard let number = graph.numberScale(of: node, bytes: bytes) else { return nil }
    let bounds: (low: Float, high: Float) =
      graph[bytes].fact?.type == .int8 ? (-128, 127) : (0, 255)
    return Parameters(
      scale: number.scale, zero: Float(number.zero), low: bounds.low, high: bounds.high)
  }
}
