import OcelliVocabulary

/// Greedy non-maximum suppression within each class: the exact algorithm, on a bounded list.
package struct NonMaximumSuppression: Sendable {
  /// The most objects a picture can have.
  package static let maximumKept = 1000

  /// A box that overlaps a better one of its class by more than this is suppressed.
  package var threshold: Float
  package var limit: Int

  package init(threshold: Float, limit: Int = maximumKept) {
    self.threshold = threshold
    self.limit = min(max(limit, 0), Self.maximumKept)
  }

  /// The survivors of `candidates`, best first, into `kept`.
  /// Candidates that `admits` refuses neither survive nor suppress.
  package func run(
    _ candidates: inout Candidates, into kept: inout [Candidate],
    where admits: (Int) -> Bool = { _ in true }
  ) {
    kept.removeAll(keepingCapacity: true)
    candidates.sort()
    for candidate in candidates.list where admits(candidate.classID) {
      if kept.count == limit { break }
      var survives = true
      for better in kept where better.classID == candidate.classID {
        if better.box.overlap(candidate.box) > threshold {
          survives = false
          break
        }
      }
      if survives { kept.append(candidate) }
    }
  }
}
