import OcelliEvents
import OcelliPlumbing
import OcelliSinks
import OcelliVocabulary
import Synchronization

/// The thread that tells: it takes from each stream in turn, has pictures analysed (by itself, or by
/// a pool), and gives out every line in the order in which things happened.
struct Scheduler {
  let roster: Roster
  let analyzers: AnalyzerSet
  /// nil: this thread analyses.
  let pool: AnalysisPool?
  let output: any LineOutput
  let clock: any StreamClock
  let options: PipelineOptions
  let signal: Signal

  private var cursor = 0
  /// What was taken and is not told yet, oldest first; always empty without a pool.
  var pending: [Event] = []
  var sinkError: SinkError?
  var startedAt: Int64 = 0
  var windowBegan: Int64 = 0
  var progressAt = Int64.min
  /// The last failure of each stream's inference, so that it is told once and not for every frame.
  var failures: [StreamID: String] = [:]
  var counts = (ended: 0, failed: 0, analysed: 0)

  /// Something that happened to a stream and is to be told in its turn.
  enum Event {
    case frame(AnalysisJob, StreamLoop)
    case lost(LossCause, session: Int, pts: Double, StreamLoop)
    case line(Line)
    case ending(StreamLoop, StreamOutcome)
  }

  init(
    roster: Roster, analyzers: AnalyzerSet, pool: AnalysisPool?, output: any LineOutput,
    clock: any StreamClock, options: PipelineOptions, signal: Signal
  ) {
    self.roster = roster
    self.analyzers = analyzers
    self.pool = pool
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
          models: options.models, settings: options.settings)))
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

  /// Tells what is over, or else does one thing of the first stream, after the last one served, that
  /// has something.
  private mutating func takeTurn(of loops: [StreamLoop]) -> Bool {
    if let pool {
      if let oldest = pending.first, oldest.isReady {
        pending.removeFirst()
        tell(oldest)
        return true
      }
      guard pending.count < 4 * pool.window, framesPending < pool.window else { return false }
    }
    let firstFile = loops.firstIndex { !$0.settings.isLive }
    for offset in 0..<loops.count {
      let index = (cursor + offset) % loops.count
      let loop = loops[index]
      // A file behind another is read ahead, no more.
      if options.filesInOrder, !loop.settings.isLive, index != firstFile { continue }
      if let item = loop.ring.take() {
        cursor = index + 1
        handle(item, of: loop)
        return true
      }
      if let outcome = ending(of: loop) {
        roster.leave(loop)
        happened(.ending(loop, outcome))
        return true
      }
    }
    return false
  }

  private var framesPending: Int {
    pending.count { if case .frame = $0 { true } else { false } }
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
    case .frame(let frame): begin(frame, of: loop)
    case .lost(let cause, let session, let pts):
      happened(.lost(cause, session: session, pts: pts, loop))
    case .state(let line): happened(.line(.stream(line)))
    case .error(let line): happened(.line(.error(line)))
    case .absence(let gap): happened(.line(.gap(GapLine(gap))))
    }
  }

  /// Tells it now, or when its turn comes.
  private mutating func happened(_ event: Event) {
    if pool == nil { tell(event) } else { pending.append(event) }
  }

  mutating func tell(_ event: Event) {
    switch event {
    case .frame(let job, let loop):
      publishGaps(of: loop, pts: job.stamp.pts)
      tell(job, of: loop)
    case .lost(let cause, let session, let pts, let loop):
      publishGaps(of: loop, pts: pts)
      loop.gaps.withLock { $0.add(cause, session: session, pts: pts) }
    case .line(let line): publish(line)
    case .ending(let loop, let outcome): conclude(loop, outcome)
    }
  }
}

extension Scheduler.Event {
  /// Whether its turn may come.
  var isReady: Bool {
    if case .frame(let job, _) = self { job.isOver } else { true }
  }
}
