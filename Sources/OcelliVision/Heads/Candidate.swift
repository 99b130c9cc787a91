package import OcelliVocabulary

/// A possible object, before non-maximum suppression. Units: pixels of the model's input.
package struct Candidate: Sendable, Equatable {
  package var box: PixelBox
  /// 0…1.
  package var confidence: Float
  package var classID: Int
  /// Where in the head's own numbering it comes from: for key points.
  package var cell: Int
  /// The order of arrival: equal confidences keep it.
  var arrival: Int = 0

  package init(box: PixelBox, confidence: Float, classID: Int, cell: Int) {
    self.box = box
    self.confidence = confidence
    self.classID = classID
    self.cell = cell
  }

  /// Best first; of equals the earlier.
  static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
    a.confidence != b.confidence ? a.confidence > b.confidence : a.arrival < b.arrival
  }
}

/// The best candidates of a picture, bounded however many come.
package struct Candidates: Sendable {
  /// How many survive until non-maximum suppression.
  package static let capacity = 8192

  package private(set) var list: [Candidate] = []
  /// How many were dropped because a number was not finite.
  package private(set) var invalid = 0
  private var arrivals = 0
  /// What a candidate must surpass once the list has been full.
  private var floor: Candidate?

  package init() { list.reserveCapacity(2 * Self.capacity) }

  /// Forgets all, keeps the memory.
  package mutating func removeAll() {
    list.removeAll(keepingCapacity: true)
    invalid = 0
    arrivals = 0
    floor = nil
  }

  /// Takes a candidate, or counts it where a number is not finite. Boxes without area are dropped.
  package mutating func append(_ candidate: Candidate) {
    let box = candidate.box
    guard candidate.confidence.isFinite, box.left.isFinite, box.top.isFinite, box.right.isFinite,
      box.bottom.isFinite
    else { return countInvalid() }
    guard box.right > box.left, box.bottom > box.top else { return }
    var candidate = candidate
    candidate.confidence = min(candidate.confidence, 1)  // rounding may pass 1 by a little
    candidate.arrival = arrivals
    arrivals += 1
    if let floor, !Candidate.precedes(candidate, floor) { return }
    list.append(candidate)
    if list.count == 2 * Self.capacity { shrink() }
  }

  /// Counts a cell whose scores are no numbers.
  package mutating func countInvalid() { invalid += 1 }

  /// Puts the best first and drops what is beyond the capacity.
  package mutating func sort() { shrink() }

  private mutating func shrink() {
    list.sort(by: Candidate.precedes)
    guard list.count > Self.capacity else { return }
    list.removeLast(list.count - Self.capacity)
    floor = list.last
  }
}
