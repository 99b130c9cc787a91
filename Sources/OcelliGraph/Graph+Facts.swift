package import OcelliTensor

extension Graph {
  /// Gives every input the extents that the file leaves open and infers all facts.
  /// `shapes` counts from the first input; what is nil there is as declared, as another axis of its
  /// name, and 1 for an open batch.
  /// Errors: extents that contradict the file, an axis that stays open, or nodes' rules.
  package mutating func bindInputs(_ shapes: [[Int?]] = []) throws(OperatorError) {
    let bound = try InputExtents(self, shapes).shapes()
    for (input, shape) in zip(inputs, bound) {
      self[input].fact = Fact(self[input].fact?.type ?? .float32, shape)
    }
    try inferFacts()
  }

  /// Computes the facts of every node's outputs, in order, from those of the inputs.
  /// Errors: what the nodes' rules say, with the nodes' names, all of it at once.
  package mutating func inferFacts() throws(OperatorError) {
    var errors: [OperatorError] = []
    for index in nodes.indices {
      do {
        try inferFacts(ofNode: index)
      } catch {
        errors.append(error)
        // What follows from this node is not known, and no error of its own.
        for case let output? in nodes[index].outputs { self[output].fact = nil }
      }
    }
    if !errors.isEmpty { throw .joined(errors) }
  }

  /// Computes the facts of one node's outputs; those of its inputs stand already.
  package mutating func inferFacts(ofNode index: Int) throws(OperatorError) {
    let node = nodes[index]
    guard let facts = try facts(of: node) else {
      for case let output? in node.outputs { self[output].fact = nil }
      return
    }
    for (output, fact) in zip(node.outputs, facts) { if let output { self[output].fact = fact } }
  }

  /// What the node's rule says of its outputs; nil while an input has no fact.
  func facts(of node: Node) throws(OperatorError) -> [Fact]? {
    guard let known = operatorInputs(of: node) else { return nil }
    do {
      let facts = try node.op.outputFacts(known)
      guard facts.count >= node.outputs.count else {
        throw OperatorError("\(node.outputs.count) outputs where \(facts.count) are due")
      }
      return facts
    } catch { throw OperatorError("\(node.label): \(error)") }
  }

  /// The node's inputs as its rules see them; nil while one has no fact.
  package func operatorInputs(of node: Node) -> [OperatorInput?]? {
    var known: [OperatorInput?] = []
    for input in node.inputs {
      guard let input else {
        known.append(nil)
        continue
      }
      let value = self[input]
      guard let fact = value.fact ?? value.constant.map({ Fact($0.type, $0.shape) }) else {
        return nil
      }
      known.append(OperatorInput(fact, constant: value.constant))
    }
    return known
  }

  /// Adds a value whose elements are known.
  package mutating func add(constant: Tensor, name: String) -> ValueID {
    add(Value(name: name, fact: Fact(constant.type, constant.shape), constant: constant))
  }
}

extension Node {
  /// The operator and the node's name, for messages.
  package var label: String { name.isEmpty ? op.name : "\(op.name) \(name.debugDescription)" }
}
