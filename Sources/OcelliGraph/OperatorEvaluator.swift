package import OcelliTensor

/// Computes one operator on tensors at hand; passes take it for constant folding.
package protocol OperatorEvaluator: Sendable {
  /// The outputs, as many as the node's; nil inputs are absent optional ones.
  /// Errors: where the operator or a type is not covered, or the inputs are wrong.
  func evaluate(_ op: any Operator, _ inputs: [Tensor?], outputCount: Int) throws(OperatorError)
    -> [Tensor]
}
