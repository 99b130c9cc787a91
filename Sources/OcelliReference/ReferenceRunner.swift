package import OcelliGraph
package import OcelliTensor

/// Runs a whole graph node by node.
package struct ReferenceRunner: Sendable {
  private let graph: Graph
  private let evaluator: ReferenceEvaluator

  /// `evaluator`: within control flow, the one for its bodies.
  package init(_ graph: Graph, evaluator: ReferenceEvaluator = ReferenceEvaluator()) {
    self.graph = graph
    self.evaluator = evaluator
  }

  /// The graph's outputs for its inputs, in order.
  /// Errors: inputs of another number or type than the graph's, and what a node throws, with its name.
  package func run(_ inputs: [Tensor]) throws(OperatorError) -> [Tensor] {
    guard inputs.count == graph.inputs.count else {
      throw OperatorError("\(inputs.count) inputs where \(graph.inputs.count) are due")
    }
    var tensors = graph.values.map(\.constant)
    for (id, tensor) in zip(graph.inputs, inputs) {
      try check(tensor, graph[id])
      tensors[id.index] = tensor
    }
    let lastUse = lastUses()
    for (index, node) in graph.nodes.enumerated() {
      try run(node, &tensors)
      for case let input? in node.inputs where lastUse[input.index] == index {
        tensors[input.index] = nil
      }
    }
    var outputs: [Tensor] = []
    for id in graph.outputs {
      guard let tensor = tensors[id.index] else { throw OperatorError("\(id) was never made") }
      outputs.append(tensor)
    }
    return outputs
  }

  private func check(_ tensor: Tensor, _ value: Value) throws(OperatorError) {
    guard let fact = value.fact else { return }
    guard tensor.type == fact.type, fact.shape == nil || fact.shape == tensor.shape else {
      throw OperatorError(
        "input \(value.name) is \(Fact(tensor.type, tensor.shape)), not \(fact)")
    }
  }

  private func lastUses() -> [Int?] {
    var last = [Int?](repeating: nil, count: graph.values.count)
    for (index, node) in graph.nodes.enumerated() {
      for case let input? in node.inputs { last[input.index] = index }
    }
    for id in graph.outputs { last[id.index] = nil }
    return last
  }

  private func run(_ node: Node, _ tensors: inout [Tensor?]) throws(OperatorError) {
    let inputs = node.inputs.map { $0.flatMap { tensors[$0.index] } }
    let results: [Tensor]
    do {
      results = try evaluator.evaluate(node.op, inputs, outputCount: node.outputs.count)
    } catch { throw OperatorError("\(node.label): \(error)") }
    for (output, tensor) in zip(node.outputs, results) {
      if let output { tensors[output.index] = tensor }
    }
  }
}
