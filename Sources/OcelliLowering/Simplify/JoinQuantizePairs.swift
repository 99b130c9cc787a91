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
    guard let type = quantize.outputs[0].flatMap({ graph[$0].fact?.type }),
      let first = parameters(quantize, type, graph), let x = quantize.inputs[0],
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
      let second = parameters(node, type, graph)
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

  /// The scale and zero point where both are one constant number. `type`: of what is quantised.
  private func parameters(_ node: Node, _ type: ElementType, _ graph: Graph) -> Parameters? {
    guard node.inputs.count > 1, let s = node.inputs[1], let scale = graph[s].constant,
      scale.type == .float32, scale.count == 1
    else { return nil }
    let value = scale.array(of: Float.self)[0]
    guard value > 0, value.isFinite else { return nil }
    var zero: Tensor?
    if node.inputs.count > 2, let z = node.inputs[2] {
      guard let constant = graph[z].constant, constant.count == 1, constant.type == type else {
        return nil
      }
      zero = constant
    }
    switch type {
    case .uint8:
      return Parameters(
        scale: value, zero: Float(zero?.array(of: UInt8.self)[0] ?? 0), low: 0, high: 255)
    case .int8:
      return Parameters(
        scale: value, zero: Float(zero?.array(of: Int8.self)[0] ?? 0), low: -128, high: 127)
    default: return nil
    }
  }
}
