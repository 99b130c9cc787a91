import Glibc
import OcelliGraph

extension UnaryFunction {
  /// The function's value at `x`. NaN in, NaN out.
  func apply(_ x: Float) -> Float {
    switch self {
    case .relu: x < 0 ? 0 : x
    case .leakyRelu(let alpha): x < 0 ? alpha * x : x
    case .sigmoid: 1 / (1 + expf(-x))
    case .hardSigmoid(let alpha, let beta): clamp(alpha * x + beta, 0, 1)
    case .hardSwish: x * clamp(x / 6 + 0.5, 0, 1)
    case .silu: x / (1 + expf(-x))
    case .tanh: tanhf(x)
    case .exp: expf(x)
    case .log: logf(x)
    case .sqrt: x.squareRoot()
    case .negate: -x
    case .absolute: abs(x)
    case .erf: erff(x)
    case .reciprocal: 1 / x
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .not: x == 0 ? 1 : 0
    case .clip(let low, let high): clamp(x, low, high)
    case .quantizeRound(let scale, let zero, let low, let high):
      (clamp((x / scale).rounded(.toNearestOrEven) + zero, low, high) - zero) * scale
    }
  }

  /// As ONNX: where the bounds cross, the upper one wins.
  private func clamp(_ x: Float, _ low: Float, _ high: Float) -> Float {
    let raised = x < low ? low : x
    return raised > high ? high : raised
  }

  /// The function's value for integers; nil where it has none there.
  func apply<E: FixedWidthInteger>(_ x: E) -> E? {
    switch self {
    case .relu: return max(x, 0)
    case .negate: return 0 &- x
    case .absolute: return x < 0 ? 0 &- x : x
    case .clip(let low, let high):
      let raised = Double(x) < Double(low) ? E(clamping: Int(saturating: Double(low))) : x
      return Double(raised) > Double(high) ? E(clamping: Int(saturating: Double(high))) : raised
    case .floor, .ceil, .round: return x
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
  func apply(_ x: Float) -> Float {
    switch self {
    case .unary(let function): function.apply(x)
    case .chain(let first, let second): second.apply(first.apply(x))
    }
  }
}
