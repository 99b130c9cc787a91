package import OcelliEvents
package import OcelliPlumbing
package import OcelliVision
package import OcelliVocabulary
import Synchronization

/// Sources in, lines out: what `analyze` and `run` both drive.
///
/// `run` is called once, on the thread that infers; everything else may be called from any thread.
package final class Pipeline: Sendable {
  private let roster: Roster
  private let lanes: [AnalyzerSet]
  private let output: any LineOutput
  private let clock: any StreamClock
  private let options: PipelineOptions
  private let signal = Signal()
  private let stopReason = Mutex<StopReason?>(nil)
  private let beats = Atomic<UInt64>(0)

  /// - `analyzers`: by the key that the streams' settings name.
  package convenience init(
    streams: [StreamSettings], analyzers: sending [String: any FrameAnalyzer],
    publisher: any LineOutput, clock: any StreamClock = SystemClock(), options: PipelineOptions
  ) {
    self.init(
      streams: streams, lanes: [AnalyzerSet(analyzers)], publisher: publisher, clock: clock,
      options: options)
  }

  /// - `lanes`: with one, pictures are analysed one after the other on the thread that runs the
  ///   pipeline; with several, each on a thread of its own, and the lines stay the same.
  /// Traps: no lane.
  package init(
    streams: [StreamSettings], lanes: [AnalyzerSet], publisher: any LineOutput,
    clock: any StreamClock = SystemClock(), options: PipelineOptions
  ) {
    precondition(!lanes.isEmpty, "somebody must analyse")
    self.lanes = lanes
    self.output = publisher
    self.clock = clock
    self.options = options
    roster = Roster(clock: clock, signal: signal, options: options)
    for stream in streams { roster.add(stream) }
  }

  /// Writes `hello`, runs all streams until they have ended or `stop` is called, and writes `end`.
  /// The publisher stays open.
  package func run() -> PipelineResult {
    let pool =
      lanes.count > 1 ? AnalysisPool(lanes: lanes, clock: clock, signal: signal) : nil
    defer { pool?.close() }
    var scheduler = Scheduler(
      roster: roster, analyzers: lanes[0], pool: pool, output: output, clock: clock,
      options: options, signal: signal)
    return scheduler.run(stopReason: { self.stopReason.withLock { $0 } }) {
      self.beats.add(1, ordering: .relaxed)
    }
  }

  /// Ends the run soon: the frame that is being analysed is finished, those that wait are counted
  /// as `shutdown`. The first reason counts. Safe from any thread; it does not wait.
  package func stop(_ reason: StopReason) {
    stopReason.withLock { $0 = $0 ?? reason }
    signal.raise()
  }

  /// Enters a stream while the pipeline runs; one of the same name is replaced.
  package func add(_ settings: StreamSettings) { roster.add(settings) }

  /// Ends a stream; its sums stay.
  package func remove(_ stream: StreamID) { roster.remove(stream) }

  /// Puts the analyzer that `make` gives under a key, between two frames: `make` holds them up.
  /// Errors: what `make` throws; then the old one stays.
  package func setAnalyzer(
    _ key: String, _ make: @Sendable () throws(VisionError) -> any FrameAnalyzer
  ) throws(VisionError) {
    for lane in lanes { try lane.set(key, make) }
  }

  /// Grows while the inference thread does its rounds, at least once a second while it is idle: a
  /// watchdog may be fed as long as it grows.
  package var heartbeat: UInt64 { beats.load(ordering: .relaxed) }

  /// The sums of every stream that there was, in the order given. They hold at every moment.
  package var totals: [StreamTotals] { roster.ledgers.map { $0.snapshot() } }
}
