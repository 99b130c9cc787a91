package import OcelliTensor

extension Graph {
  /// Gives every input the extents that the file leaves open and infers all facts.
  /// `shapes` counts from the first input; what is nil there is as declared, and 1 for an open batch.
  /// Errors: extents that contradict the file, an axis that stays open, or a node's rule.
  package mutating func bindInputs(_ shapes: [[Int?]] = []) throws(OperatorError) {
    guard shapes.count <= inputs.count else {
      throw OperatorError("\(shapes.count) shapes for \(inputs.count) inputs")
    }
    for (index, input) in inputs.enumerated() {
      let declared = index < declaredInputs.count ? declaredInputs[index] : nil
      let wanted = index < shapes.count ? shapes[index] : []
      let name = self[input].name
      do {
        let shape = try boundShape(declared, wanted)
        self[input].fact = Fact(self[input].fact?.type ?? .float32, shape)
      } catch { throw OperatorError("input \(name): \(error)") }
    }
    try inferFacts()
  }

  private func boundShape(
    _ declared: [Int?]?, _ wanted: [Int?]
  ) throws(OperatorError) -> Shape {
    let declared = declared ?? wanted
    guard wanted.isEmpty || wanted.count == declared.count else {
      throw OperatorError("\(wanted.count) extents for \(declared.count) axes")
    }
    var dimensions: [Int] = []
    for (axis, extent) in declared.enumerated() {
      let given = axis < wanted.count ? wanted[axis] : nil
      if let extent, let given, extent != given {
        throw OperatorError("axis \(axis) is \(extent) in the model, not \(given)")
      }
      guard let bound = extent ?? given ?? (axis == 0 ? 1 : nil) else {
        throw OperatorError("axis \(axis) has no extent in the model; give one")
      }
      dimensions.append(bound)
    }
    return try Shape.checked(dimensions)
  }

  /// Computes the facts of every node's outputs, in order, from those of the inputs.
  /// Errors: what a node's rule says, with the node's name.
  package mutating func inferFacts() throws(OperatorError) {
    for index in nodes.indices { try inferFacts(ofNode: index) }
  }

  /// Computes the facts of one node's outputs; those of its inputs stand already.
  package mutating func inferFacts(ofNode index: Int) throws(OperatorError) {
    let node = nodes[index]
    guard let facts = try facts(of: node) else { return }
    for (output, fact) in zip(node.outputs, facts) { if let output { self[output].fact = fact } }
  }

  /// What the node's rule says of its outputs; nil while an input has no fact.
  func facts(of node: Node) throws(OperatorError) -> [Fact]? {
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
    do {
      let facts = try node.op.outputFacts(known)
      guard facts.count >= node.outputs.count else {
        throw OperatorError("\(node.outputs.count) outputs where \(facts.count) are due")
      }
      return facts
    } catch { throw OperatorError("\(node.label): \(error)") }
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
