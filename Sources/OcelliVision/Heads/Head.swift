package import OcelliVocabulary

/// The outputs of a run, lent one by one: a context's, or plain arrays in tests.
package protocol HeadOutputs {
  /// Lends output `index`, row-major.
  func withOutput<R>(_ index: Int, _ body: (Span<Float>) -> R) -> R
}

/// A family of models that one head reads.
package protocol HeadFamily: Sendable {
  /// The name as `--head` takes it.
  static var name: String { get }
  /// What outputs it wants, in words, for a refusal.
  static var expects: String { get }

  /// Whether these outputs are this head's, and what its family is known to want.
  /// `size`: of the picture input. `asked`: the user named this head, so that shapes alone decide.
  /// nil where they are not.
  static func recognize(_ facts: ModelFacts, size: InputSize, asked: Bool) -> Recognition?

  var classCount: Int { get }

  /// Which outputs it reads, with how many elements each must have; 0: as many as there are.
  var reads: [(output: Int, count: Int)] { get }
}

/// Turns the outputs of a detector into candidates.
package protocol Head: HeadFamily {
  /// The graph has suppressed overlapping boxes already.
  var isSuppressed: Bool { get }

  /// Finds what is at least `threshold` sure. Units: pixels of the model's input.
  func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates)

  /// The key points of a survivor. Units: pixels of the model's input.
  func keypoints(of candidate: Candidate, _ outputs: some HeadOutputs) -> [Keypoint]

  /// The corners of a survivor that lies at an angle. Units: pixels of the model's input.
  func corners(of candidate: Candidate, _ outputs: some HeadOutputs) -> [PixelPoint]

  /// The pixels of a survivor whose box in the picture is `box`.
  func mask(
    of candidate: Candidate, in box: PixelBox, _ place: Placement, _ outputs: some HeadOutputs
  ) -> RunLengthMask?
}

extension Head {
  package var isSuppressed: Bool { false }

  package func keypoints(
    of candidate: Candidate, _ outputs: some HeadOutputs
  ) -> [Keypoint] { [] }

  package func corners(
    of candidate: Candidate, _ outputs: some HeadOutputs
  ) -> [PixelPoint] { [] }

  package func mask(
    of candidate: Candidate, in box: PixelBox, _ place: Placement, _ outputs: some HeadOutputs
  ) -> RunLengthMask? { nil }
}

/// Turns the outputs into findings at once, where there are no boxes to suppress.
package protocol WholeHead: HeadFamily {
  var task: VisionTask { get }

  func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings
}

/// What a head is told beside the outputs.
package struct FindRequest {
  package var place: Placement
  /// The least confidence that is reported, 0…1.
  package var threshold: Float
  package var labels: [String]
  /// Of a second output (`attributes` in a sidecar).
  package var attributes: [String]
  /// The classes to report; nil: all.
  package var wanted: Set<Int>?

  package init(
    place: Placement, threshold: Float = 0.25, labels: [String] = [], attributes: [String] = [],
    wanted: Set<Int>? = nil
  ) {
    self.place = place
    self.threshold = threshold
    self.labels = labels
    self.attributes = attributes
    self.wanted = wanted
  }

  func label(_ classID: Int) -> String? { Self.name(classID, labels) }

  /// Whether a class is to be reported.
  func admits(_ classID: Int) -> Bool { wanted?.contains(classID) ?? true }

  static func name(_ classID: Int, _ names: [String]) -> String? {
    names.indices.contains(classID) && !names[classID].isEmpty ? names[classID] : nil
  }
}

/// A head that fits, with the conventions of its family.
package struct Recognition: Sendable {
  var head: HeadKind
  var sureness: Sureness
  var reason: String
  /// The family's preprocessing, with its sureness and reason.
  var picture: Conclusion<PictureConvention>
  /// Names that the family is trained on, where that is known.
  var labels: Conclusion<[String]>?
  /// The overlap that its own evaluation suppresses at.
  var overlap: Conclusion<Float>?

  init(
    head: some Head, sureness: Sureness, reason: String,
    picture: Conclusion<PictureConvention>, labels: Conclusion<[String]>? = nil,
    overlap: Conclusion<Float>? = nil
  ) {
    self.head = .detector(head)
    self.sureness = sureness
    self.reason = reason
    self.picture = picture
    self.labels = labels
    self.overlap = overlap
  }

  init(
    head: some WholeHead, sureness: Sureness, reason: String,
    picture: Conclusion<PictureConvention>, labels: Conclusion<[String]>? = nil
  ) {
    self.head = .whole(head)
    self.sureness = sureness
    self.reason = reason
    self.picture = picture
    self.labels = labels
  }

  /// Outputs that no head reads.
  init(raw sureness: Sureness, reason: String) {
    head = .raw
    self.sureness = sureness
    self.reason = reason
    picture = Conclusion(
      .unit(.rgb, .stretch, pad: 0), .guess, "RGB, value / 255 is the most usual")
  }
}
