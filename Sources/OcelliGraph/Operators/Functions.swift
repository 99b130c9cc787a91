/// A function of one number.
package enum UnaryFunction: Sendable, Equatable {
  case relu
  case leakyRelu(alpha: Float)
  /// x where x > 0, else alpha · (eˣ − 1)
  case elu(alpha: Float)
  case sigmoid
  case hardSigmoid(alpha: Float, beta: Float)
  case hardSwish
  /// x · sigmoid(x)
  case silu
  /// log(1 + eˣ)
  case softplus
  case exp
  case log
  case sqrt
  case reciprocal
  case erf
  case sin
  case cos
  case tan
  case asin
  case acos
  case atan
  case sinh
  case cosh
  case tanh
  case asinh
  case acosh
  case atanh
  case negate
  case absolute
  /// −1, 0 or 1; NaN stays.
  case sign
  case floor
  case ceil
  /// Half to even.
  case round
  case clip(low: Float, high: Float)
  /// `DequantizeLinear(QuantizeLinear(x))` with one scale:
  /// `(clamp(rint(x / scale) + zero, low, high) − zero) · scale`.
  case quantizeRound(scale: Float, zero: Float, low: Float, high: Float)
  case not
  case bitwiseNot
  case isNaN
  case isInfinite(negative: Bool, positive: Bool)
}

extension UnaryFunction {
  /// ONNX's name where there is one.
  package var name: String {
    switch self {
    case .relu: "Relu"
    case .leakyRelu: "LeakyRelu"
    case .elu: "Elu"
    case .sigmoid: "Sigmoid"
    case .hardSigmoid: "HardSigmoid"
    case .hardSwish: "HardSwish"
    case .silu: "Silu"
    case .softplus: "Softplus"
    case .exp: "Exp"
    case .log: "Log"
    case .sqrt: "Sqrt"
    case .reciprocal: "Reciprocal"
    case .erf: "Erf"
    case .sin: "Sin"
    case .cos: "Cos"
    case .tan: "Tan"
    case .asin: "Asin"
    case .acos: "Acos"
    case .atan: "Atan"
    case .sinh: "Sinh"
    case .cosh: "Cosh"
    case .tanh: "Tanh"
    case .asinh: "Asinh"
    case .acosh: "Acosh"
    case .atanh: "Atanh"
    case .negate: "Neg"
    case .absolute: "Abs"
    case .sign: "Sign"
    case .floor: "Floor"
    case .ceil: "Ceil"
    case .round: "Round"
    case .clip: "Clip"
    case .quantizeRound: "QuantizeRound"
    case .not: "Not"
    case .bitwiseNot: "BitwiseNot"
    case .isNaN: "IsNaN"
    case .isInfinite: "IsInf"
    }
  }

  /// Whether the result is a truth value.
  package var isPredicate: Bool {
    switch self {
    case .not, .isNaN, .isInfinite: true
    default: false
    }
  }
}

/// A function of two numbers.
package enum BinaryFunction: String, Sendable {
  case add, subtract, multiply, divide, power, minimum, maximum
  /// The first where it is not negative, else the product.
  case leak
  /// The rest of a division, with the divisor's sign.
  case modulo
  /// The rest of a division, with the dividend's sign.
  case remainder
  case equal, less, lessOrEqual, greater, greaterOrEqual
  case and, or, exclusiveOr
  case bitwiseAnd, bitwiseOr, bitwiseExclusiveOr, shiftLeft, shiftRight
}

extension BinaryFunction {
  /// ONNX's name where there is one.
  package var name: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .power: "Pow"
    case .minimum: "Min"
    case .maximum: "Max"
    case .leak: "PRelu"
    case .modulo: "Mod"
    case .remainder: "Remainder"
    case .equal: "Equal"
    case .less: "Less"
    case .lessOrEqual: "LessOrEqual"
    case .greater: "Greater"
    case .greaterOrEqual: "GreaterOrEqual"
    case .and: "And"
    case .or: "Or"
    case .exclusiveOr: "Xor"
    case .bitwiseAnd: "BitwiseAnd"
    case .bitwiseOr: "BitwiseOr"
    case .bitwiseExclusiveOr: "BitwiseXor"
    case .shiftLeft: "ShiftLeft"
    case .shiftRight: "ShiftRight"
    }
  }

  /// Whether the result is a truth value.
  package var isPredicate: Bool {
    switch self {
    case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or, .exclusiveOr: true
    default: false
    }
  }

  /// Whether the operands are truth values.
  package var isLogical: Bool { self == .and || self == .or || self == .exclusiveOr }

  /// Whether the operands are integers.
  package var isBitwise: Bool {
    switch self {
    case .bitwiseAnd, .bitwiseOr, .bitwiseExclusiveOr, .shiftLeft, .shiftRight: true
    default: false
    }
  }
}
