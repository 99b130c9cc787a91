import OcelliPicture
package import OcelliVision
import OcelliVocabulary
import Synchronization

/// The models of a pipeline by key, for one thread at a time; a reload may exchange them between two
/// frames.
package final class AnalyzerSet: Sendable {
  private let analyzers: Mutex<[String: any FrameAnalyzer]>

  package init(_ analyzers: sending [String: any FrameAnalyzer]) {
    self.analyzers = Mutex(analyzers)
  }

  /// Puts what `make` gives under a key, between two frames.
  func set(
    _ key: String, _ make: @Sendable () throws(VisionError) -> any FrameAnalyzer
  ) throws(VisionError) {
    try analyzers.withLock { analyzers throws(VisionError) in analyzers[key] = try make() }
  }

  /// Loads a picture, gives it back to the decoder unless `keepsPicture`, and infers.
  /// `willInfer` is called between the two.
  /// Errors: the model's, and `.model` where the key names none.
  func analyse(
    _ picture: inout Picture?, with key: String, keepsPicture: Bool, willInfer: () -> Void
  ) throws(VisionError) -> Findings {
    try analyzers.withLock { analyzers throws(VisionError) in
      guard let analyzer = analyzers[key] else {
        throw .model("no model is called \(key)")
      }
      try Self.load(&picture, into: analyzer, keepsPicture: keepsPicture)
      willInfer()
      return try analyzer.infer()
    }
  }

  private static func load(
    _ slot: inout Picture?, into analyzer: any FrameAnalyzer, keepsPicture: Bool
  ) throws(VisionError) {
    guard let picture = slot.take() else { return }
    try picture.withView { view throws(VisionError) in try analyzer.load(view) }
    if keepsPicture { slot = consume picture }
  }
}
