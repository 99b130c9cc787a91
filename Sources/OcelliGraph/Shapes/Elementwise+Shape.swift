import OcelliTensor

extension UnaryFunction {
  /// Whether elements of a type can be its operand.
  func takes(_ type: ElementType) -> Bool {
    switch self {
    case .not: type == .bool
    case .bitwiseNot: type.isInteger
    case .relu, .negate, .absolute, .sign, .clip, .floor, .ceil, .round:
      type.isFloatingPoint || type.isInteger
    default: type.isFloatingPoint
    }
  }
}

extension Unary {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "x")
    guard function.takes(x.fact.type) else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    return [Fact(function.isPredicate ? .bool : x.fact.type, x.fact.shape)]
  }
}

extension BinaryFunction {
  /// Whether elements of a type can be its operands.
  func takes(_ type: ElementType) -> Bool {
    switch self {
    case .equal: type == .bool || type.isFloatingPoint || type.isInteger
    case _ where isLogical: type == .bool
    case _ where isBitwise: type.isInteger
    default: type.isFloatingPoint || type.isInteger
    }
  }
}

extension Binary {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let a = try inputs.required(0, "A")
    let b = try inputs.required(1, "B")
    // Pow alone takes an exponent of another type.
    guard a.fact.type == b.fact.type || function == .power, function.takes(a.fact.type),
      function.takes(b.fact.type)
    else {
      throw OperatorError("\(name) of \(a.fact.type.rawValue) and \(b.fact.type.rawValue)")
    }
    var shape: Shape?
    if let a = a.fact.shape, let b = b.fact.shape { shape = try a.broadcast(with: b) }
    return [Fact(function.isPredicate ? .bool : a.fact.type, shape)]
  }
}

extension Where {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let condition = try inputs.required(0, "condition")
    let x = try inputs.required(1, "X")
    let y = try inputs.required(2, "Y")
    try condition.expectType(.bool, "condition")
    try y.expectType(x.fact.type, "Y")
    var shape: Shape?
    if let c = condition.fact.shape, let a = x.fact.shape, let b = y.fact.shape {
      shape = try c.broadcast(with: a.broadcast(with: b))
    }
    return [Fact(x.fact.type, shape)]
  }
}

extension Cast {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    return [Fact(type, try inputs.required(0, "input").fact.shape)]
  }
}

extension BitCast {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "input")
    guard x.fact.type.packedBits == type.packedBits else {
      throw OperatorError("\(x.fact.type.rawValue) as \(type.rawValue)")
    }
    return [Fact(type, x.fact.shape)]
  }
}

extension Identity {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    return [try inputs.required(0, "input").fact]
  }
}

extension Softmax {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "input")
    guard x.fact.type.isFloatingPoint else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    if let shape = x.fact.shape { _ = try normalizedAxis(axis, rank: max(shape.rank, 1)) }
    return [x.fact]
  }
}
