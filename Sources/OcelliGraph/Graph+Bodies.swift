extension Graph {
  /// Takes in the values of a body whose inputs are `inputs` here.
  /// Returns its nodes, to be placed by the caller, and what its outputs are here.
  /// Traps: where the inputs are not as many as the body's.
  package mutating func adopt(
    _ body: Graph, inputs: [ValueID]
  ) -> (nodes: [Node], outputs: [ValueID]) {
    precondition(inputs.count == body.inputs.count, "an input of a body for each")
    var places = [ValueID?](repeating: nil, count: body.values.count)
    for (own, outer) in zip(body.inputs, inputs) { places[own.index] = outer }
    let ids = body.values.indices.map { index in places[index] ?? add(body.values[index]) }
    let nodes = body.nodes.map { node in
      Node(
        name: node.name, op: node.op, inputs: node.inputs.map { $0.map { ids[$0.index] } },
        outputs: node.outputs.map { $0.map { ids[$0.index] } })
    }
    return (nodes, body.outputs.map { ids[$0.index] })
  }

  /// Forgets what was inferred: a body is inferred anew for the inputs of each node.
  package mutating func forgetInferredFacts() {
    for index in values.indices where values[index].constant == nil { values[index].fact = nil }
  }
}
