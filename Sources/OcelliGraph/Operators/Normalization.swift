/// Divides by the energy of neighbouring channels: `x / (bias + alpha / size · Σ x²)^beta`.
/// Source: ONNX `LRN`.
package struct LocalResponseNormalization: Operator {
  package var size: Int
  package var alpha: Float
  package var beta: Float
  package var bias: Float
  package init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }
  package var name: String { "LRN" }
  package var detail: String { "size \(size), alpha \(alpha), beta \(beta), bias \(bias)" }
}
