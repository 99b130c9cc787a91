import OcelliEvents
import OcelliMedia
import OcelliPicture
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import OcelliVision
import OcelliVocabulary
import Synchronization
import Testing

/// An analyzer that finds one box as wide as the picture's brightness.
final class FakeAnalyzer: FrameAnalyzer {
  private let clock: ManualClock?
  private let seconds: Double
  private let failsAt: Set<Int>
  private let onInfer: @Sendable () -> Void
  private var brightness = 0

  /// Units: `seconds` that an inference takes on `clock`. `failsAt`: frames whose inference fails.
  init(
    clock: ManualClock? = nil, seconds: Double = 0, failsAt: Set<Int> = [],
    onInfer: @escaping @Sendable () -> Void = {}
  ) {
    self.clock = clock
    self.seconds = seconds
    self.failsAt = failsAt
    self.onInfer = onInfer
  }

  /// One that takes a millisecond of real time, for sources without an end.
  static func paced() -> FakeAnalyzer {
    FakeAnalyzer { Signal().wait(after: 0, until: Deadline(in: 0.001, of: SystemClock())) }
  }

  func load(_ picture: borrowing PictureView) throws(VisionError) {
    brightness = unsafe Int(picture.planePointers.0[0])
  }

  func infer() throws(VisionError) -> Findings {
    clock?.advance(bySeconds: seconds)
    onInfer()
    if failsAt.contains(brightness) { throw .inference("the fake fails") }
    return .objects([
      Detection(
        classID: brightness % 2, label: brightness % 2 == 0 ? "even" : "odd", confidence: 0.5,
        box: PixelBox(left: 0, top: 0, right: Float(brightness % 8), bottom: 4))
    ])
  }
}

/// Keeps every line, as events and as bytes, and fails where it is told to.
final class RecordingOutput: LineOutput {
  /// What a pipeline said at a stream's end.
  struct Conclusion: Sendable {
    let stream: StreamID
    let end: EndLine?
    /// The stream's `ended` is the last line so far.
    let isAfterItsLines: Bool
  }

  private struct State {
    var lines: [Line] = []
    var conclusions: [Conclusion] = []
    var bytes: [UInt8] = []
    var encoder = LineEncoder(stable: true)
  }

  private let monitor = Monitor(State())
  private let validator = try! LineValidator(stable: true)
  private let failsAt: Int?
  private let error: SinkError

  init(failsAt: Int? = nil, error: SinkError = .closed(output: "-")) {
    self.failsAt = failsAt
    self.error = error
  }

  var lines: [Line] { monitor.withLock { $0.lines } }
  var conclusions: [Conclusion] { monitor.withLock { $0.conclusions } }
  var bytes: [UInt8] { monitor.withLock { $0.bytes } }

  func publish(_ line: Line, timeMicroseconds: Int64) throws(SinkError) {
    let (count, bytes) = monitor.update { state in
      state.lines.append(line)
      let bytes = state.encoder.encode(
        line, sequence: UInt64(state.lines.count), timeMicroseconds: timeMicroseconds)
      state.bytes += bytes
      return (state.lines.count, bytes)
    }
    do { try validator.validate(bytes) } catch { Issue.record(error) }
    if let failsAt, count >= failsAt { throw error }
  }

  func conclude(
    _ stream: StreamID, _ end: EndLine?, timeMicroseconds: Int64
  ) throws(SinkError) {
    monitor.update { state in
      let last = if case .stream(let line)? = state.lines.last { line } else { nil as StreamLine? }
      state.conclusions.append(
        Conclusion(
          stream: stream, end: end,
          isAfterItsLines: last?.stream == stream && last?.state == .ended))
    }
  }

  /// Blocks, in real time, until the lines satisfy; false after ten seconds.
  func await(_ isSatisfied: ([Line]) -> Bool) -> Bool {
    monitor.wait(until: Deadline(in: 10, of: SystemClock())) {
      isSatisfied($0.lines) ? true : nil
    } ?? false
  }
}

extension [Line] {
  var frames: [FrameLine] {
    compactMap { if case .frame(let line) = $0 { line } else { nil } }
  }

  var gaps: [GapLine] { compactMap { if case .gap(let line) = $0 { line } else { nil } } }

