package import OcelliTensor

/// A function of one number.
package enum UnaryFunction: Sendable, Equatable {
  case relu
  case leakyRelu(alpha: Float)
  case sigmoid
  case hardSigmoid(alpha: Float, beta: Float)
  case hardSwish
  /// x · sigmoid(x)
  case silu
  case tanh
  case exp
  case log
  case sqrt
  case negate
  case absolute
  case erf
  case reciprocal
  case floor
  case ceil
  /// Half to even.
  case round
  case not
  case clip(low: Float, high: Float)
  /// `DequantizeLinear(QuantizeLinear(x))` with one scale:
  /// `(clamp(rint(x / scale) + zero, low, high) − zero) · scale`.
  case quantizeRound(scale: Float, zero: Float, low: Float, high: Float)
}

/// Applies a function to every element.
package struct Unary: Operator {
  package var function: UnaryFunction
  package init(_ function: UnaryFunction) { self.function = function }
  package var name: String {
    switch function {
    case .relu: "Relu"
    case .leakyRelu: "LeakyRelu"
    case .sigmoid: "Sigmoid"
    case .hardSigmoid: "HardSigmoid"
    case .hardSwish: "HardSwish"
    case .silu: "Silu"
    case .tanh: "Tanh"
    case .exp: "Exp"
    case .log: "Log"
    case .sqrt: "Sqrt"
    case .negate: "Neg"
    case .absolute: "Abs"
    case .erf: "Erf"
    case .reciprocal: "Reciprocal"
    case .floor: "Floor"
    case .ceil: "Ceil"
    case .round: "Round"
    case .not: "Not"
    case .clip: "Clip"
    case .quantizeRound: "QuantizeRound"
    }
  }
  package var detail: String { "\(function)" }
}

/// A function of two numbers.
package enum BinaryFunction: String, Sendable {
  case add, subtract, multiply, divide, power, minimum, maximum, modulo
  case equal, less, lessOrEqual, greater, greaterOrEqual, and, or
}

/// Applies a function to the elements of two tensors, broadcast as NumPy does.
package struct Binary: Operator {
  package var function: BinaryFunction
  package init(_ function: BinaryFunction) { self.function = function }
  package var name: String {
    switch function {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .power: "Pow"
    case .minimum: "Min"
    case .maximum: "Max"
    case .modulo: "Mod"
    case .equal: "Equal"
    case .less: "Less"
    case .lessOrEqual: "LessOrEqual"
    case .greater: "Greater"
    case .greaterOrEqual: "GreaterOrEqual"
    case .and: "And"
    case .or: "Or"
    }
  }
}

/// Chooses by a mask. Inputs: condition, x, y. Source: ONNX `Where`.
package struct Where: Operator {
  package init() {}
  package var name: String { "Where" }
}

/// The input under another name. It stays only where an output of the graph needs a name of its own.
package struct Identity: Operator {
  package init() {}
  package var name: String { "Identity" }
}

/// Changes the element type. Source: ONNX `Cast`, `CastLike`.
package struct Cast: Operator {
  package var type: ElementType
  /// For the types of float8: what is out of range becomes the largest number.
  package var saturates: Bool
  /// For float8e8m0.
  package var rounding: PowerOfTwo.Rounding

  package init(
    to type: ElementType, saturates: Bool = true, rounding: PowerOfTwo.Rounding = .up
  ) {
    self.type = type
    self.saturates = saturates
    self.rounding = rounding
  }

  package var name: String { "Cast" }
  package var detail: String {
    type.rawValue + (saturates ? "" : ", not saturating")
      + (rounding == .up ? "" : ", \(rounding.rawValue)")
  }
}

/// The same bits as another element type of that size. Source: ONNX `BitCast`.
package struct BitCast: Operator {
  package var type: ElementType
  package init(to type: ElementType) { self.type = type }
  package var name: String { "BitCast" }
  package var detail: String { type.rawValue }
}

/// Inputs: x, scale, zero point?. `axis` counts only where scale is a vector. Source: ONNX `QuantizeLinear`.
package struct QuantizeLinear: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "QuantizeLinear" }
  package var detail: String { "axis \(axis)" }
}

/// Inputs: x, scale, zero point?. Source: ONNX `DequantizeLinear`.
package struct DequantizeLinear: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "DequantizeLinear" }
  package var detail: String { "axis \(axis)" }
}

/// Softmax over one axis. Source: ONNX `Softmax` (opset 13), `LogSoftmax`.
package struct Softmax: Operator {
  package var axis: Int
  package var logarithmic: Bool
  package init(axis: Int, logarithmic: Bool = false) {
    self.axis = axis
    self.logarithmic = logarithmic
  }
  package var name: String { logarithmic ? "LogSoftmax" : "Softmax" }
  package var detail: String { "axis \(axis)" }
}
