/// A floating-point format of at most eight bits. Source: ONNX "Float stored in 8 bits", OCP MX.
package struct SmallFloat: Sendable {
  private let mantissaBits: Int
  private let bias: Int
  /// The code of the largest number.
  private let highest: UInt8
  private let signBit: UInt8
  /// What stands for NaN, the sign aside; nil where the format has none.
  private let nan: UInt8?
  /// What stands for infinity, the sign aside; nil where the format has none.
  private let infinity: UInt8?
  /// Neither −0 nor a NaN with a sign: the code of −0 is the one NaN.
  private let isUnsignedZero: Bool

  /// The format of a type; nil where the type is no small float, or is `float8e8m0`, which has no
  /// mantissa (`PowerOfTwo`).
  package init?(_ type: ElementType) {
    switch type {
    case .float8e4m3fn: self.init(3, bias: 7, highest: 0x7e, nan: 0x7f)
    case .float8e4m3fnuz: self.init(3, bias: 8, highest: 0x7f, nan: 0x80, isUnsignedZero: true)
    case .float8e5m2: self.init(2, bias: 15, highest: 0x7b, nan: 0x7e, infinity: 0x7c)
    case .float8e5m2fnuz: self.init(2, bias: 16, highest: 0x7f, nan: 0x80, isUnsignedZero: true)
    case .float4e2m1: self.init(1, bias: 1, highest: 0x7, signBit: 0x8)
    default: return nil
    }
  }

  private init(
    _ mantissaBits: Int, bias: Int, highest: UInt8, signBit: UInt8 = 0x80, nan: UInt8? = nil,
    infinity: UInt8? = nil, isUnsignedZero: Bool = false
  ) {
    self.mantissaBits = mantissaBits
    self.bias = bias
    self.highest = highest
    self.signBit = signBit
    self.nan = nan
    self.infinity = infinity
    self.isUnsignedZero = isUnsignedZero
  }

  /// The number that a code stands for.
  package func decode(_ code: UInt8) -> Float {
    if isUnsignedZero, code == signBit { return .nan }
    let magnitude = code & (signBit - 1)
    let sign: Float = code & signBit == 0 ? 1 : -1
    if magnitude == infinity { return sign * .infinity }
    if magnitude > highest { return .nan }
    let exponent = Int(magnitude >> UInt8(mantissaBits))
    let fraction = Int(magnitude) & (1 << mantissaBits - 1)
    let digits = exponent == 0 ? fraction : fraction + 1 << mantissaBits
    return sign * Self.scaled(Float(digits), by: max(exponent, 1) - bias - mantissaBits)
  }

  /// The nearest code, half to even. What is beyond the largest number becomes that number where
  /// `saturating`, else infinity, or NaN where the format has none. Without a NaN, NaN becomes −0.
  package func encode(_ x: Float, saturating: Bool = true) -> UInt8 {
    let sign = x.sign == .minus ? signBit : 0
    guard !x.isNaN else { return signedNaN(sign) ?? signBit }
    let beyond =
      saturating ? sign | highest : infinity.map { sign | $0 } ?? signedNaN(sign) ?? sign | highest
    guard x.isFinite else { return beyond }
    guard x != 0 else { return isUnsignedZero ? 0 : sign }
    let exponent = max(Int(x.exponent), 1 - bias)
    // Exact: only the exponent changes.
    let digits = Self.scaled(x.magnitude, by: mantissaBits - exponent).rounded(.toNearestOrEven)
    // Rounding up into the next exponent is the same sum.
    let code = (exponent + bias - 1) << mantissaBits + Int(digits)
    guard code <= Int(highest) else { return beyond }
    return code == 0 && isUnsignedZero ? 0 : sign | UInt8(code)
  }

  private func signedNaN(_ sign: UInt8) -> UInt8? {
    nan.map { isUnsignedZero ? $0 : sign | $0 }
  }

  private static func scaled(_ x: Float, by exponent: Int) -> Float {
    Float(Double(sign: .plus, exponent: exponent, significand: Double(x)))
  }
}

/// `float8e8m0`: a power of two from 2⁻¹²⁷ to 2¹²⁷, and NaN.
package enum PowerOfTwo {
  /// How a number between two powers is rounded. Source: ONNX `Cast`, `round_mode`.
  package enum Rounding: String, Sendable { case up, down, nearest }

  package static func decode(_ code: UInt8) -> Float {
    code == 0xff ? .nan : Float(Double(sign: .plus, exponent: Int(code) - 127, significand: 1))
  }

  /// Negative numbers have no code; their magnitude stands in.
  package static func encode(_ x: Float, saturating: Bool, rounding: Rounding) -> UInt8 {
    guard !x.isNaN else { return 0xff }
    guard x.isFinite else { return saturating ? 0xfe : 0xff }
    guard x != 0 else { return saturating ? 0 : 0xff }
    let fraction = x.significandBitPattern
    let isSubnormal = x.isSubnormal
    var code = isSubnormal ? 0 : Int(x.exponentBitPattern)
    // A subnormal's significand has no leading 1: 2⁻¹²⁷ is its upper half.
    let half: UInt32 = 1 << 22
    switch rounding {
    case .down: break
    case .up: if isSubnormal ? fraction > half : fraction > 0 { code += 1 }
    case .nearest: if isSubnormal ? fraction > half + half / 2 : fraction >= half { code += 1 }
    }
    if code > 0xfe { return saturating ? 0xfe : 0xff }
    if isSubnormal, fraction < half, !saturating { return 0xff }
    return UInt8(code)
  }
}
