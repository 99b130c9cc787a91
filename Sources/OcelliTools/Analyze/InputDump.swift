import OcelliPicture
import OcelliVision
import OcelliVocabulary
import Synchronization

/// Where the first input tensor goes, and what came of it.
final class InputDump: Sendable {
  let path: String
  private let failure = Mutex<ToolError?>(nil)

  init(path: String) { self.path = path }

  /// Why the file could not be written.
  var error: ToolError? {
    get { failure.withLock { $0 } }
    set { failure.withLock { $0 = newValue } }
  }
}

/// An analyzer that writes down the first tensor that its model gets.
final class DumpingAnalyzer: FrameAnalyzer {
  private let analyzer: Analyzer
  private var dump: InputDump?

  init(_ analyzer: Analyzer, _ dump: InputDump) {
    self.analyzer = analyzer
    self.dump = dump
    analyzer.keepsInput = true
  }

  func load(_ picture: borrowing PictureView) throws(VisionError) {
    try analyzer.load(picture)
    guard let dump, let tensor = analyzer.keptInput else { return }
    self.dump = nil
    analyzer.keepsInput = false
    do throws(ToolError) {
      try TensorStore.write(tensor, to: dump.path, name: "input", kind: .npy)
    } catch { dump.error = error }
  }

  func infer() throws(VisionError) -> Findings { try analyzer.infer() }
}
