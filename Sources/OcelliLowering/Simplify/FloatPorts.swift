package import OcelliGraph
import OcelliTensor

extension Graph {
  /// The same graph for a caller who has and wants float32, whatever the file declares: inputs of another
  /// floating type and of 8-bit integers take floats (which are rounded to the type that the file has),
  /// outputs of every other type give floats. What was quantised last is dequantised by the same scale.
  /// Facts of inputs stand already. Errors: a zero point that cannot be made.
  package func withFloatPorts() throws(OperatorError) -> Graph {
    var graph = self
    var first: [Node] = []
    for (place, id) in inputs.enumerated() {
      guard let fact = self[id].fact, fact.type != .float32,
        fact.type.isFloatingPoint || fact.type == .uint8 || fact.type == .int8
      else { continue }
      let port = graph.add(Value(name: self[id].name, fact: Fact(.float32, fact.shape)))
      graph.inputs[place] = port
      if fact.type.isFloatingPoint {
        first.append(
          Node(name: self[id].name, op: Cast(to: fact.type), inputs: [port], outputs: [id]))
      } else {
        first.append(try graph.rounding(port, to: id, fact.type))
      }
    }
    graph.nodes.insert(contentsOf: first, at: 0)
    let producers = graph.producers()
    for (place, id) in outputs.enumerated() {
      guard let type = self[id].fact?.type, type != .float32 else { continue }
      let port = graph.add(Value(name: self[id].name, fact: Fact(.float32, self[id].fact?.shape)))
      graph.outputs[place] = port
      let last = graph.quantizer(of: id, producers)
      graph.nodes.append(
        Node(
          name: self[id].name,
          op: last.map { DequantizeLinear($0.granularity) } ?? Cast(to: .float32),
          inputs: [id] + (last?.parameters ?? []), outputs: [port]))
    }
    return graph
  }

  /// Rounds a float to a type's nearest: a quantisation by 1.
  private mutating func rounding(
    _ port: ValueID, to id: ValueID, _ type: ElementType
  ) throws(OperatorError) -> Node {
    do {
      let scale = add(constant: try Tensor(scalar: Float(1)), name: "one")
      let zero = add(constant: try Tensor(type, []), name: "zero")
      return Node(
        name: self[id].name, op: QuantizeLinear(axis: 0), inputs: [port, scale, zero],
        outputs: [id])
    } catch { throw OperatorError(error.description) }
  }

  /// Scale and zero point of the QuantizeLinear that made a value, before moves of its elements that
  /// one scale for all survives.
  private func quantizer(
    of id: ValueID, _ producers: [Int?], isPart: Bool = false
  ) -> (granularity: Granularity, parameters: [ValueID?])? {
    var value = id
    var hasMoved = false
    for _ in nodes.indices {
      guard let index = producers[value.index] else { return nil }
      let node = nodes[index]
      switch node.op {
      case let op as QuantizeLinear:
        let parameters = Array(node.inputs.dropFirst())
        guard let scale = parameters.first ?? nil, self[scale].fact?.type == .float32,
          !hasMoved || self[scale].fact?.shape?.count == 1
        else { return nil }
        return (op.granularity, parameters)
      case is Transpose, is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Identity:
        guard let source = node.inputs.first ?? nil else { return nil }
        hasMoved = true
        value = source
      case is Concat where !isPart:
        // Pieces that were all quantised alike, as TFLite's converters write them.
        let parts = node.inputs.map {
          $0.flatMap { quantizer(of: $0, producers, isPart: true) }
        }
        guard let first = parts.first ?? nil, parts.allSatisfy({ isSame($0, first) })
        else { return nil }
        return first
      default: return nil
      }
    }
    return nil
  }

  /// Whether two quantisations are by one number and the same.
  private func isSame(
    _ a: (granularity: Granularity, parameters: [ValueID?])?,
    _ b: (granularity: Granularity, parameters: [ValueID?])
  ) -> Bool {
    guard let a, a.parameters.count == b.parameters.count else { return false }
    return zip(a.parameters, b.parameters).allSatisfy { first, second in
      guard let first, let second else { return first == nil && second == nil }
      guard let one = self[first].constant, let other = self[second].constant else {
        return first == second
      }
      return one.count == 1 && one.type == other.type && one.shape.count == other.shape.count
        && isEqual(one, other)
    }
  }

  private func isEqual(_ a: Tensor, _ b: Tensor) -> Bool {
    switch a.type {
    case .float32: a.array(of: Float.self) == b.array(of: Float.self)
    case .int8: a.array(of: Int8.self) == b.array(of: Int8.self)
    case .uint8: a.array(of: UInt8.self) == b.array(of: UInt8.self)
    case .int16: a.array(of: Int16.self) == b.array(of: Int16.self)
    case .uint16: a.array(of: UInt16.self) == b.array(of: UInt16.self)
    default: false
    }
  }
}
