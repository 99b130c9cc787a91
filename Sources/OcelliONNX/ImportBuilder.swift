import OcelliGraph
import OcelliTensor

/// The graph as it grows, and what mappings need to add to it.
struct ImportBuilder {
  var graph: Graph
  let scope: ImportScope
  /// The version of the default domain where the node at hand stands.
  var opset = 0
  /// Every node that cannot be imported, of this graph and of its nodes' bodies.
  var refused: [UnsupportedNode] = []
  private(set) var names: [String: ValueID] = [:]
  /// Numbers of axes of values whose shapes are not known.
  var ranks: [ValueID: Int] = [:]

  init(graph: Graph, scope: ImportScope) {
    self.graph = graph
    self.scope = scope
  }

  /// Errors: `.graph` where the name is taken.
  mutating func define(_ name: String, _ id: ValueID) throws(ONNXError) {
    guard !name.isEmpty else { throw .graph("a value has no name") }
    guard names.updateValue(id, forKey: name) == nil else {
      throw .graph("\(name.debugDescription) is made twice")
    }
  }

  /// Adds a node that makes what `node` makes.
  mutating func emit(
    _ op: any Operator, _ node: ImportedNode, inputs: [ValueID?]? = nil,
    outputs: [ValueID?]? = nil
  ) {
    graph.nodes.append(
      Node(
        name: node.name, op: op, inputs: inputs ?? node.inputs,
        outputs: outputs ?? Array(node.outputs.prefix(1))))
    // Ranks help mappings of later nodes; what is wrong shows when the shapes are bound.
    try? graph.inferFacts(ofNode: graph.nodes.count - 1)
    assumeRanks(ofNode: graph.nodes.count - 1)
  }

  /// Adds a node of a decomposition and returns its result.
  mutating func step(
    _ op: any Operator, _ node: ImportedNode, _ inputs: ValueID?...
  ) -> ValueID {
    let output = value(node, op.name)
    emit(op, node, inputs: inputs, outputs: [output])
    return output
  }

  /// A new value of a decomposition.
  mutating func value(_ node: ImportedNode, _ name: String) -> ValueID {
    graph.add(Value(name: "\(node.name)/\(name)"))
  }

  /// Lets the node's first output be a constant.
  mutating func emit(constant: Tensor, _ node: ImportedNode) throws(OperatorError) {
    guard let output = node.outputs.first ?? nil else { return }
    graph[output].constant = constant
    graph[output].fact = Fact(constant.type, constant.shape)
  }

  mutating func constant(_ tensor: Tensor, _ node: ImportedNode) -> ValueID {
    graph.add(constant: tensor, name: "\(node.name)/constant")
  }

  mutating func constant(_ integers: [Int], _ node: ImportedNode) throws(OperatorError) -> ValueID {
    constant(try tensor(integers.map(Int64.init), shape: [integers.count]), node)
  }

  mutating func constant(_ floats: [Float], _ node: ImportedNode) throws(OperatorError) -> ValueID {
    constant(try tensor(floats, shape: [floats.count]), node)
  }

  mutating func constant(scalar: Float, _ node: ImportedNode) throws(OperatorError) -> ValueID {
    constant(try tensor([scalar], shape: []), node)
  }

  /// A scalar of the type of another value. Errors: where that type is not known or no number's.
  mutating func constant(
    scalar: Float, like id: ValueID, _ node: ImportedNode
  ) throws(OperatorError) -> ValueID {
    guard let type = graph[id].fact?.type else {
      throw OperatorError("the type of its input is not known")
    }
    switch type {
    case .float32: return try constant(scalar: scalar, node)
    case .float64: return constant(try tensor([Double(scalar)], shape: []), node)
    case .float16: return constant(try tensor([Float16(scalar)], shape: []), node)
    case .bfloat16: return constant(try tensor([BFloat16(scalar)], shape: []), node)
    case .int8: return try constant(scalar, Int8.self, node)
    case .int16: return try constant(scalar, Int16.self, node)
    case .int32: return try constant(scalar, Int32.self, node)
    case .int64: return try constant(scalar, Int64.self, node)
    case .uint8: return try constant(scalar, UInt8.self, node)
    case .uint16: return try constant(scalar, UInt16.self, node)
    case .uint32: return try constant(scalar, UInt32.self, node)
    case .uint64: return try constant(scalar, UInt64.self, node)
    default: throw OperatorError("\(node.type) of \(type.rawValue)")
    }
  }

  private mutating func constant<E: TensorElement & FixedWidthInteger>(
    _ scalar: Float, _ type: E.Type, _ node: ImportedNode
  ) throws(OperatorError) -> ValueID {
    guard let whole = E(exactly: scalar) else {
      throw OperatorError("\(scalar) is no \(E.elementType.rawValue)")
    }
    return constant(try tensor([whole], shape: []), node)
  }

  func tensor<E: TensorElement>(_ elements: [E], shape: Shape) throws(OperatorError) -> Tensor {
    do { return try Tensor(elements, shape: shape) } catch {
      throw OperatorError(error.description)
    }
  }

  /// The elements of input `index`, where it is there. Errors: where it is not a constant.
  func integers(_ node: ImportedNode, _ index: Int, _ name: String) throws(OperatorError) -> [Int]?
  {
    guard let id = node.input(index) else { return nil }
    guard let tensor = graph[id].constant else {
      throw OperatorError("input \(name) is not a constant")
    }
    return try tensor.integers(name)
  }

  /// The number of axes, where it is known. Errors: where it is not.
  func rank(_ id: ValueID) throws(OperatorError) -> Int {
    guard let rank = graph[id].fact?.shape?.rank ?? ranks[id] else {
      throw OperatorError("the number of axes of its input is not known")
    }
    return rank
  }
}
