import OcelliEvents
import OcelliPlumbing
import OcelliSinks
import OcelliVocabulary
import Synchronization

/// The inference thread: one picture after the other, from each stream in turn, and every line in
/// the order in which things happened.
struct Scheduler {
  let roster: Roster
  let analyzers: AnalyzerSet
  let output: any LineOutput
  let clock: any StreamClock
  let options: PipelineOptions
  let signal: Signal

  private var cursor = 0
  var sinkError: SinkError?
  var startedAt: Int64 = 0
  var windowBegan: Int64 = 0
  var progressAt = Int64.min
  /// The last failure of each stream's inference, so that it is told once and not for every frame.
  var failures: [StreamID: String] = [:]

  init(
    roster: Roster, analyzers: AnalyzerSet, output: any LineOutput, clock: any StreamClock,
    options: PipelineOptions, signal: Signal
  ) {
    self.roster = roster
    self.analyzers = analyzers
    self.output = output
    self.clock = clock
    self.options = options
    self.signal = signal
  }

  mutating func run(stopReason: () -> StopReason?, beat: () -> Void) -> PipelineResult {
    startedAt = clock.nanoseconds
    windowBegan = startedAt
    publish(
      .hello(
        Hello(
          run: options.run, version: options.version, streams: roster.streams,
          models: options.models)))
    while true {
      beat()
      let seen = signal.count
      if stopReason() != nil || sinkError != nil { break }
      for refusal in roster.startWaiting() { tell(refusal) }
      let loops = roster.active
      let next = attend(to: loops)
      if takeTurn(of: loops) { continue }
      if !options.isService && roster.isEmpty { break }
      if signal.count == seen { clock.wait(for: signal, after: seen, until: next) }
    }
    return end(stop: stopReason())
  }

  // MARK: Turns

  /// Does one thing of the first stream, after the last one served, that has something.
  private mutating func takeTurn(of loops: [StreamLoop]) -> Bool {
    for offset in 0..<loops.count {
      let index = (cursor + offset) % loops.count
      let loop = loops[index]
      if let item = loop.ring.take() {
        cursor = index + 1
        handle(item, of: loop)
        return true
      }
      if let outcome = ending(of: loop) {
        conclude(loop, outcome)
        return true
      }
    }
    return false
  }

  /// How a stream ended whose last item was taken; a thread that is stuck is not waited for.
  private func ending(of loop: StreamLoop) -> StreamOutcome? {
    if let outcome = loop.outcome { return loop.ring.isFinished ? outcome : nil }
    guard let stoppedAt = loop.stoppedAt else { return nil }
    let waited = Double(clock.nanoseconds - stoppedAt) / 1e9
    guard waited >= options.stopSeconds else { return nil }
    return loop.isDiscarding ? .stopped : .duration
  }

  private mutating func handle(_ item: consuming StreamItem, of loop: StreamLoop) {
    switch consume item {
    case .frame(let frame):
      publishGaps(of: loop, pts: frame.stamp.pts)
      analyse(frame, of: loop)
    case .lost(let cause, let session, let pts):
      publishGaps(of: loop, pts: pts)
      loop.gaps.withLock { $0.add(cause, session: session, pts: pts) }
    case .state(let line):
      publish(.stream(line))
    case .error(let line):
      publish(.error(line))
    case .absence(let gap):
      publish(.gap(GapLine(gap)))
    }
  }
}
