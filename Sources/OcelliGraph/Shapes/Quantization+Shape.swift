package import OcelliTensor

extension QuantizeLinear {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let x = try inputs.required(0, "x")
    let scale = try inputs.required(1, "y_scale")
    guard x.fact.type.isFloatingPoint || x.fact.type == .int32 else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    try checkScaleType(scale, "y_scale")
    let zero = inputs.optional(2)
    let type = zero?.fact.type ?? type
    guard type.isQuantized else { throw OperatorError("\(name) to \(type.rawValue)") }
    try granularity.check(scale, zero, x: x.fact.shape)
    return [Fact(type, x.fact.shape)]
  }
}

extension DequantizeLinear {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let x = try inputs.required(0, "x")
    let scale = try inputs.required(1, "x_scale")
    guard x.fact.type.isQuantized || x.fact.type == .int32 else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    try checkScaleType(scale, "x_scale")
    let zero = inputs.optional(2)
    if let zero { try zero.expectType(x.fact.type, "x_zero_point") }
    try granularity.check(scale, zero, x: x.fact.shape)
    let type = type ?? scale.fact.type
    guard type.isFloatingPoint else { throw OperatorError("\(name) to \(type.rawValue)") }
    return [Fact(type, x.fact.shape)]
  }
}

private func checkScaleType(_ scale: OperatorInput, _ name: String) throws(OperatorError) {
  guard scale.fact.type.isFloatingPoint || scale.fact.type == .float8e8m0 else {
    throw OperatorError("\(name) is \(scale.fact.type.rawValue)")
  }
}

extension ElementType {
  /// Whether the type is one that values are quantised to.
  package var isQuantized: Bool {
    switch self {
    case .uint8, .int8, .uint16, .int16, .int4, .uint4, .int2, .uint2: true
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1: true
    default: false
    }
  }
}

extension Granularity {
  /// Which scale an element has: element `(outer, place, inner)` of x, seen from `axis`, has scale
  /// `(outer · outerStep + place / block · placeStep + inner · innerStep)`.
  package struct Places: Sendable {
    package var outer = 1
    package var extent = 1
    package var inner = 1
    package var block = 1
    package var outerStep = 0
    package var placeStep = 0
    package var innerStep = 0
  }

  /// Errors: where the scale's shape is none of the three.
  package func places(scale: Shape, x: Shape) throws(OperatorError) -> Places {
    var places = Places()
    if scale.count == 1, scale.rank <= 1 {
      places.inner = x.count
      return places
    }
    guard x.rank > 0 else { throw OperatorError("a scale of \(scale) for \(x)") }
    // Old writers leave the default axis where the tensor has one axis alone.
    let axis = x.rank == 1 ? 0 : try normalizedAxis(axis, rank: x.rank)
    places.outer = x.dimensions.prefix(axis).reduce(1, *)
    places.extent = x[axis]
    places.inner = x.dimensions.dropFirst(axis + 1).reduce(1, *)
    if scale.rank == 1, block == 0 {
      guard scale[0] == x[axis] else {
        throw OperatorError("\(scale[0]) scales for axis \(axis) of \(x)")
      }
      places.placeStep = 1
      return places
    }
    var due = x.dimensions
    guard block >= 0, scale.rank == x.rank else {
      throw OperatorError("a scale of \(scale) for \(x) in blocks of \(block)")
    }
    // Without a size the blocks share the axis evenly.
    places.block = block > 0 ? block : max((x[axis] + scale[axis] - 1) / max(scale[axis], 1), 1)
    due[axis] = try sum(x[axis] - 1, places.block) / places.block
    guard scale.dimensions == due else {
      throw OperatorError("a scale of \(scale) for \(x) in blocks of \(places.block)")
    }
    places.outerStep = due[axis] * places.inner
    places.placeStep = places.inner
    places.innerStep = 1
    return places
  }

  func check(
    _ scale: OperatorInput, _ zero: OperatorInput?, x: Shape?
  ) throws(OperatorError) {
    guard let shape = scale.fact.shape else { return }
    if let zero = zero?.fact.shape, zero.count != shape.count {
      throw OperatorError("a scale of \(shape) beside a zero point of \(zero)")
    }
    if let x { _ = try places(scale: shape, x: x) }
  }
}

