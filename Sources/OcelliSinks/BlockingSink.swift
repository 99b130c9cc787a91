import Glibc
package import OcelliEvents
import Synchronization
import SystemPackage

/// Standard output or a file whose reader sets the pace: `offer` returns when the line is written.
package final class BlockingSink: Sink {
  private let output: String
  private struct State {
    var file: OutputFile
    /// A line may stand half-written: nothing may follow it.
    var failure: SinkError?
  }

  private let state: Mutex<State>
  private let counts: Mutex<OutputTotals>
  private let wantsReopen = Atomic(false)
  /// Units: nanoseconds of the monotonic clock.
  private let deadline = Atomic(Int64.max)

  /// Opens the output. `replacing`: a file is emptied first, else appended to.
  /// Errors: `.cannotOpen`.
  package init(_ target: OutputTarget, replacing: Bool) throws(SinkError) {
    output = target.description
    state = Mutex(State(file: try OutputFile(target, replacing: replacing)))
    counts = Mutex(OutputTotals(output: target.description))
  }

  package func offer(_ line: OfferedLine) throws(SinkError) {
    let isCounted = if case .hello = line.kind { false } else { true }
    counts.withLock { counts in
      guard isCounted else { return }
      counts.produced += 1
      counts.queued += 1
    }
    let failure = state.withLock { state -> SinkError? in
      if state.failure == nil {
        if wantsReopen.exchange(false, ordering: .relaxed) { try? state.file.reopen() }
        state.failure = write(line.bytes, to: state.file.writer)
      }
      return state.failure
    }
    counts.withLock { counts in
      guard isCounted else { return }
      counts.queued -= 1
      if failure == nil { counts.delivered += 1 } else { counts.lost += 1 }
    }
    if let failure { throw failure }
  }

  package var totals: OutputTotals { counts.withLock { $0 } }

  package func reopen() { wantsReopen.store(true, ordering: .relaxed) }

  package func hurry(until deadline: Int64) { self.deadline.store(deadline, ordering: .relaxed) }

  package func close() { state.withLock { $0.file.close() } }

  private func write(_ bytes: [UInt8], to writer: DescriptorWriter) -> SinkError? {
    var start = 0
    while start < bytes.count {
      switch writer.write(bytes, from: start) {
      case .wrote(let count): start += count
      case .failed(let fault):
        writer.cutBack(start)
        return fault == .brokenPipe || fault == .connectionReset
          ? .closed(output: output)
          : .cannotWrite(output: output, reason: fault.description)
      case .notReady:
        let now = monotonicNanoseconds()
        let last = deadline.load(ordering: .relaxed)
        guard now < last else { return .gaveUp(output: output) }
        // Short waits, because a deadline may be set meanwhile.
        var ready = [pollfd(fd: writer.descriptor, events: Int16(POLLOUT), revents: 0)]
        poll(&ready, timeout: min(100, pollTimeout(until: min(last, now + 100_000_000), now: now)))
      }
    }
    return nil
  }
}
