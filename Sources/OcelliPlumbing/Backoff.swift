/// How long to wait before the next try: 1, 2, 4, 8, 16, 30, 30 … seconds, each ± 20 %.
package struct Backoff: Sendable {
  /// Units: seconds.
  private let steps: [Double]
  private var failures = 0

  /// For a network that may come back at any moment.
  package static let network = Backoff(steps: [1, 2, 4, 8, 16, 30])
  /// For a refused password: cameras lock those who insist.
  package static let authentication = Backoff(steps: [30, 120, 600, 900])

  /// Traps: no steps.
  package init(steps: [Double]) {
    precondition(!steps.isEmpty)
    self.steps = steps
  }

  /// The wait after one more failure, spread so that many streams do not come back at once.
  /// Units: seconds.
  package mutating func next(using random: inout some RandomNumberGenerator) -> Double {
    let step = steps[min(failures, steps.count - 1)]
    failures += 1
    return step * Double.random(in: 0.8...1.2, using: &random)
  }

  /// It worked: the next failure waits as little as the first.
  package mutating func reset() { failures = 0 }
}
