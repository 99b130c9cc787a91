import Glibc
import OcelliTensor

/// A number that operators compute with: float32, float64 and the integers from 8 to 64 bits.
///
/// An operator that is the same for all of them is one generic function, opened on
/// `ElementType.number`; where it is run on pictures, it names `Float` first, so that the compiler
/// makes a fast form of that.
protocol NumberElement: TensorElement, Comparable, Numeric {
  /// Integers wrap.
  static func sum(_ a: Self, _ b: Self) -> Self
  /// Integers wrap.
  static func difference(_ a: Self, _ b: Self) -> Self
  /// Integers wrap.
  static func product(_ a: Self, _ b: Self) -> Self
  /// Integers round toward zero and wrap. Traps: an integer by 0.
  static func quotient(_ a: Self, _ b: Self) -> Self
  /// −∞, or the smallest integer.
  static var lowest: Self { get }
  /// ∞, or the largest integer.
  static var highest: Self { get }
  var isNaN: Bool { get }
  /// The nearest double.
  var double: Double { get }
  /// The nearest number: floats round, integers saturate toward zero, NaN becomes 0 there.
  init(nearest value: Double)
}

/// An integer of 8 to 64 bits.
protocol IntegerElement: NumberElement, FixedWidthInteger {}

extension IntegerElement {
  static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
  static func difference(_ a: Self, _ b: Self) -> Self { a &- b }
  static func product(_ a: Self, _ b: Self) -> Self { a &* b }
  static func quotient(_ a: Self, _ b: Self) -> Self {
    a.dividedReportingOverflow(by: b).partialValue
  }
  static var lowest: Self { .min }
  static var highest: Self { .max }
  var isNaN: Bool { false }
  var double: Double { Double(self) }
  init(nearest value: Double) {
    let whole = value.rounded(.towardZero)
    self = Self(exactly: whole) ?? (value.isNaN ? 0 : value < 0 ? .min : .max)
  }
}

extension Int8: IntegerElement {}
extension Int16: IntegerElement {}
extension Int32: IntegerElement {}
extension Int64: IntegerElement {}
extension UInt8: IntegerElement {}
extension UInt16: IntegerElement {}
extension UInt32: IntegerElement {}
extension UInt64: IntegerElement {}

/// A floating-point number that operators compute with: `Float` or `Double`.
protocol FloatElement: NumberElement, BinaryFloatingPoint {
  static func exp(_ x: Self) -> Self
  static func expm1(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func sin(_ x: Self) -> Self
  static func cos(_ x: Self) -> Self
  static func tan(_ x: Self) -> Self
  static func asin(_ x: Self) -> Self
  static func acos(_ x: Self) -> Self
  static func atan(_ x: Self) -> Self
  static func sinh(_ x: Self) -> Self
  static func cosh(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func asinh(_ x: Self) -> Self
  static func acosh(_ x: Self) -> Self
  static func atanh(_ x: Self) -> Self
  static func erf(_ x: Self) -> Self
  static func pow(_ x: Self, _ y: Self) -> Self
}

extension FloatElement {
  static func sum(_ a: Self, _ b: Self) -> Self { a + b }
  static func difference(_ a: Self, _ b: Self) -> Self { a - b }
  static func product(_ a: Self, _ b: Self) -> Self { a * b }
  static func quotient(_ a: Self, _ b: Self) -> Self { a / b }
  static var lowest: Self { -.infinity }
  static var highest: Self { .infinity }
  var double: Double { Double(self) }
  init(nearest value: Double) { self.init(value) }
}

extension Float: FloatElement {
  static func exp(_ x: Float) -> Float { expf(x) }
  static func expm1(_ x: Float) -> Float { expm1f(x) }
  static func log(_ x: Float) -> Float { logf(x) }
  static func log1p(_ x: Float) -> Float { log1pf(x) }
  static func sin(_ x: Float) -> Float { sinf(x) }
  static func cos(_ x: Float) -> Float { cosf(x) }
  static func tan(_ x: Float) -> Float { tanf(x) }
  static func asin(_ x: Float) -> Float { asinf(x) }
  static func acos(_ x: Float) -> Float { acosf(x) }
  static func atan(_ x: Float) -> Float { atanf(x) }
  static func sinh(_ x: Float) -> Float { sinhf(x) }
  static func cosh(_ x: Float) -> Float { coshf(x) }
  static func tanh(_ x: Float) -> Float { tanhf(x) }
  static func asinh(_ x: Float) -> Float { asinhf(x) }
  static func acosh(_ x: Float) -> Float { acoshf(x) }
  static func atanh(_ x: Float) -> Float { atanhf(x) }
  static func erf(_ x: Float) -> Float { erff(x) }
  static func pow(_ x: Float, _ y: Float) -> Float { powf(x, y) }
}

extension Double: FloatElement {
  static func exp(_ x: Double) -> Double { Glibc.exp(x) }
  static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
  static func log(_ x: Double) -> Double { Glibc.log(x) }
  static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
  static func sin(_ x: Double) -> Double { Glibc.sin(x) }
  static func cos(_ x: Double) -> Double { Glibc.cos(x) }
  static func tan(_ x: Double) -> Double { Glibc.tan(x) }
  static func asin(_ x: Double) -> Double { Glibc.asin(x) }
  static func acos(_ x: Double) -> Double { Glibc.acos(x) }
  static func atan(_ x: Double) -> Double { Glibc.atan(x) }
  static func sinh(_ x: Double) -> Double { Glibc.sinh(x) }
  static func cosh(_ x: Double) -> Double { Glibc.cosh(x) }
  static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }
  static func asinh(_ x: Double) -> Double { Glibc.asinh(x) }
  static func acosh(_ x: Double) -> Double { Glibc.acosh(x) }
  static func atanh(_ x: Double) -> Double { Glibc.atanh(x) }
  static func erf(_ x: Double) -> Double { Glibc.erf(x) }
  static func pow(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
}

extension ElementType {
  /// The Swift type of a number that operators compute with; nil for bool, the halves (which come as
  /// float32) and what is smaller than a byte.
  var number: (any NumberElement.Type)? { float ?? integer }

  var float: (any FloatElement.Type)? {
    switch self {
    case .float32: Float.self
    case .float64: Double.self
    default: nil
    }
  }

  var integer: (any IntegerElement.Type)? {
    switch self {
    case .int8: Int8.self
    case .int16: Int16.self
    case .int32: Int32.self
    case .int64: Int64.self
    case .uint8: UInt8.self
    case .uint16: UInt16.self
    case .uint32: UInt32.self
    case .uint64: UInt64.self
    default: nil
    }
  }
}
