import OcelliEvents
import OcelliMedia
import OcelliPlumbing
import OcelliVocabulary
import Synchronization

/// One source on one thread: opened, read, sampled into its ring and, where it is live, opened
/// again. It never waits for inference but in a lossless ring.
final class StreamLoop: Sendable {
  let settings: StreamSettings
  let ledger: Ledger
  let ring: Ring<StreamItem>
  let gaps: Mutex<GapMerger>

  let clock: any StreamClock
  private let signal: Signal
  private let seed: UInt64
  let interruption = Interruption()

  private struct State {
    var source: (any FrameSource)?
    var thread: OSThread?
    /// What the stream was stopped for, before its thread knows.
    var wish: StreamOutcome?
    var outcome: StreamOutcome?
    var description: StreamDescription?
    var stoppedAt: Int64?
  }
  private let state = Mutex(State())

  /// - `signal` is raised whenever the scheduler has to look.
  /// - `seed` spreads the retries of many streams.
  init(
    _ settings: StreamSettings, ledger: Ledger, clock: any StreamClock, signal: Signal,
    seed: UInt64
  ) {
    self.settings = settings
    self.ledger = ledger
    self.clock = clock
    self.signal = signal
    self.seed = seed
    let capacity = max(settings.ringCapacity, 1)
    ring = Ring(
      settings.drop == .never ? .lossless(capacity: capacity) : .newest(capacity: capacity),
      signal: signal, isDroppable: { StreamItem.isPicture($0) })
    gaps = Mutex(GapMerger(stream: settings.id, pace: settings.isLive ? .clock : .pts))
  }

  // MARK: From the scheduler's side

  /// Starts the thread. Errors: where there is no room for one.
  func start() throws(PlumbingError) {
    let thread = try OSThread.start(name: settings.id.name) { [self] in run() }
    state.withLock { $0.thread = thread }
  }

  /// Ends without a thread: it could not be had.
  func fail(_ error: MediaError) { finish(.failed(error)) }

  /// Makes the thread come to its end; it may be called again, and it never waits.
  ///
  /// What waits in the ring is still the scheduler's where the stream ends for its `duration`;
  /// where it is `stopped` the ring takes nothing more.
  func stop(_ outcome: StreamOutcome) {
    let source = state.withLock { state in
      // One that is to end anyway may still be told to stop at once.
      state.wish = outcome == .stopped ? outcome : state.wish ?? outcome
      state.stoppedAt = state.stoppedAt ?? clock.nanoseconds
      return state.source
    }
    interruption.set()
    if outcome == .stopped { ring.close() }
    source?.interrupt()
  }

  /// It was stopped for good: what still waits is not analysed.
  var isDiscarding: Bool { state.withLock { $0.wish == .stopped } }

  /// When `stop` was first called. Units: monotonic nanoseconds.
  var stoppedAt: Int64? { state.withLock { $0.stoppedAt } }

  /// How it ended; nil while the thread works.
  var outcome: StreamOutcome? { state.withLock { $0.outcome } }

  /// What the source said of itself when it was last opened.
  var description: StreamDescription? { state.withLock { $0.description } }

  /// Waits for the thread, in real time; false if it is stuck.
  func join(seconds: Double) -> Bool {
    guard let thread = state.withLock({ $0.thread }) else { return true }
    return thread.join(until: Deadline(in: seconds, of: SystemClock()))
  }

  // MARK: On the stream's own thread

  private func run() {
    let source = settings.makeSource()
    state.withLock { $0.source = source }
    var reconnect = Reconnect(seed: seed)
    var outcome = StreamOutcome.stopped
    var wasOpen = false
    var last: StreamSession.Sighting?
    while !interruption.isSet {
      var session = StreamSession(self, missing: last)
      outcome = session.run(source)
      last = session.last ?? last
      wasOpen = wasOpen || session.wasOpen
      guard !interruption.isSet, case .failed(let error) = outcome else { break }
      if session.isProven { reconnect.reset() }
      // A file that was read to its end gives nothing more the next time.
      if case .damaged = error, !settings.isLive {
        session.tellFailure(error, retryInSeconds: nil)
        break
      }
      guard settings.retry == .always || (settings.retry == .afterOpening && wasOpen) else {
        session.tellFailure(error, retryInSeconds: nil)
        break
      }
      guard pause(reconnect.delay(after: error), after: error, in: session) else { break }
    }
    finish(state.withLock { $0.wish } ?? outcome)
  }

  /// Tells of the failure and waits for the next try; false where the stream was stopped meanwhile.
  private func pause(
    _ seconds: Double, after error: MediaError, in session: StreamSession
  ) -> Bool {
    session.tellFailure(error, retryInSeconds: seconds)
    return clock.sleep(until: Deadline(in: seconds, of: clock), unless: interruption)
  }

  private func finish(_ outcome: StreamOutcome) {
    state.withLock {
      $0.outcome = outcome
      $0.source = nil
    }
    ring.close()
  }

  /// What the source says of itself, for progress.
  func note(_ description: StreamDescription) {
    state.withLock { $0.description = description }
  }

  /// Hands an item over; what the ring does not keep is accounted for.
  func push(_ item: consuming StreamItem) {
    switch ring.push(item) {
    case .accepted: break
    case .displaced(let older): count(older, as: .overload)
    case .closed(let refused): count(refused, as: .shutdown)
    }
  }

  /// A picture that goes no further, before the ring.
  func lose(_ cause: LossCause, session: Int, pts: Double) {
    ledger.lose(cause)
    guard !cause.isByChoice else { return }
    if settings.drop == .never {
      push(.lost(cause, session: session, pts: pts))
    } else {
      gaps.withLock { $0.add(cause, session: session, pts: pts) }
      signal.raise()
    }
  }

  /// Counts what fell out of the ring.
  func count(_ item: consuming StreamItem, as cause: LossCause) {
    switch consume item {
    case .frame(let frame):
      ledger.lose(cause)
      gaps.withLock { $0.add(cause, session: frame.stamp.session, pts: frame.stamp.pts) }
    case .lost(let earlier, let session, let pts):
      // In the ledger already; only its gap was on the way.
      gaps.withLock { $0.add(earlier, session: session, pts: pts) }
    default: break
    }
  }
}
