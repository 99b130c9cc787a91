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
