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
    guard let type = x.type.number else { throw unsupported(x.type) }
    return [try opened(x, axis, type)]
  }

  private func opened<E: NumberElement>(_ x: Tensor, _ axis: Int, _ type: E.Type) throws -> Tensor {
    function == .sum ? try run(x, axis, E.zero, E.sum) : try run(x, axis, 1 as E, E.product)
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
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try marked(x, places, type)]
  }

  private func marked<E: FloatElement>(
    _ x: Tensor, _ places: [Int64], _ type: E.Type
  ) throws -> Tensor {
    let lanes = Lanes(x.shape, axis: try normalizedAxis(axis, rank: x.shape.rank))
    var result = try Tensor(x.type, x.shape)
    var y = result.mutableSpan(of: E.self)
    for lane in 0..<lanes.count { y[lanes.start(lane) + Int(places[lane]) * lanes.step] = 1 }
    return result
  }
}

extension Softmax: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    if x.type == .float32 { return [try normalized(x, Float.self)] }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try normalized(x, type)]
  }

  private func normalized<E: FloatElement>(
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
      for i in 0..<lanes.extent { total += E.exp(y[base + i * lanes.step] - highest) }
      for i in 0..<lanes.extent {
        let shifted = y[base + i * lanes.step] - highest
        y[base + i * lanes.step] =
          logarithmic ? shifted - E.log(total) : E.exp(shifted) / total
      }
    }
    return result
  }
}
