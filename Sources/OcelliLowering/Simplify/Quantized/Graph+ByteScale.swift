import OcelliGraph
import OcelliTensor

extension Graph {
  /// How the bytes that a `QuantizeLinear` makes, or a `DequantizeLinear` reads, stand for real numbers;
  /// nil where they are no uint8, or have more than one scale, or it is not known before the graph runs.
  func byteScale(of node: Node) -> ByteScale? {
    let bytes = node.op is QuantizeLinear ? node.outputs[0] : node.inputs[0]
    guard let bytes, self[bytes].fact?.type == .uint8 else { return nil }
    return numberScale(of: node, bytes: bytes)
  }

  /// As `byteScale`, for int8 too, whose zero point may be negative.
  func numberScale(of node: Node, bytes: ValueID) -> ByteScale? {
    guard let type = self[bytes].fact?.type, type == .uint8 || type == .int8,
      let s = node.input(1), let scale = self[s].constant, scale.type == .float32, scale.count == 1
    else { return nil }
    let value = scale.array(of: Float.self)[0]
    guard value > 0, value.isFinite else { return nil }
    guard let z = node.input(2) else { return ByteScale(scale: value, zero: 0) }
    guard let zero = self[z].constant, zero.count == 1, zero.type == type else { return nil }
    return ByteScale(
      scale: value,
      zero: type == .int8
        ? Int(zero.array(of: Int8.self)[0]) : Int(zero.array(of: UInt8.self)[0]))
  }

  /// The node that makes a value, where one of type `O` does.
  func producer<O: Operator>(
    of id: ValueID?, _ producers: [Int?], as type: O.Type
  ) -> (node: Node, op: O)? {
    guard let id, let index = producers[id.index], let op = nodes[index].op as? O else {
      return nil
    }
    return (nodes[index], op)
  }

  /// A constant of one number. Errors: no memory.
  mutating func addScalar<E: TensorElement>(_ value: E) throws(OperatorError) -> ValueID {
    do { return add(constant: try Tensor(scalar: value), name: "") } catch {
      throw OperatorError(error.description)
    }
  }

  /// A constant list. Errors: no memory.
  mutating func addList<E: TensorElement>(
    _ values: [E], name: String
  ) throws(OperatorError) -> ValueID {
    do {
      return add(constant: try Tensor(values, shape: [values.count]), name: name)
    } catch { throw OperatorError(error.description) }
  }
}

/// What a rewrite has to know of who makes and reads each value.
struct Uses {
  let producers: [Int?]
  let consumers: [[Int]]
  private let outputs: Set<ValueID>

  init(_ graph: Graph) {
    producers = graph.producers()
    consumers = graph.consumers()
    outputs = Set(graph.outputs)
  }

  /// The one node that reads a value; nil where there are more or it is an output.
  func onlyReader(_ id: ValueID) -> Int? {
    let readers = consumers[id.index]
    return readers.count == 1 && !outputs.contains(id) ? readers[0] : nil
  }

  func isOutput(_ id: ValueID) -> Bool { outputs.contains(id) }
}
