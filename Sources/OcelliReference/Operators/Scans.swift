import OcelliGraph
import OcelliTensor

extension Cumulative: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let places = try inputs.required(1)
    guard let place = try places.reshaped([places.count]).integers("axis").first else {
      throw OperatorError("no axis")
    }
    let axis = try normalizedAxis(place, rank: x.shape.rank)
    switch (x.type, function) {
    case (.float32, .sum): return [try run(x, axis, Float(0), +)]
    case (.float32, .product): return [try run(x, axis, Float(1), *)]
    case (.float64, .sum): return [try run(x, axis, Double(0), +)]
    case (.float64, .product): return [try run(x, axis, Double(1), *)]
    case (.int8, _): return [try integers(x, axis, Int8.self)]
    case (.int16, _): return [try integers(x, axis, Int16.self)]
    case (.int32, _): return [try integers(x, axis, Int32.self)]
    case (.int64, _): return [try integers(x, axis, Int64.self)]
    case (.uint8, _): return [try integers(x, axis, UInt8.self)]
    case (.uint16, _): return [try integers(x, axis, UInt16.self)]
    case (.uint32, _): return [try integers(x, axis, UInt32.self)]
    case (.uint64, _): return [try integers(x, axis, UInt64.self)]
    default: throw unsupported(x.type)
    }
  }

  /// Overflow wraps.
  private func integers<E: TensorElement & FixedWidthInteger>(
    _ x: Tensor, _ axis: Int, _ type: E.Type
  ) throws -> Tensor {
    function == .sum ? try run(x, axis, E(0), &+) : try run(x, axis, E(1), &*)
  }

  private func run<E: TensorElement>(
    _ x: Tensor, _ axis: Int, _ start: E, _ combine: (E, E) -> E
  ) throws -> Tensor {
    let lanes = Lanes(x.shape, axis: axis)
    var result = x
    var y = result.mutableSpan(of: E.self)
    for lane in 0..<(lanes.extent == 0 ? 0 : lanes.count) {
      var total = start
      for i in 0..<lanes.extent {
        let place = lanes.start(lane) + (reverse ? lanes.extent - 1 - i : i) * lanes.step
        let next = combine(total, y[place])
        y[place] = exclusive ? total : next
        total = next
      }
    }
    return result
  }
}

extension Hardmax: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    guard x.count > 0 else { return [x] }
    let extremum = ArgExtremum(.maximum, axis: axis, keepDimensions: true, selectLast: false)
    let fact = try extremum.outputFacts([OperatorInput(Fact(x.type, x.shape))])
    let places = try extremum.evaluate([x], fact)[0].array(of: Int64.self)
    switch x.type {
    case .float32: return [try marked(x, places, Float(1))]
    case .float64: return [try marked(x, places, Double(1))]
    default: throw unsupported(x.type)
    }
  }

  private func marked<E: TensorElement>(_ x: Tensor, _ places: [Int64], _ one: E) throws -> Tensor {
    let lanes = Lanes(x.shape, axis: try normalizedAxis(axis, rank: x.shape.rank))
    var result = try Tensor(x.type, x.shape)
    var y = result.mutableSpan(of: E.self)
    for lane in 0..<lanes.count { y[lanes.start(lane) + Int(places[lane]) * lanes.step] = one }
    return result
  }
}

extension Softmax: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    switch x.type {
    case .float32: return [try normalized(x, Float.self)]
    case .float64: return [try normalized(x, Double.self)]
    default: throw unsupported(x.type)
    }
  }

  private func normalized<E: TensorElement & RealElement>(
    _ x: Tensor, _ type: E.Type
  ) throws -> Tensor {
    let lanes = Lanes(x.shape, axis: try normalizedAxis(axis, rank: max(x.shape.rank, 1)))
    var result = x
    var y = result.mutableSpan(of: E.self)
    for lane in 0..<(lanes.extent == 0 ? 0 : lanes.count) {
      let base = lanes.start(lane)
      var highest = -E.infinity
      for i in 0..<lanes.extent { highest = max(highest, y[base + i * lanes.step]) }
      var total: E = 0
      for i in 0..<lanes.extent { total += E.exponential(y[base + i * lanes.step] - highest) }
      for i in 0..<lanes.extent {
        let shifted = y[base + i * lanes.step] - highest
        y[base + i * lanes.step] =
          logarithmic ? shifted - E.logarithm(total) : E.exponential(shifted) / total
      }
    }
    return result
  }
}
