import OcelliTensor

/// Says whether a graph is well formed: what every stage may take for granted of the one before.
package enum GraphVerifier {
  /// Errors: the first breach, with the node's name.
  package static func verify(_ graph: Graph) throws(OperatorError) {
    try verifyIDs(graph)
    try verifyInterface(graph)
    try verifyOrder(graph)
    try verifyFacts(graph)
    try verifyBodies(graph)
  }

  /// Bodies are graphs too, and see nothing but their inputs.
  private static func verifyBodies(_ graph: Graph) throws(OperatorError) {
    for node in graph.nodes {
      guard let op = node.op as? any ControlFlow else { continue }
      for body in op.bodies {
        do throws(OperatorError) { try verify(body) } catch {
          throw OperatorError("\(node.label), a body: \(error)")
        }
      }
    }
  }

  private static func verifyIDs(_ graph: Graph) throws(OperatorError) {
    for id in graph.inputs + graph.outputs where !graph.values.indices.contains(id.index) {
      throw OperatorError("the interface names \(id), which is no value")
    }
    for node in graph.nodes {
      for case let id? in node.inputs + node.outputs
      where !graph.values.indices.contains(id.index) {
        throw OperatorError("\(node.label) names \(id), which is no value")
      }
    }
  }

  private static func verifyInterface(_ graph: Graph) throws(OperatorError) {
    guard Set(graph.inputs).count == graph.inputs.count else {
      throw OperatorError("an input stands twice")
    }
    guard Set(graph.outputs).count == graph.outputs.count else {
      throw OperatorError("an output stands twice")
    }
    for id in graph.inputs where graph[id].constant != nil {
      throw OperatorError("input \(graph[id].name.debugDescription) is a constant")
    }
  }

  /// One value has one producer, and it stands before its readers.
  private static func verifyOrder(_ graph: Graph) throws(OperatorError) {
    var known = graph.values.map { $0.constant != nil }
    for id in graph.inputs { known[id.index] = true }
    for node in graph.nodes {
      for case let input? in node.inputs where !known[input.index] {
        throw OperatorError("\(node.label) reads \(input) before it is made")
      }
      for case let output? in node.outputs {
        guard !known[output.index] else {
          throw OperatorError("\(node.label) makes \(output), which is known already")
        }
        known[output.index] = true
      }
    }
    for id in graph.outputs where !known[id.index] {
      throw OperatorError("output \(graph[id].name.debugDescription) is never made")
    }
  }

  private static func verifyFacts(_ graph: Graph) throws(OperatorError) {
    for value in graph.values {
      guard let constant = value.constant, let fact = value.fact else { continue }
      guard fact == Fact(constant.type, constant.shape) else {
        throw OperatorError("constant \(value.name.debugDescription) is not what its fact says")
      }
    }
    for node in graph.nodes {
      guard let facts = try graph.facts(of: node) else { continue }
      for (output, due) in zip(node.outputs, facts) {
        guard let output, let fact = graph[output].fact, fact != due else { continue }
        throw OperatorError("\(node.label): \(output) is \(fact), by its rule \(due)")
      }
    }
  }
}
