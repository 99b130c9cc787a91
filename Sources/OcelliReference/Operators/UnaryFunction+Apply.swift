import OcelliGraph

extension UnaryFunction {
  /// The function's value at `x`. NaN in, NaN out; a predicate's is 1 or 0.
  func apply<E: FloatElement>(_ x: E) -> E {
    switch self {
    case .relu: x < 0 ? 0 : x
    case .leakyRelu(let alpha): x < 0 ? E(alpha) * x : x
    case .elu(let alpha): x < 0 ? E(alpha) * E.expm1(x) : x
    case .sigmoid: 1 / (1 + E.exp(-x))
    case .hardSigmoid(let alpha, let beta): clamp(E(alpha) * x + E(beta), 0, 1)
    case .hardSwish: x * clamp(x / 6 + 0.5, 0, 1)
    case .silu: x / (1 + E.exp(-x))
    // e^−|x| never overflows.
    case .softplus: x.isNaN ? x : max(x, 0) + E.log1p(E.exp(-abs(x)))
    case .exp: E.exp(x)
    case .log: E.log(x)
    case .sqrt: x.squareRoot()
    case .reciprocal: 1 / x
    case .erf: E.erf(x)
    case .sin: E.sin(x)
    case .cos: E.cos(x)
    case .tan: E.tan(x)
    case .asin: E.asin(x)
    case .acos: E.acos(x)
    case .atan: E.atan(x)
    case .sinh: E.sinh(x)
    case .cosh: E.cosh(x)
    case .tanh: E.tanh(x)
    case .asinh: E.asinh(x)
    case .acosh: E.acosh(x)
    case .atanh: E.atanh(x)
    case .negate: -x
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .clip(let low, let high): clamp(x, E(low), E(high))
    case .quantizeRound(let scale, let zero, let low, let high):
      (clamp((x / E(scale)).rounded(.toNearestOrEven) + E(zero), E(low), E(high)) - E(zero))
        * E(scale)
    case .not, .bitwiseNot: x == 0 ? 1 : 0
    case .isNaN: x.isNaN ? 1 : 0
    case .isInfinite(let negative, let positive):
      x == .infinity && positive || x == -.infinity && negative ? 1 : 0
    }
  }

  /// As ONNX: where the bounds cross, the upper one wins.
  private func clamp<E: FloatElement>(_ x: E, _ low: E, _ high: E) -> E {
    let raised = x < low ? low : x
    return raised > high ? high : raised
  }

  /// The function's value for integers; nil where it has none there.
  func apply<E: IntegerElement>(_ x: E) -> E? {
    switch self {
    case .relu: return max(x, 0)
    case .negate: return 0 &- x
    case .absolute: return x < 0 ? 0 &- x : x
    case .sign: return x.signum()
    case .clip(let low, let high):
      let raised = Double(x) < Double(low) ? E(nearest: Double(low)) : x
      return Double(raised) > Double(high) ? E(nearest: Double(high)) : raised
    case .floor, .ceil, .round: return x
    case .bitwiseNot: return ~x
    default: return nil
    }
  }
}

extension Int {
  /// Toward zero; NaN becomes 0, what is out of range the nearest bound.
  init(saturating value: Double) {
    self = value.isNaN ? 0 : value >= 0x1p63 ? .max : value < -0x1p63 ? .min : Int(value)
  }
}

extension Activation {
  func apply<E: FloatElement>(_ x: E) -> E {
    switch self {
    case .unary(let function): function.apply(x)
    case .chain(let first, let second): second.apply(first.apply(x))
    }
  }
}
