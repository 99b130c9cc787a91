/// What a user may choose about findings.
package struct AnalyzerSettings: Sendable, Equatable {
  /// The least confidence that is reported, 0…1.
  package var confidence: Float
  /// A box that overlaps a better one of its class by more is suppressed; nil: as the card says.
  package var overlap: Float?
  /// Names or numbers of the classes to report; empty: all.
  package var classes: [String]
  /// The most objects a picture; at most `NonMaximumSuppression.maximumKept`.
  package var maximumObjects: Int

  package init(
    confidence: Float = 0.25, overlap: Float? = nil, classes: [String] = [],
    maximumObjects: Int = NonMaximumSuppression.maximumKept
  ) {
    self.confidence = confidence
    self.overlap = overlap
    self.classes = classes
    self.maximumObjects = maximumObjects
  }

  /// Errors: `.model` for numbers that are none of theirs.
  func check() throws(VisionError) {
    guard (0...1).contains(confidence) else { throw .model("--confidence lies between 0 and 1") }
    if let overlap, !(0...1).contains(overlap) { throw .model("--iou lies between 0 and 1") }
    guard maximumObjects > 0 else { throw .model("at least one object must be allowed") }
  }

  /// The wanted classes by number; nil: all.
  /// Errors: `.model` for a class that the model does not have, with the nearest it has.
  func wantedClasses(_ card: ModelCard) throws(VisionError) -> Set<Int>? {
    if classes.isEmpty { return nil }
    // Finished boxes do not tell how many classes there are.
    let limit = card.classCount == 0 ? 1 << 20 : card.classCount
    var wanted: Set<Int> = []
    for text in classes {
      let named = card.labels.value.indices.filter { card.labels.value[$0] == text }
      if !named.isEmpty {
        wanted.formUnion(named)
      } else if let number = Int(text), number >= 0, number < limit {
        wanted.insert(number)
      } else {
        let names = card.labels.value.prefix(20).joined(separator: ", ")
        let known = names.isEmpty ? "numbers from 0 to \(card.classCount - 1)" : names
        let more = card.labels.value.count > 20 ? ", …" : ""
        throw .model("class \"\(text)\": the model has none such; it has \(known)\(more)")
      }
    }
    return wanted
  }
}
