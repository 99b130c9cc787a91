import OcelliPlumbing
import Synchronization

/// Threads that analyse a picture each, in whatever order they get done: the throughput mode.
///
/// Whoever submits keeps the order: it asks the oldest job whether it is over, and tells the others
/// after it.
final class AnalysisPool: Sendable {
  private struct State: Sendable {
    var waiting: [AnalysisJob] = []
    var running = 0
    var isClosed = false
  }

  private enum Call {
    case job(AnalysisJob)
    case end
  }

  private let monitor: Monitor<State>
  private let threads: [OSThread]
  /// Jobs that may be under way at once: all threads have work while the oldest is waited for.
  let window: Int

  /// Starts a thread for each lane; fewer where the system has no room for all, nil for none.
  /// - `signal` is raised whenever a job is over.
  init?(lanes: [AnalyzerSet], clock: any StreamClock, signal: Signal) {
    let monitor = Monitor(State())
    var threads: [OSThread] = []
    for (index, lane) in lanes.enumerated() {
      let thread = try? OSThread.start(name: "analysis \(index)") {
        while case .job(let job)? = Self.next(monitor) {
          job.run(with: lane, clock: clock)
          monitor.update { $0.running -= 1 }
          signal.raise()
        }
      }
      guard let thread else { break }
      threads.append(thread)
    }
    guard !threads.isEmpty else { return nil }
    self.monitor = monitor
    self.threads = threads
    window = 2 * threads.count
  }

  private static func next(_ monitor: Monitor<State>) -> Call? {
    monitor.wait { state -> Call? in
      guard !state.waiting.isEmpty else { return state.isClosed ? .end : nil }
      state.running += 1
      return .job(state.waiting.removeFirst())
    }
  }

  func submit(_ job: AnalysisJob) { monitor.update { $0.waiting.append(job) } }

  /// Abandons what no thread has begun, and waits for what one has.
  func drain() {
    let waiting = monitor.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for job in waiting { job.abandon() }
    _ = monitor.wait { $0.running == 0 ? true : nil }
  }

  /// Ends the threads; what was submitted is finished first.
  func close() {
    monitor.update { $0.isClosed = true }
    for thread in threads { thread.join() }
  }
}
