package import OcelliVocabulary

/// How far findings of a quantised model agree with those of the model of floats.
package struct Agreement: Sendable, Equatable {
  /// What `score` is.
  package var measure: String
  /// 1 where nothing has moved. For boxes: the average precision at an overlap of 0.5, where what the
  /// model of floats is sure of is taken for the truth.
  package var score: Double
  /// Smaller is better, and finer than `score`: how far places and confidences moved, on average.
  package var distance: Double
  package var pictures: Int
  package var objects: Objects?

  /// What became of the boxes.
  package struct Objects: Sendable, Equatable {
    /// Found by the model of floats, at least as sure as asked.
    package var count = 0
    /// Of those, without a box of the same class over an overlap of 0.5.
    package var missed = 0
    /// The average precision at an overlap of 0.75.
    package var strictScore = 1.0
    /// Of what was found again: confidences, and edges in pixels of the picture.
    package var meanConfidenceShift = 0.0
    package var largestConfidenceShift = 0.0
    package var meanEdgeShift = 0.0
    package var meanOverlap = 1.0
  }

  package var loss: Double { max(0, 1 - score) }

  /// Whether this is the better of two, where differences below `step` of the score are chance.
  func isBetter(than other: Agreement, step: Double = 0.001) -> Bool {
    abs(score - other.score) > step ? score > other.score : distance < other.distance
  }
}

/// Boxes of two models in the same pictures.
package struct BoxAgreement {
  private struct Candidate {
    var picture: Int
    var box: Detection
  }

  private let references: [[Detection]]
  private var candidates: [Candidate] = []
  private var shifts = Agreement.Objects()
  private var matched = 0
  private var distance = 0.0

  static let sameBox: Float = 0.5
  private static let strictBox: Float = 0.75

  /// `references`, `found`: by picture. `confidence`: the least of a reference.
  package init(references all: [[Detection]], found: [[Detection]], confidence: Float) {
    references = all.map { $0.filter { $0.confidence >= confidence } }
    for (picture, boxes) in found.enumerated() {
      candidates += boxes.map { Candidate(picture: picture, box: $0) }
      compare(references[picture], boxes)
    }
    candidates.sort { $0.box.confidence > $1.box.confidence }
  }

  private mutating func compare(_ references: [Detection], _ found: [Detection]) {
    for reference in references {
      shifts.count += 1
      let best = found.filter { $0.classID == reference.classID }
        .max { $0.box.overlap(reference.box) < $1.box.overlap(reference.box) }
      let overlap = best?.box.overlap(reference.box) ?? 0
      guard let best, overlap >= Self.sameBox else {
        shifts.missed += 1
        distance += 1 + Double(reference.confidence)
        continue
      }
      matched += 1
      let shift = Double(abs(best.confidence - reference.confidence))
      shifts.meanConfidenceShift += shift
      shifts.largestConfidenceShift = max(shifts.largestConfidenceShift, shift)
      shifts.meanEdgeShift += Double(Self.edgeShift(best.box, reference.box))
      distance += shift + Double(1 - overlap)
      if matched == 1 { shifts.meanOverlap = 0 }
      shifts.meanOverlap += Double(overlap)
    }
  }

  private static func edgeShift(_ a: PixelBox, _ b: PixelBox) -> Float {
    (abs(a.left - b.left) + abs(a.top - b.top) + abs(a.right - b.right) + abs(a.bottom - b.bottom))
      / 4
  }

  package var agreement: Agreement {
    var objects = shifts
    if matched > 0 {
      objects.meanConfidenceShift /= Double(matched)
      objects.meanEdgeShift /= Double(matched)
      objects.meanOverlap /= Double(matched)
    }
    objects.strictScore = averagePrecision(Self.strictBox)
    return Agreement(
      measure: "AP50", score: averagePrecision(Self.sameBox),
      distance: distance / Double(max(objects.count, 1)), pictures: references.count,
      objects: objects)
  }

  /// The area under precision over recall, precision made monotonic; all classes in one list.
  func averagePrecision(_ overlap: Float) -> Double {
    let count = references.reduce(0) { $0 + $1.count }
    guard count > 0 else { return 1 }
    var open = references.map { $0.map { _ in true } }
    var precisions: [Double] = []
    var hits = 0
    for (rank, candidate) in candidates.enumerated() {
      let boxes = references[candidate.picture]
      let best = boxes.indices.filter {
        open[candidate.picture][$0] && boxes[$0].classID == candidate.box.classID
      }.max { boxes[$0].box.overlap(candidate.box.box) < boxes[$1].box.overlap(candidate.box.box) }
      guard let best, boxes[best].box.overlap(candidate.box.box) >= overlap else { continue }
      open[candidate.picture][best] = false
      hits += 1
      precisions.append(Double(hits) / Double(rank + 1))
    }
    var area = 0.0
    var highest = 0.0
    for precision in precisions.reversed() {
      highest = max(highest, precision)
      area += highest
    }
    return area / Double(count)
  }
}
