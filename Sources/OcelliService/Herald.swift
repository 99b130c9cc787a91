import OcelliEvents
import OcelliPipeline
import OcelliPlumbing
import OcelliVocabulary
import Synchronization

/// Tells the service manager, again and again, that the pipeline moves and how far it is.
final class Herald: Sendable {
  private let pipeline: Pipeline
  private let notifier: Notifier
  private let clock: any StreamClock
  private let interruption = Interruption()
  private let thread = Mutex<OSThread?>(nil)
  static let statusSeconds = 10.0

  init(_ pipeline: Pipeline, notifier: Notifier, clock: any StreamClock) {
    self.pipeline = pipeline
    self.notifier = notifier
    self.clock = clock
  }

  /// One line for people.
  var status: String {
    let totals = pipeline.totals
    let analysed = totals.reduce(0) { $0 + $1.frames.analysed }
    let received = totals.reduce(0) { $0 + $1.frames.received }
    return "\(totals.count) streams, \(received) pictures received, \(analysed) analysed"
  }

  /// Nothing to do where nobody listens.
  func start() {
    guard notifier.isListenedTo else { return }
    let started = try? OSThread.start(name: "herald") { [self] in run() }
    thread.withLock { $0 = started }
  }

  func stop() {
    interruption.set()
    thread.withLock { $0 }?.join()
  }

  private func run() {
    // Half the manager's patience, as it asks for; the pipeline beats once a second at least.
    let period = notifier.watchdogSeconds.map { min($0 / 2, Self.statusSeconds) }
    var beat = pipeline.heartbeat
    var nextStatus = Deadline(in: Self.statusSeconds, of: clock)
    while clock.sleep(
      until: Deadline(in: period ?? Self.statusSeconds, of: clock), unless: interruption)
    {
      let now = pipeline.heartbeat
      // No progress, no sign of life: the manager then restarts us.
      if notifier.watchdogSeconds != nil, now != beat { notifier.isAlive() }
      beat = now
      if clock.nanoseconds >= nextStatus.nanoseconds {
        notifier.status(status)
        nextStatus = Deadline(in: Self.statusSeconds, of: clock)
      }
    }
  }
}
