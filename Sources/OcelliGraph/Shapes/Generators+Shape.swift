package import OcelliTensor

extension ShapeOf {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "data")
    guard let shape = x.fact.shape else { return [Fact(.int64, nil)] }
    return [Fact(.int64, Shape([extents(of: shape).count]))]
  }

  /// The extents that this operator yields; its bounds are clamped to the rank.
  package func extents(of shape: Shape) -> [Int] {
    let rank = shape.rank
    func place(_ bound: Int) -> Int { min(max(bound < 0 ? bound &+ rank : bound, 0), rank) }
    let first = place(start)
    return Array(shape.dimensions[first..<max(first, place(end ?? rank))])
  }
}

extension ConstantOfShape {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    guard value.count == 1 else { throw OperatorError("a value of \(value.shape)") }
    guard let shape = try inputs.required(0, "input").integersIfConstant("input") else {
      return [Fact(value.type, nil)]
    }
    return [Fact(value.type, try Shape.checked(shape))]
  }
}

extension Range {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let start = try inputs.required(0, "start")
    let limit = try inputs.required(1, "limit")
    let delta = try inputs.required(2, "delta")
    try limit.expectType(start.fact.type, "limit")
    try delta.expectType(start.fact.type, "delta")
    guard let start = start.constant, let limit = limit.constant, let delta = delta.constant else {
      return [Fact(start.fact.type, nil)]
    }
    return [Fact(start.type, Shape([try count(start, limit, delta)]))]
  }

  /// How many elements there are. Errors: a type that has no ranges, a step of 0, too many.
  package func count(_ start: Tensor, _ limit: Tensor, _ delta: Tensor) throws(OperatorError) -> Int
  {
    guard start.count == 1, limit.count == 1, delta.count == 1 else {
      throw OperatorError("start, limit and delta are not single elements")
    }
    switch start.type {
    case .int64:
      return try count(
        Int(start.array(of: Int64.self)[0]), Int(limit.array(of: Int64.self)[0]),
        Int(delta.array(of: Int64.self)[0]))
    case .int32:
      return try count(
        Int(start.array(of: Int32.self)[0]), Int(limit.array(of: Int32.self)[0]),
        Int(delta.array(of: Int32.self)[0]))
    case .int16:
      return try count(
        Int(start.array(of: Int16.self)[0]), Int(limit.array(of: Int16.self)[0]),
        Int(delta.array(of: Int16.self)[0]))
    case .float64:
      return try count(
        start.array(of: Double.self)[0], limit.array(of: Double.self)[0],
        delta.array(of: Double.self)[0])
    case .float16, .bfloat16:
      do {
        return try count(try start.widened(), try limit.widened(), try delta.widened())
      } catch let error as OperatorError { throw error } catch {
        throw OperatorError("\(error)")
      }
    case .float32:
      return try count(
        Double(start.array(of: Float.self)[0]), Double(limit.array(of: Float.self)[0]),
        Double(delta.array(of: Float.self)[0]))
    default: throw OperatorError("Range of \(start.type.rawValue)")
    }
  }

  private func count(_ start: Int, _ limit: Int, _ delta: Int) throws(OperatorError) -> Int {
    guard delta != 0 else { throw OperatorError("a delta of 0") }
    let way = try difference(limit, start)
    guard way != 0, (way > 0) == (delta > 0) else { return 0 }
    let steps = (way.magnitude - 1) / delta.magnitude + 1
    guard steps <= UInt(Shape.maximumCount) else { throw OperatorError("\(steps) elements") }
    return Int(steps)
  }

  private func count(_ start: Double, _ limit: Double, _ delta: Double) throws(OperatorError) -> Int
  {
    let steps = ((limit - start) / delta).rounded(.up)
    guard delta != 0, steps <= Double(Shape.maximumCount) else {
      throw OperatorError("from \(start) to \(limit) by \(delta)")
    }
    return steps > 0 ? Int(steps) : 0
  }
}