extension DynamicQuantizeLinear {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "x")
    try x.expectType(.float32, "x")
    return [Fact(.uint8, x.fact.shape), Fact(.float32, []), Fact(.uint8, [])]
  }
}

/// Errors: where an operand of an integer product has no 8 bit type, or its zero point another.
private func checkOperand(
  _ x: OperatorInput, zero: OperatorInput?, _ name: String
) throws(OperatorError) {
  guard x.fact.type == .uint8 || x.fact.type == .int8 else {
    throw OperatorError("\(name) is \(x.fact.type.rawValue); uint8 or int8 is due")
  }
  if let zero { try zero.expectType(x.fact.type, "\(name)_zero_point") }
}

extension MatMulInteger {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...4)
    let a = try inputs.required(0, "A")
    let b = try inputs.required(1, "B")
    try checkOperand(a, zero: inputs.optional(2), "a")
    try checkOperand(b, zero: inputs.optional(3), "b")
    guard let left = a.fact.shape, let right = b.fact.shape else { return [Fact(.int32, nil)] }
    let shape = try MatMul().outputShape(left, right)
    if let zero = inputs.optional(2)?.fact.shape {
      guard try Self.byRows(zero, left).broadcast(with: left) == left else {
        throw OperatorError("a zero point of \(zero) for \(left)")
      }
    }
    if let zero = inputs.optional(3)?.fact.shape, try zero.broadcast(with: right) != right {
      throw OperatorError("a zero point of \(zero) for \(right)")
    }
    return [Fact(.int32, shape)]
  }

  /// The shape under which A's zero point broadcasts to A: a vector counts by rows.
  package static func byRows(_ zero: Shape, _ a: Shape) -> Shape {
    zero.rank == 1 && zero.count > 1 && a.rank > 1 ? [zero.count, 1] : zero
  }
}

extension ConvolutionInteger {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...5)
    let x = try inputs.required(0, "x")
    let w = try inputs.required(1, "w")
    try checkOperand(x, zero: inputs.optional(2), "x")
    try checkOperand(w, zero: inputs.optional(3), "w")
    try inputs.optional(4)?.expectType(.int32, "B")
    if let zero = inputs.optional(2)?.fact.shape, zero.count != 1 {
      throw OperatorError("a zero point of \(zero) for x")
    }
    guard let input = x.fact.shape, let weights = w.fact.shape else { return [Fact(.int32, nil)] }
    if let zero = inputs.optional(3)?.fact.shape, zero.count != 1, zero != [weights[0]] {
      throw OperatorError("zero points of \(zero) for \(weights)")
    }
    // The rule of a convolution of floats.
    let bias = inputs.optional(4).map { OperatorInput(Fact(.float32, $0.fact.shape)) }
    let facts = try convolution.outputFacts([
      OperatorInput(Fact(.float32, input)), OperatorInput(Fact(.float32, weights)), bias,
    ])
    return [Fact(.int32, facts[0].shape)]
  }

  /// The same window over floats.
  package var convolution: Convolution {
    Convolution(strides: strides, dilations: dilations, padding: padding, groups: groups)
  }
}

extension Requantize {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let x = try inputs.required(0, "x")
    let multiplier = try inputs.required(1, "multiplier")
    let zero = try inputs.required(2, "zero point")
    try x.expectType(.int32, "x")
    try multiplier.expectType(.float32, "multiplier")
    guard zero.fact.type == .uint8 || zero.fact.type == .int8, zero.fact.shape?.count ?? 1 == 1
    else { throw OperatorError("a zero point of type \(zero.fact.type.rawValue)") }
    if let shape = x.fact.shape, let own = multiplier.fact.shape,
      try own.broadcast(with: shape) != shape
    {
      throw OperatorError("a multiplier of \(own) for \(shape)")
    }
    return [Fact(zero.fact.type, x.fact.shape)]
  }
}
