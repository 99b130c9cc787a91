import Glibc
import OcelliGraph
import OcelliTensor

extension Binary: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let a = try inputs.required(0)
    var b = try inputs.required(1)
    if b.type != a.type { b = try Cast(to: a.type).cast(b) }
    let shape = try facts.shape()
    switch a.type {
    case .float32: return [try floats(a, b, shape)]
    case .bool: return [try predicate(a, b, shape) { (x: Bool, y: Bool) in logic(x, y) }]
    case .int64: return [try integers(a, b, shape, Int64.self)]
    case .int32: return [try integers(a, b, shape, Int32.self)]
    case .int8: return [try integers(a, b, shape, Int8.self)]
    case .uint8: return [try integers(a, b, shape, UInt8.self)]
    default: throw unsupported(a.type)
    }
  }

  private func floats(_ a: Tensor, _ b: Tensor, _ shape: Shape) throws -> Tensor {
    function.isPredicate
      ? try predicate(a, b, shape) { (x: Float, y: Float) in compare(x, y) }
      : try map(a, b, shape) { (x: Float, y: Float) in arithmetic(x, y) }
  }

  private func integers<E: TensorElement & FixedWidthInteger>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    if function.isPredicate {
      return try predicate(a, b, shape) { (x: E, y: E) in compare(x, y) }
    }
    if function == .divide || function == .modulo, b.array(of: E.self).contains(0) {
      throw OperatorError("\(name) of integers by 0")
    }
    return try map(a, b, shape) { (x: E, y: E) in arithmetic(x, y) }
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

  private func arithmetic(_ x: Float, _ y: Float) -> Float {
    switch function {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .power: powf(x, y)
    case .minimum: x.isNaN || y.isNaN ? .nan : Swift.min(x, y)
    case .maximum: x.isNaN || y.isNaN ? .nan : Swift.max(x, y)
    default: x - (x / y).rounded(.down) * y
    }
  }

  /// Overflow wraps; `y` is not 0 in a division.
  private func arithmetic<E: FixedWidthInteger>(_ x: E, _ y: E) -> E {
    switch function {
    case .add: return x &+ y
    case .subtract: return x &- y
    case .multiply: return x &* y
    case .divide: return x.dividedReportingOverflow(by: y).partialValue
    case .power: return power(x, y)
    case .minimum: return Swift.min(x, y)
    case .maximum: return Swift.max(x, y)
    default:
      // The sign is the divisor's.
      let rest = x.remainderReportingOverflow(dividingBy: y).partialValue
      return rest != 0 && (rest < 0) != (y < 0) ? rest &+ y : rest
    }
  }

  private func power<E: FixedWidthInteger>(_ x: E, _ y: E) -> E {
    guard y >= 0 else { return x == 1 ? 1 : 0 }
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
    default: x == y
    }
  }
}
