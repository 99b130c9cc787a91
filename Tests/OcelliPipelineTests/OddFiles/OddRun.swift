import Glibc
import OcelliEvents
import OcelliMedia
import OcelliPicture
import OcelliPipeline
import OcelliPlumbing
import OcelliVision
import OcelliVocabulary

/// An analyzer without a model: the letterbox goes over every picture, and that is all.
final class LetterboxAnalyzer: FrameAnalyzer {
  private var letterbox = Letterbox(LetterboxSpecification(width: 64, height: 48))
  private var values = [Float](repeating: 0, count: 64 * 48 * 3)

  func load(_ picture: borrowing PictureView) throws(VisionError) {
    var span = values.mutableSpan
    _ = letterbox.fill(&span, from: picture)
  }

  func infer() throws(VisionError) -> Findings {
    guard values.allSatisfy({ $0.isFinite }) else { throw .inference("not finite") }
    return .objects([])
  }
}

/// What a source gave on its whole way from the decoder to the lines.
struct OddRun {
  var lines: [Line]
  var result: PipelineResult
  /// What `--stable` writes.
  var bytes: [UInt8]

  /// Runs one source; a run that does not end in a minute ends the process, with its name.
  init(
    _ path: String, options: MediaOptions = MediaOptions(), analysesCorrupt: Bool = false
  ) throws {
    let address = try SourceAddress(parsing: path)
    var settings = StreamSettings(id: StreamID(path), isLive: false) {
      address.makeSource(options: options)
    }
    settings.analysesCorrupt = analysesCorrupt
    let output = RecordingOutput()
    let pipeline = Pipeline(
      streams: [settings], analyzers: ["default": LetterboxAnalyzer()], publisher: output,
      options: PipelineOptions(
        run: ULID(timeMicroseconds: 0), version: "0", models: [], isService: false, seed: 1))
    let isOver = Interruption()
    let watchdog = try OSThread.start(name: "watchdog") {
      isOver.signal.wait(after: 0, until: Deadline(in: 60, of: SystemClock()))
      if !isOver.isSet { fatalError("\(path) hangs") }
    }
    result = pipeline.run()
    isOver.set()
    watchdog.join()
    lines = output.lines
    bytes = output.bytes
  }

  var frames: Int { lines.frames.count }
  var damaged: Int { result.streams.first?.frames.lost[.corrupt] ?? 0 }
  var exitCode: Int { Int(result.exitCode) }
  /// The words of all error lines.
  var codes: [String] { lines.errors.map(\.code) }
  /// Of the upright pictures, in the order of their appearance.
  var sizes: [String] {
    lines.frames.reduce(into: []) { sizes, line in
      let size = "\(line.width)x\(line.height)"
      if sizes.last != size { sizes.append(size) }
    }
  }
}
