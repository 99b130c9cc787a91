import OcelliGraph
import OcelliTensor

extension Binary: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let a = try inputs.required(0)
    let b = try inputs.required(1)
    let shape = try facts.shape()
    if a.type != b.type { return [try mixedPower(a, b, shape)] }
    if a.type == .float32 { return [try floats(a, b, shape, Float.self)] }
    if let type = a.type.float { return [try floats(a, b, shape, type)] }
    if let type = a.type.integer { return [try integers(a, b, shape, type)] }
    return [try predicate(a, b, shape) { (x: Bool, y: Bool) in logic(x, y) }]
  }

  private func floats<E: FloatElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    function.isPredicate
      ? try predicate(a, b, shape) { (x: E, y: E) in compare(x, y) }
      : try map(a, b, shape) { (x: E, y: E) in arithmetic(x, y) }
  }

  private func integers<E: IntegerElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    if function.isPredicate {
      return try predicate(a, b, shape) { (x: E, y: E) in compare(x, y) }
    }
    if [.divide, .modulo, .remainder].contains(function), b.array(of: E.self).contains(0) {
      throw OperatorError("\(name) of integers by 0")
    }
    return try map(a, b, shape) { (x: E, y: E) in arithmetic(x, y) }
  }

  /// A power whose exponent is of another type: exact between integers, in double where one is none.
  private func mixedPower(_ a: Tensor, _ b: Tensor, _ shape: Shape) throws -> Tensor {
    if a.type.isInteger, b.type.isInteger {
      let wide = try Binary(.power).evaluate(
        [Cast(to: .int64).cast(a), Cast(to: .int64).cast(b)], [Fact(.int64, shape)])
      return try Cast(to: a.type).cast(wide[0])
    }
    let wide = try Binary(.power).evaluate(
      [Cast(to: .float64).cast(a), Cast(to: .float64).cast(b)], [Fact(.float64, shape)])
    return try Cast(to: a.type).cast(wide[0])
  }

  private func map<E: TensorElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ function: (E, E) -> E
  ) throws -> Tensor {
    var result = try Tensor(a.type, shape)
    try combine(a, b, shape, into: &result, function)
    return result
  }

  private func predicate<E: TensorElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ function: (E, E) -> Bool
  ) throws -> Tensor {
    var result = try Tensor(.bool, shape)
    try combine(a, b, shape, into: &result, function)
    return result
  }

  private func combine<E: TensorElement, R: TensorElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, into result: inout Tensor,
    _ function: (E, E) -> R
  ) throws {
    let x = a.span(of: E.self)
    let y = b.span(of: E.self)
    var target = result.mutableSpan(of: R.self)
    var rows = StridedRows(
      shape,
      strides: [a.shape.strides(broadcastTo: shape), b.shape.strides(broadcastTo: shape)])
    while rows.next() {
      let (left, right) = (rows.offsets[0], rows.offsets[1])
      let (leftStep, rightStep) = (rows.steps[0], rows.steps[1])
      for i in 0..<rows.length {
        target[rows.start + i] = function(x[left + i * leftStep], y[right + i * rightStep])
      }
    }
  }

  private func arithmetic<E: FloatElement>(_ x: E, _ y: E) -> E {
    switch function {
    case .add: return x + y
    case .subtract: return x - y
    case .multiply: return x * y
    case .divide: return x / y
    case .power: return E.pow(x, y)
    case .minimum: return x.isNaN || y.isNaN ? .nan : Swift.min(x, y)
    case .maximum: return x.isNaN || y.isNaN ? .nan : Swift.max(x, y)
    case .leak: return x < 0 ? x * y : x
    case .remainder: return x.truncatingRemainder(dividingBy: y)
    default:
      // The sign is the divisor's, that of a zero too.
      let rest = x.truncatingRemainder(dividingBy: y)
      if rest == 0 { return E(signOf: y, magnitudeOf: rest) }
      return (rest < 0) != (y < 0) ? rest + y : rest
    }
  }

  /// Overflow wraps; `y` is not 0 in a division.
  private func arithmetic<E: IntegerElement>(_ x: E, _ y: E) -> E {
    switch function {
    case .add: return x &+ y
    case .subtract: return x &- y
    case .multiply: return x &* y
    case .divide: return E.quotient(x, y)
    case .power: return power(x, y)
    case .minimum: return Swift.min(x, y)
    case .maximum: return Swift.max(x, y)
    case .leak: return x < 0 ? x &* y : x
    case .remainder: return x.remainderReportingOverflow(dividingBy: y).partialValue
    case .bitwiseAnd: return x & y
    case .bitwiseOr: return x | y
    case .bitwiseExclusiveOr: return x ^ y
    // By a negative number or by all bits, nothing but the sign is left, as by the most that Swift shifts.
    case .shiftLeft: return y < 0 ? 0 : x << y
    case .shiftRight: return y < 0 ? x >> E(E.bitWidth) : x >> y
    default:
      // The sign is the divisor's.
      let rest = x.remainderReportingOverflow(dividingBy: y).partialValue
      return rest != 0 && (rest < 0) != (y < 0) ? rest &+ y : rest
    }
  }

  private func power<E: IntegerElement>(_ x: E, _ y: E) -> E {
    guard y >= 0 else { return x == 1 || x == 0 &- 1 && y & 1 == 0 ? 1 : x == 0 &- 1 ? x : 0 }
    var (result, base, exponent) = (E(1), x, y)
    while exponent > 0 {
      if exponent & 1 == 1 { result = result &* base }
      base = base &* base
      exponent >>= 1
    }
    return result
  }

  private func compare<E: Comparable>(_ x: E, _ y: E) -> Bool {
    switch function {
    case .equal: x == y
    case .less: x < y
    case .lessOrEqual: x <= y
    case .greater: x > y
    default: x >= y
    }
  }

  private func logic(_ x: Bool, _ y: Bool) -> Bool {
    switch function {
    case .and: x && y
    case .or: x || y
    case .exclusiveOr: x != y
    default: x == y
    }
  }
}
