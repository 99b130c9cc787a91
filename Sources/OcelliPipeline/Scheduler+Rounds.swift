import OcelliEvents
import OcelliPlumbing
import OcelliSinks
import OcelliVocabulary
import Synchronization

extension Scheduler {
  /// What time alone brings: gaps, durations, `stats`. Returns when to look again at the latest.
  mutating func attend(to loops: [StreamLoop]) -> Deadline {
    let now = clock.nanoseconds
    // The heartbeat's second, where nothing comes before.
    var next = Deadline(nanoseconds: now).advanced(by: 1)
    for loop in loops where loop.settings.isLive {
      publishGaps(of: loop, pts: nil)
      if let due = loop.gaps.withLock({ $0.nextDue }) {
        next = min(next, Deadline(nanoseconds: due))
      }
      guard let duration = loop.settings.durationSeconds, loop.stoppedAt == nil else { continue }
      let end = Deadline(nanoseconds: startedAt).advanced(by: duration)
      if now >= end.nanoseconds { loop.stop(.duration) }
      next = min(next, end)
    }
    return min(next, publishStats(of: loops, now: now))
  }

  /// Gaps that are due before a picture at `pts`.
  mutating func publishGaps(of loop: StreamLoop, pts: Double?) {
    let now = clock.nanoseconds
    for gap in loop.gaps.withLock({ $0.takeDue(now: now, pts: pts) }) {
      publish(.gap(GapLine(gap)))
    }
  }

  /// Returns when the next `stats` line is due.
  private mutating func publishStats(of loops: [StreamLoop], now: Int64) -> Deadline {
    guard loops.contains(where: \.settings.isLive) else { return .never }
    let due = Deadline(nanoseconds: windowBegan).advanced(by: options.statsSeconds)
    guard now >= due.nanoseconds else { return due }
    let streams = roster.ledgers.map { $0.snapshot(beginningWindow: true) }
    let seconds = Double(now - windowBegan) / 1e9
    windowBegan = now
    publish(.stats(StatsLine(windowSeconds: seconds, streams: streams)))
    return Deadline(nanoseconds: now).advanced(by: options.statsSeconds)
  }

  /// A stream for which the system has no thread.
  mutating func tell(_ refusal: Roster.Refusal) {
    publish(
      .error(
        ErrorLine(
          stream: refusal.settings.id, code: "resource", message: refusal.error.description,
          retryInSeconds: refusal.retryInSeconds)))
  }

  /// The last lines of a stream.
  mutating func conclude(_ loop: StreamLoop, _ outcome: StreamOutcome) {
    // Closed already, unless its thread is stuck: then nothing may enter later.
    loop.ring.close()
    while let item = loop.ring.take() { loop.count(item, as: .shutdown) }
    for gap in loop.gaps.withLock({ $0.takeAll() }) { publish(.gap(GapLine(gap))) }
    publish(
      .stream(
        StreamLine(
          stream: loop.settings.id, session: max(loop.ledger.sessions, 1), state: .ended,
          reason: outcome.word)))
    loop.ledger.rest()
    roster.finish(loop, outcome)
    counts.ended += 1
    if case .failed = outcome { counts.failed += 1 }
    conclude(loop.settings.id, outcome, loop.ledger.snapshot())
    tellProgress(of: loop, pts: 0)
  }

  /// Lets the output end what it keeps for this stream alone.
  private mutating func conclude(
    _ stream: StreamID, _ outcome: StreamOutcome, _ totals: StreamTotals
  ) {
    let end = RunEnd(
      stop: nil, sinkError: nil, isService: false, outcomes: [(totals, outcome)])
    let line = EndLine(reason: end.reason, streams: [totals], exitCode: Int(end.exitCode))
    do {
      try output.conclude(
        stream, outcome == .stopped ? nil : line, timeMicroseconds: clock.wallMicroseconds)
    } catch {
      if !options.isService { sinkError = sinkError ?? error }
    }
  }

  /// Stops what still runs, and writes the last line.
  mutating func end(stop: StopReason?) -> PipelineResult {
    roster.stopAll()
    pool?.drain()
    while !pending.isEmpty { tell(pending.removeFirst()) }
    let loops = roster.active
    var patience = options.stopSeconds
    for loop in loops {
      while !loop.join(seconds: 0.1), patience > 0 {
        patience -= 0.1
        // An interruption between two calls of a source is lost on it: say it again.
        loop.stop(.stopped)
      }
      conclude(loop, loop.outcome ?? .stopped)
    }
    let end = RunEnd(
      stop: stop, sinkError: sinkError, isService: options.isService, outcomes: roster.outcomes)
    let totals = roster.ledgers.map { $0.snapshot() }
    publish(
      .end(EndLine(reason: end.reason, streams: totals, exitCode: Int(end.exitCode))))
    return PipelineResult(
      reason: end.reason, streams: totals, failures: end.failures, sinkError: sinkError,
      exitCode: end.exitCode)
  }

  /// Hands a line over. An output that cannot go on ends the run, but never a service.
  mutating func publish(_ line: Line, timeMicroseconds: Int64? = nil) {
    do {
      try output.publish(line, timeMicroseconds: timeMicroseconds ?? clock.wallMicroseconds)
    } catch {
      if !options.isService { sinkError = sinkError ?? error }
    }
  }
}

extension StreamOutcome {
  /// Why, as the `ended` state tells it.
  fileprivate var word: String {
    switch self {
    case .eof: "eof"
    case .duration: "duration"
    case .stopped: "stopped"
    case .failed(let error): error.message
    }
  }
}
