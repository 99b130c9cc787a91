import OcelliTensor

extension QuantizeLinear {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let x = try inputs.required(0, "x")
    let scale = try inputs.required(1, "y_scale")
    guard x.fact.type.isFloatingPoint || x.fact.type == .int32 else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    let zero = inputs.optional(2)
    let type = zero?.fact.type ?? .uint8
    guard [.uint8, .int8, .uint16, .int16].contains(type) else {
      throw OperatorError("\(name) to \(type.rawValue)")
    }
    try checkScale(scale, zero, x: x.fact.shape, axis: axis)
    return [Fact(type, x.fact.shape)]
  }
}

extension DequantizeLinear {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let x = try inputs.required(0, "x")
    let scale = try inputs.required(1, "x_scale")
    guard [.uint8, .int8, .uint16, .int16, .int32].contains(x.fact.type) else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    guard scale.fact.type.isFloatingPoint else {
      throw OperatorError("x_scale is \(scale.fact.type.rawValue)")
    }
    let zero = inputs.optional(2)
    if let zero { try zero.expectType(x.fact.type, "x_zero_point") }
    try checkScale(scale, zero, x: x.fact.shape, axis: axis)
    return [Fact(scale.fact.type, x.fact.shape)]
  }
}

/// One scale for all, or one a slice of `axis`.
private func checkScale(
  _ scale: OperatorInput, _ zero: OperatorInput?, x: Shape?, axis: Int
) throws(OperatorError) {
  guard let shape = scale.fact.shape else { return }
  if let zero = zero?.fact.shape, zero.count != shape.count {
    throw OperatorError("a scale of \(shape) beside a zero point of \(zero)")
  }
  guard shape.count != 1 || shape.rank > 1 else { return }
  guard shape.rank == 1 else {
    throw OperatorError("a scale of \(shape); blocked quantisation is not supported")
  }
  guard let x else { return }
  let axis = try normalizedAxis(axis, rank: x.rank)
  guard x[axis] == shape[0] else {
    throw OperatorError("\(shape[0]) scales for axis \(axis) of \(x)")
  }
}