  var errors: [ErrorLine] { compactMap { if case .error(let line) = $0 { line } else { nil } } }

  var stats: [StatsLine] { compactMap { if case .stats(let line) = $0 { line } else { nil } } }

  var states: [StreamLine] { compactMap { if case .stream(let line) = $0 { line } else { nil } } }

  var end: EndLine? { if case .end(let line)? = last { line } else { nil } }

  /// Lines of one stream, numbers and run left out.
  func frames(of stream: String) -> [FrameLine] {
    frames.filter { $0.stamp.stream.name == stream }
  }
}

/// Runs a pipeline while another thread asserts the sums, at every sample.
struct Rig {
  let pipeline: Pipeline
  let output: RecordingOutput
  let clock: any StreamClock

  init(
    _ streams: [StreamSettings], analyzer: sending FakeAnalyzer = FakeAnalyzer(),
    output: RecordingOutput = RecordingOutput(), clock: any StreamClock = ManualClock(),
    isService: Bool = false, _ change: (inout PipelineOptions) -> Void = { _ in }
  ) {
    self.init(
      streams, output: output, clock: clock, isService: isService,
      lanes: [AnalyzerSet(["default": analyzer])], change)
  }

  /// With several lanes a file is read ahead too, as `analyze` does.
  init(
    _ streams: [StreamSettings], output: RecordingOutput = RecordingOutput(),
    clock: any StreamClock = ManualClock(), isService: Bool = false, lanes: [AnalyzerSet],
    _ change: (inout PipelineOptions) -> Void = { _ in }
  ) {
    var options = PipelineOptions(
      run: ULID(timeMicroseconds: 0), version: "0", models: [], isService: isService, seed: 1)
    options.filesAhead = lanes.count > 1 ? 2 : 1
    change(&options)
    self.output = output
    self.clock = clock
    pipeline = Pipeline(
      streams: streams, lanes: lanes, publisher: output, clock: clock, options: options)
  }

  /// Runs to the end. The sampler's findings and the lines' own sums are checked here, so that no
  /// test can forget them.
  func run(during body: @escaping @Sendable () -> Void = {}) throws -> PipelineResult {
    let isOver = Interruption()
    let samples = Atomic<Int>(0)
    let wrong = Atomic<Int>(0)
    let sampler = try OSThread.start(name: "sampler") { [pipeline] in
      while !isOver.isSet {
        samples.add(1, ordering: .relaxed)
        for total in pipeline.totals where !total.frames.isExact {
          wrong.add(1, ordering: .relaxed)
        }
        isOver.signal.wait(after: 0, until: Deadline(in: 0.0002, of: SystemClock()))
      }
    }
    while samples.load(ordering: .relaxed) == 0 {
      Signal().wait(after: 0, until: Deadline(in: 0.0002, of: SystemClock()))
    }
    let driver = try OSThread.start(name: "driver", body)
    let result = pipeline.run()
    driver.join()
    isOver.set()
    sampler.join()
    #expect(samples.load(ordering: .relaxed) > 0)
    #expect(wrong.load(ordering: .relaxed) == 0)
    checkSums(result)
    return result
  }

  private func checkSums(_ result: PipelineResult) {
    let lines = output.lines
    for total in lines.stats.flatMap(\.streams) { #expect(total.frames.isExact) }
    #expect(lines.end?.streams == result.streams)
    for total in result.streams {
      #expect(total.frames.isExact)
      #expect(total.frames.inFlight == 0)
      #expect(total.frames.analysed == lines.frames(of: total.stream.name).count)
      for cause in LossCause.allCases where !cause.isByChoice {
        let told = lines.gaps.filter { $0.stream == total.stream && $0.cause == cause }
        #expect(
          told.compactMap(\.frames).reduce(0, +) == total.frames.lost[cause, default: 0],
          "every loss by \(cause) stands in a gap line")
      }
    }
  }
}

/// A stream of a script.
func stream(
  _ name: String, _ source: ScriptedSource, isLive: Bool = false,
  _ change: (inout StreamSettings) -> Void = { _ in }
) -> StreamSettings {
  var settings = StreamSettings(id: StreamID(name), isLive: isLive) { source }
  change(&settings)
  return settings
}
