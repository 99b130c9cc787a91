extension Graph {
  /// Removes nodes whose outputs nobody reads, then values that nobody names; IDs change.
  package mutating func removeDeadCode() {
    var wanted = Set(outputs)
    var kept: [Node] = []
    for node in nodes.reversed() {
      guard node.outputs.contains(where: { $0.map(wanted.contains) ?? false }) else { continue }
      kept.append(node)
      for case let input? in node.inputs { wanted.insert(input) }
    }
    nodes = kept.reversed()
    compact()
  }

  /// Drops values that neither a node nor the interface names; IDs change.
  private mutating func compact() {
    var used = [Bool](repeating: false, count: values.count)
    for id in inputs + outputs { used[id.index] = true }
    for node in nodes {
      for case let id? in node.inputs + node.outputs { used[id.index] = true }
    }
    var place = [ValueID?](repeating: nil, count: values.count)
    var kept: [Value] = []
    for (index, value) in values.enumerated() where used[index] {
      place[index] = ValueID(kept.count)
      kept.append(value)
    }
    values = kept
    // Everything named is kept, so no name is lost here.
    inputs = inputs.compactMap { place[$0.index] }
    outputs = outputs.compactMap { place[$0.index] }
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { $0.flatMap { place[$0.index] } }
      nodes[index].outputs = nodes[index].outputs.map { $0.flatMap { place[$0.index] } }
    }
  }

  /// Removes `Identity` nodes; one stays where an output of the graph would lose its name.
  package mutating func removeIdentities() { removeNodes { $0.op is Identity } }

  /// Removes nodes whose only output is their first input; one stays where an output of the graph
  /// would lose its name. `changesNothing` sees a node with the inputs that it has by then.
  package mutating func removeNodes(where changesNothing: (Node) -> Bool) {
    var forward = [ValueID?](repeating: nil, count: values.count)
    var kept: [Node] = []
    var outputPlaces: [ValueID: Int] = [:]
    for (place, id) in outputs.enumerated() { outputPlaces[id] = place }
    let ports = Set(inputs)
    for var node in nodes {
      node.inputs = node.inputs.map { input in input.map { forward[$0.index] ?? $0 } }
      guard changesNothing(node), let source = node.inputs.first ?? nil,
        let output = node.outputs.first ?? nil
      else {
        kept.append(node)
        continue
      }
      if let place = outputPlaces[output] {
        guard outputPlaces[source] == nil, !ports.contains(source), self[source].constant == nil
        else {
          kept.append(node)
          continue
        }
        self[source].name = self[output].name
        outputs[place] = source
        outputPlaces[output] = nil
        outputPlaces[source] = place
      }
      forward[output.index] = source
    }
    nodes = kept
  }
}
