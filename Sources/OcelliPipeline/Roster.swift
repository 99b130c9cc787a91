import OcelliEvents
import OcelliMedia
import OcelliPlumbing
import OcelliVocabulary
import Synchronization

/// Which streams there are: those that run, those whose turn comes later, and the sums of all.
final class Roster: Sendable {
  /// A stream for which no thread could be had.
  struct Refusal {
    let settings: StreamSettings
    let error: PlumbingError
    /// Units: seconds; nil where it is given up.
    let retryInSeconds: Double?
  }

  private struct Waiting {
    let settings: StreamSettings
    var notBefore = Int64.min
  }

  private struct State {
    var active: [StreamLoop] = []
    /// Nothing more comes of these; what they gave is not all told yet.
    var leaving: [StreamLoop] = []
    var waiting: [Waiting] = []
    /// Those that wait for the one before them, in the order given, from `next` on. There may be a
    /// hundred thousand: nothing goes over all of them.
    var files: [StreamSettings] = []
    var next = 0
    var ledgers: [Ledger] = []
    /// Of each stream in `ledgers`.
    var places: [StreamID: Int] = [:]
    var outcomes: [StreamID: StreamOutcome] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())
  private let clock: any StreamClock
  private let signal: Signal
  private let options: PipelineOptions
  private static let threadRetrySeconds = 30.0

  init(clock: any StreamClock, signal: Signal, options: PipelineOptions) {
    self.clock = clock
    self.signal = signal
    self.options = options
  }

  /// Those that run or are being stopped, in the order of their start.
  var active: [StreamLoop] { state.withLock { $0.active } }

  /// Nothing runs, and nothing waits for its turn.
  var isEmpty: Bool {
    state.withLock {
      $0.active.isEmpty && $0.leaving.isEmpty && $0.waiting.isEmpty && $0.next == $0.files.count
    }
  }

  /// How many streams there ever were.
  var count: Int { state.withLock { $0.ledgers.count } }

  /// All streams that there ever were, in the order given.
  var streams: [StreamID] { state.withLock { $0.ledgers.map(\.stream) } }

  var ledgers: [Ledger] { state.withLock { $0.ledgers } }

  /// How each stream ended, in the order given; those that never began are left out.
  var outcomes: [(totals: StreamTotals, outcome: StreamOutcome)] {
    state.withLock { state in
      state.ledgers.compactMap { ledger in
        state.outcomes[ledger.stream].map { (ledger.snapshot(), $0) }
      }
    }
  }

  /// Enters a stream; one of the same name is stopped first, and the sums go on.
  func add(_ settings: StreamSettings) {
    if state.withLock({ $0.places[settings.id] != nil }) { remove(settings.id) }
    state.withLock { state in
      guard !state.isClosed else { return }
      if state.places[settings.id] == nil {
        state.places[settings.id] = state.ledgers.count
        state.ledgers.append(Ledger(stream: settings.id))
      }
      if options.filesInOrder, !settings.isLive {
        state.files.append(settings)
      } else {
        state.waiting.append(Waiting(settings: settings))
      }
    }
    signal.raise()
  }

  /// Stops a stream. It does not wait: the scheduler sees to its end.
  func remove(_ id: StreamID) {
    let loops = state.withLock { state in
      state.waiting.removeAll { $0.settings.id == id }
      state.files.removeSubrange(..<state.next)
      state.next = 0
      state.files.removeAll { $0.id == id }
      return state.active.filter { $0.settings.id == id }
    }
    for loop in loops { loop.stop(.stopped) }
  }

  /// Stops all, and lets none begin.
  func stopAll() {
    let loops = state.withLock { state in
      state.waiting = []
      state.files = []
      state.next = 0
      state.isClosed = true
      return state.active
    }
    for loop in loops { loop.stop(.stopped) }
  }

  /// Starts those whose turn has come.
  func startWaiting() -> [Refusal] {
    let now = clock.nanoseconds
    let due = state.withLock { state -> [StreamLoop] in
      var started: [StreamLoop] = []
      var waiting: [Waiting] = []
      for entry in state.waiting {
        if mayStart(entry, in: state, now: now) {
          let loop = makeLoop(entry.settings, in: state)
          state.active.append(loop)
          started.append(loop)
        } else {
          waiting.append(entry)
        }
      }
      state.waiting = waiting
      while state.next < state.files.count,
        state.active.count(where: { !$0.settings.isLive }) < options.filesAhead
      {
        let loop = makeLoop(state.files[state.next], in: state)
        state.next += 1
        state.active.append(loop)
        started.append(loop)
      }
      return started
    }
    return due.compactMap(start)
  }

  /// A stream gives nothing more; the next file may begin.
  func leave(_ loop: StreamLoop) {
    state.withLock { state in
      state.active.removeAll { $0 === loop }
      state.leaving.append(loop)
    }
  }

  /// A stream is over, and its lines are written.
  func finish(_ loop: StreamLoop, _ outcome: StreamOutcome) {
    state.withLock { state in
      state.active.removeAll { $0 === loop }
      state.leaving.removeAll { $0 === loop }
      state.outcomes[loop.settings.id] = outcome
    }
  }

  private func mayStart(_ entry: Waiting, in state: State, now: Int64) -> Bool {
    guard entry.notBefore <= now else { return false }
    // Its predecessor lets go of the camera first, unless it is stuck.
    return !(state.active + state.leaving).contains { $0.settings.id == entry.settings.id }
  }

  private func makeLoop(_ settings: StreamSettings, in state: State) -> StreamLoop {
    let index = state.places[settings.id]
    let ledger = index.map { state.ledgers[$0] } ?? Ledger(stream: settings.id)
    return StreamLoop(
      settings, ledger: ledger, clock: clock, signal: signal,
      seed: options.seed &+ UInt64(index ?? 0))
  }

  private func start(_ loop: StreamLoop) -> Refusal? {
    do {
      try loop.start()
      return nil
    } catch {
      let settings = loop.settings
      guard settings.retry == .always else {
        loop.fail(.outOfMemory)
        return Refusal(settings: settings, error: error, retryInSeconds: nil)
      }
      let later = Deadline(in: Self.threadRetrySeconds, of: clock).nanoseconds
      state.withLock { state in
        state.active.removeAll { $0 === loop }
        state.waiting.append(Waiting(settings: settings, notBefore: later))
      }
      return Refusal(
        settings: settings, error: error, retryInSeconds: Self.threadRetrySeconds)
    }
  }
}
