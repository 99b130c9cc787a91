/// Rounds the weights of an output channel one after the other, each so that it takes back what rounding
/// those before has done to the output, as far as their inputs vary together.
/// Source: Frantar et al. 2023, "GPTQ"; in the form of Babai 1986, "On Lovász' lattice reduction and the
/// nearest lattice point problem", which needs one Cholesky factor and no inverse.
package struct ErrorFeedback: Sendable {
  /// Weights whose inputs vary least come first, and are rounded last.
  private let order: [Int]
  /// By row: what a weight takes over of the errors of those behind it.
  private let shares: [Float]

  /// So much of the mean variance is added to all: few pictures do not tell all.
  private static let damping = 0.01

  /// `covariance`: of `count` inputs, by row. Traps: of another size.
  package init(covariance: [Double], count: Int) {
    precondition(covariance.count == count * count)
    let variances = (0..<count).map { covariance[$0 * count + $0] }
    let order = (0..<count).sorted { (variances[$0], $0) < (variances[$1], $1) }
    let spare = Self.damping * variances.reduce(0, +) / Double(max(count, 1)) + 1e-20
    var factor = [Double](repeating: 0, count: count * count)
    var shares = [Float](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0...i {
        var sum = covariance[order[i] * count + order[j]] + (i == j ? spare : 0)
        for k in 0..<j { sum -= factor[i * count + k] * factor[j * count + k] }
        if i == j {
          factor[i * count + i] = max(sum, spare * 1e-3).squareRoot()
        } else {
          factor[i * count + j] = sum / factor[j * count + j]
        }
      }
    }
    for p in 0..<count {
      for r in p + 1..<count {
        shares[p * count + r] = Float(factor[r * count + p] / factor[p * count + p])
      }
    }
    self.order = order
    self.shares = shares
  }

  /// Whole numbers of −127…127, in the order of `weights`. Traps: of another number of weights.
  package func codes(_ weights: [Float], scale: Float) -> [Float] {
    let count = order.count
    precondition(weights.count == count)
    var codes = weights
    var errors = weights
    for p in (0..<count).reversed() {
      let weight = weights[order[p]]
      var wanted = weight
      for r in p + 1..<count { wanted += shares[p * count + r] * errors[r] }
      let code = QuantizedWeights.code(wanted, scale)
      codes[order[p]] = code
      errors[p] = weight - code * scale
    }
    return codes
  }
}
