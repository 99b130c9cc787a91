import OcelliGraph
import OcelliTensor

/// float16 and bfloat16 are computed in float32: a cast behind an input, one before an output, and the
/// kernels of float32 between them. A node that has to see halves (it looks at their bits, or makes
/// them) keeps them, with casts around it.
struct WidenHalves: GraphPass {
  let name = "widen-halves"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    guard graph.values.contains(where: { $0.fact?.isHalf ?? false }) else { return }
    var widening = Widening(graph, evaluator)
    for node in graph.nodes { try widening.take(node) }
    graph = try widening.finished()
    graph.removeDeadCode()
  }
}

private struct Widening {
  private var graph: Graph
  private let evaluator: any OperatorEvaluator
  private var nodes: [Node] = []
  /// The float32 form of a value of halves.
  private var wide: [ValueID: ValueID] = [:]
  /// Values of halves that stand in the graph as such.
  private var standing: Set<ValueID>

  init(_ graph: Graph, _ evaluator: any OperatorEvaluator) {
    self.graph = graph
    self.evaluator = evaluator
    standing = Set(graph.inputs)
    for index in graph.values.indices where graph.values[index].constant != nil {
      standing.insert(ValueID(index))
    }
  }

  mutating func take(_ node: Node) throws(OperatorError) {
    let named = (node.inputs + node.outputs).compactMap { $0 }
    guard named.contains(where: isHalf) else {
      nodes.append(node)
      return
    }
    var changed = node
    changed.op = try widened(node.op)
    changed.inputs = []
    for input in node.inputs {
      guard let input else {
        changed.inputs.append(nil)
        continue
      }
      changed.inputs.append(try wideForm(input))
    }
    guard let facts = wideFacts(changed, of: node) else { return try keep(node) }
    for (place, output) in node.outputs.enumerated() {
      guard let output, isHalf(output) else { continue }
      let value = graph.add(Value(name: graph[output].name, fact: facts[place]))
      wide[output] = value
      changed.outputs[place] = value
    }
    nodes.append(changed)
  }

  /// The graph, its outputs of the types that they had.
  mutating func finished() throws(OperatorError) -> Graph {
    for output in graph.outputs where isHalf(output) { try narrow(output) }
    graph.nodes = nodes
    return graph
  }

  private func isHalf(_ id: ValueID) -> Bool { graph[id].fact?.isHalf ?? false }

  /// The node as it is, among halves.
  private mutating func keep(_ node: Node) throws(OperatorError) {
    for case let input? in node.inputs where isHalf(input) { try narrow(input) }
    nodes.append(node)
    for case let output? in node.outputs { standing.insert(output) }
  }

  /// What the node's rule says of its outputs among floats; nil where that is not the same in float32.
  private func wideFacts(_ changed: Node, of node: Node) -> [Fact]? {
    guard let inputs = graph.operatorInputs(of: changed),
      let facts = try? changed.op.outputFacts(inputs), facts.count >= node.outputs.count
    else { return nil }
    for case (let output?, let fact) in zip(node.outputs, facts) {
      let type = isHalf(output) ? .float32 : graph[output].fact?.type
      guard fact.type == type else { return nil }
    }
    return facts
  }

  /// The float32 form of a value; others are themselves.
  private mutating func wideForm(_ id: ValueID) throws(OperatorError) -> ValueID {
    guard isHalf(id) else { return id }
    if let known = wide[id] { return known }
    let value = graph[id]
    let form: ValueID
    if let constant = value.constant {
      form = graph.add(constant: try cast(constant, to: .float32), name: value.name)
    } else {
      form = graph.add(Value(name: value.name, fact: Fact(.float32, value.fact?.shape)))
      nodes.append(
        Node(name: value.name, op: Cast(to: .float32), inputs: [id], outputs: [form]))
    }
    wide[id] = form
    return form
  }

  /// Makes the value of halves itself.
  private mutating func narrow(_ id: ValueID) throws(OperatorError) {
    guard let type = graph[id].fact?.type, let form = wide[id], standing.insert(id).inserted else {
      return
    }
    nodes.append(
      Node(name: graph[id].name, op: Cast(to: type), inputs: [form], outputs: [id]))
  }

  private func widened(_ op: any Operator) throws(OperatorError) -> any Operator {
    switch op {
    case let op as Cast where Fact(op.type, nil).isHalf: Cast(to: .float32)
    case let op as ConstantOfShape where Fact(op.value.type, nil).isHalf:
      ConstantOfShape(value: try cast(op.value, to: .float32))
    default: op
    }
  }

  private func cast(_ tensor: Tensor, to type: ElementType) throws(OperatorError) -> Tensor {
    guard let result = try evaluator.evaluate(Cast(to: type), [tensor], outputCount: 1).first
    else { throw OperatorError("a cast without a result") }
    return result
  }
}

extension Fact {
  fileprivate var isHalf: Bool { type == .float16 || type == .bfloat16 }
}
