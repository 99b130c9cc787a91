/// The matrix product of the last two axes, the others broadcast. Source: ONNX `MatMul`.
package struct MatMul: Operator {
  package init() {}
  package var name: String { "MatMul" }
}

/// `alpha·A'·B' + beta·C`. Inputs: A, B, C?. Source: ONNX `Gemm`.
package struct Gemm: Operator {
  package var alpha: Float
  package var beta: Float
  package var transposeA: Bool
  package var transposeB: Bool
  package init(alpha: Float, beta: Float, transposeA: Bool, transposeB: Bool) {
    self.alpha = alpha
    self.beta = beta
    self.transposeA = transposeA
    self.transposeB = transposeB
  }
  package var name: String { "Gemm" }
  package var detail: String {
    "alpha \(alpha), beta \(beta)" + (transposeA ? ", A'" : "") + (transposeB ? ", B'" : "")
  }
}

/// Folds axes. Inputs: x. `axes` nil: all. Source: ONNX `Reduce*`; `Global*Pool` too.
package struct Reduce: Operator {
  package enum Function: String, Sendable {
    case sum, mean, maximum, minimum, product, sumSquare, l1, l2
  }
  package var function: Function
  package var axes: [Int]?
  package var keepDimensions: Bool
  package init(_ function: Function, axes: [Int]?, keepDimensions: Bool) {
    self.function = function
    self.axes = axes
    self.keepDimensions = keepDimensions
  }
  package var name: String { "Reduce(\(function.rawValue))" }
  package var detail: String {
    (axes.map { "axes \($0)" } ?? "all axes") + (keepDimensions ? ", kept" : "")
  }
}
