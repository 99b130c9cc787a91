package import OcelliVocabulary

/// The outputs of a run, lent one by one: a context's, or plain arrays in tests.
package protocol HeadOutputs {
  /// Lends output `index`, row-major.
  func withOutput<R>(_ index: Int, _ body: (Span<Float>) -> R) -> R
}

/// Turns the outputs of a detector into candidates.
package protocol Head: Sendable {
  /// The name as `--head` takes it.
  static var name: String { get }
  /// What outputs it wants, in words, for a refusal.
  static var expects: String { get }

  /// Whether these outputs are this head's, and what its family is known to want.
  /// `size`: of the picture input. nil where they are not.
  static func recognize(_ facts: ModelFacts, size: InputSize) -> Recognition?

  var classCount: Int { get }

  /// Which outputs it reads, with how many elements each must have.
  var reads: [(output: Int, count: Int)] { get }

  /// Finds what is at least `threshold` sure. Units: pixels of the model's input.
  func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates)

  /// The key points of a survivor. Units: pixels of the model's input.
  func keypoints(of candidate: Candidate, _ outputs: some HeadOutputs) -> [Keypoint]
}

extension Head {
  package func keypoints(
    of candidate: Candidate, _ outputs: some HeadOutputs
  ) -> [Keypoint] { [] }
}

/// A head that fits, with the conventions of its family.
package struct Recognition: Sendable {
  var head: any Head
  var classCount: Int
  var sureness: Sureness
  var reason: String
  /// The family's preprocessing, with its sureness and reason.
  var picture: Conclusion<PictureConvention>
  /// Names that the family is trained on, where that is known.
  var labels: Conclusion<[String]>?
  /// The overlap that its own evaluation suppresses at.
  var overlap: Conclusion<Float>?
}

/// One level of a pyramid: cells of `stride` pixels.
package struct GridLevel: Sendable, Equatable {
  package var stride: Int
  package var columns: Int
  package var rows: Int

  package var count: Int { columns * rows }

  package init(stride: Int, columns: Int, rows: Int) {
    self.stride = stride
    self.columns = columns
    self.rows = rows
  }

  /// The level over an input; a part of a cell counts as one.
  init(stride: Int, over size: InputSize) {
    self.init(
      stride: stride, columns: (size.width + stride - 1) / stride,
      rows: (size.height + stride - 1) / stride)
  }

  /// The strides 8, 16, 32 and, where that is too few cells, 64, whose cells add up to `count`.
  static func levels(adding count: Int, over size: InputSize, anchors: Int = 1) -> [GridLevel]? {
    for strides in [[8, 16, 32], [8, 16, 32, 64], [16, 32], [4, 8, 16, 32]] {
      let levels = strides.map { GridLevel(stride: $0, over: size) }
      if levels.reduce(0, { $0 + $1.count * anchors }) == count { return levels }
    }
    return nil
  }

  /// `52² + 26² + 13²` in words.
  static func describe(_ levels: [GridLevel]) -> String {
    levels.map { "\($0.columns)·\($0.rows)" }.joined(separator: " + ")
  }
}
