import Glibc

/// Finding what passes a threshold before anything costly is computed.
enum Scores {
  /// The number whose sigmoid is `probability`: to compare logits without an exponential.
  static func logit(_ probability: Float) -> Float {
    if probability <= 0 { return -.infinity }
    if probability >= 1 { return .infinity }
    return log(probability / (1 - probability))
  }

  /// A class number out of a float; nil where it is none.
  static func whole(_ x: Float) -> Int? {
    guard x.isFinite, x >= -0.5, x < 1e6 else { return nil }
    return Int(x.rounded())
  }

  static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

  /// The best of `count` scores from `start`, `step` apart, that is at least `threshold`.
  /// A NaN among them is returned at once, so that it can be counted. Of equals the first.
  static func best(
    _ scores: Span<Float>, from start: Int, step: Int, count: Int, atLeast threshold: Float
  ) -> (classID: Int, score: Float)? {
    var best = threshold.nextDown
    var found = -1
    var index = start
    for candidate in 0..<count {
      let score = scores[index]
      if !(score <= best) {  // also true for NaN
        if score.isNaN { return (candidate, score) }
        best = score
        found = candidate
      }
      index += step
    }
    return found < 0 ? nil : (found, best)
  }
}
