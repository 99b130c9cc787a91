package import OcelliEvents
package import OcelliPlumbing
import Synchronization
import SystemPackage

/// A Unix socket that many read. Every reader has a queue of its own and gets a `gap` for the lines
/// that did not fit; nobody waits for any of them. One thread serves them all.
package final class SocketSink: Sink {
  package struct Limits: Sendable {
    package var readers = 64
    /// Of one reader's queue. Units: bytes.
    package var queueBytes = 16 << 20
    package var queueLines = 65_536
    /// How long `close` waits for a reader that takes nothing. Units: seconds.
    package var drainPatience = 5.0

    package init() {}

    var queue: LineQueue.Limits { LineQueue.Limits(bytes: queueBytes, lines: queueLines) }
  }

  struct State {
    var queues: [Int: LineQueue] = [:]
    var hello: Hello?
    /// The newest line's number: where the next reader begins.
    var newest: UInt64 = 0
    /// The sums of readers that have gone.
    var departed: OutputTotals
    var isClosing = false
    var deadline = Int64.max
  }

  let limits: Limits
  let state: Mutex<State>
  let waker: Waker
  let stable: Bool
  private let hasReader = Interruption()
  private let thread = Mutex<OSThread?>(nil)

  /// Listens at `path` and starts the thread. Errors: `.cannotOpen`.
  package init(
    path: String, stable: Bool = false, limits: Limits = Limits()
  ) throws(SinkError) {
    let output = OutputTarget.socket(path).description
    self.limits = limits
    self.stable = stable
    state = Mutex(State(departed: OutputTotals(output: output, readers: 0)))
    do {
      waker = try Waker()
    } catch {
      throw .cannotOpen(output: output, reason: error.description)
    }
    let server = SocketServer(try ListeningSocket(path: path))
    do {
      let started = try OSThread.start(name: "socket") { [self] in server.run(self) }
      thread.withLock { $0 = started }
    } catch {
      throw .cannotOpen(output: output, reason: error.description)
    }
  }

  package func offer(_ line: OfferedLine) throws(SinkError) {
    let hasReaders = state.withLock { state in
      if case .hello(let hello) = line.kind { state.hello = hello }
      state.newest = line.sequence
      for id in state.queues.keys { state.queues[id]!.offer(line) }
      return !state.queues.isEmpty
    }
    if hasReaders { waker.wake() }
  }

  package var totals: OutputTotals {
    state.withLock { state in
      state.queues.values.reduce(into: state.departed) { sum, queue in
        sum.produced += queue.produced
        sum.delivered += queue.delivered
        sum.lost += queue.lost
        sum.queued += queue.queued
        sum.readers = (sum.readers ?? 0) + 1
      }
    }
  }

  package func reopen() {}

  package func hurry(until deadline: Int64) {
    state.withLock { $0.deadline = deadline }
    waker.wake()
  }

  /// Takes no more readers, and ends when all have got everything, or took nothing for a while.
  package func close() {
    state.withLock { $0.isClosing = true }
    waker.wake()
    thread.withLock { $0 }?.join()
  }

  /// Blocks until somebody reads, or `interruption` is set. Whether somebody does.
  package func waitForReader(unless interruption: Interruption) -> Bool {
    while !hasReader.isSet {
      if interruption.isSet { return false }
      // Short waits, because two things are waited for.
      hasReader.signal.wait(after: 0, until: Deadline(in: 0.1, of: SystemClock()))
    }
    return true
  }

  // MARK: The thread's side

  func admit(_ id: Int) {
    state.withLock { state in
      state.queues[id] = LineQueue(
        limits: limits.queue, after: state.newest, hello: state.hello)
    }
    hasReader.set()
  }

  func dismiss(_ id: Int) {
    state.withLock { state in
      guard var queue = state.queues.removeValue(forKey: id) else { return }
      queue.abandon()
      state.departed.produced += queue.produced
      state.departed.delivered += queue.delivered
      state.departed.lost += queue.lost
    }
  }
}
