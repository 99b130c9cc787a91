import Glibc
package import OcelliEvents
import OcelliPlumbing
import Synchronization
import SystemPackage

/// Standard output or a file that nobody waits for: a bounded queue, and a thread that writes it.
///
/// A full disk is waited out; what does not fit the queue meanwhile becomes a `gap`. A reader that
/// has gone turns the sink off: all later lines are counted as lost.
package final class QueuedSink: Sink {
  private struct State {
    package var queue: LineQueue
    package var isOff = false
    package var isClosing = false
    package var wantsReopen = false
    package var lastHello: Hello?
    package var deadline = Int64.max
  }

  private let output: String
  private let state: Mutex<State>
  private let waker: Waker
  private let thread = Mutex<OSThread?>(nil)

  /// Opens the output, appending to a file, and starts the writer. Errors: `.cannotOpen`.
  package convenience init(_ target: OutputTarget, stable: Bool = false) throws(SinkError) {
    try self.init(target, stable: stable, limits: LineQueue.Limits())
  }

  package init(_ target: OutputTarget, stable: Bool, limits: LineQueue.Limits) throws(SinkError) {
    output = target.description
    state = Mutex(State(queue: LineQueue(limits: limits, after: 0, hello: nil)))
    let file = try OutputFile(target, replacing: false)
    do {
      waker = try Waker()
    } catch {
      file.close()
      throw .cannotOpen(output: target.description, reason: error.description)
    }
    do {
      let started = try OSThread.start(name: "output") { [self] in
        var file = file
        var encoder = LineEncoder(stable: stable)
        run(&file, &encoder)
      }
      thread.withLock { $0 = started }
    } catch {
      file.close()
      throw .cannotOpen(output: target.description, reason: error.description)
    }
  }

  package func offer(_ line: OfferedLine) throws(SinkError) {
    state.withLock { state in
      if case .hello(let hello) = line.kind { state.lastHello = hello }
      state.queue.offer(line)
      if state.isOff { state.queue.abandon() }
    }
    waker.wake()
  }

  package var totals: OutputTotals {
    state.withLock {
      OutputTotals(
        output: output, produced: $0.queue.produced, delivered: $0.queue.delivered,
        lost: $0.queue.lost, queued: $0.queue.queued)
    }
  }

  package func reopen() {
    state.withLock { $0.wantsReopen = true }
    waker.wake()
  }

  package func hurry(until deadline: Int64) {
    state.withLock { $0.deadline = deadline }
    waker.wake()
  }

  /// Waits for at most two seconds where `hurry` has set no other limit.
  package func close() {
    let limit = monotonicNanoseconds() + 2_000_000_000
    state.withLock { state in
      state.isClosing = true
      if state.deadline == .max { state.deadline = limit }
    }
    waker.wake()
    thread.withLock { $0 }?.join()
  }

  // MARK: The writer's thread

  /// What may get better by itself.
  private static let passing: [Errno] = [
    .noSpace, .diskQuotaExceeded, .ioError, .noMemory, .noBufferSpace,
  ]

  private enum Step {
    case write(LineQueue.Item)
    case reopen
    case wait
    case stop
  }

  private func run(_ file: inout OutputFile, _ encoder: inout LineEncoder) {
    while true {
      switch nextStep() {
      case .stop:
        file.close()
        return
      case .wait:
        waker.wait(timeout: -1)
      case .reopen:
        // A path that cannot be opened now keeps the old file; the next rotation tries again.
        guard (try? file.reopen()) != nil else { continue }
        state.withLock { state in
          if let hello = state.lastHello { state.queue.greet(hello) }
        }
      case .write(let item):
        let isWritten = write(item.bytes(encoder: &encoder), to: file.writer)
        state.withLock { state in
          if isWritten {
            state.queue.finish()
          } else {
            state.isOff = true
            state.queue.abandon()
          }
        }
      }
    }
  }

  private func nextStep() -> Step {
    state.withLock { state in
      if state.wantsReopen {
        state.wantsReopen = false
        return .reopen
      }
      if let item = state.queue.next() { return .write(item) }
      return state.isClosing ? .stop : .wait
    }
  }

  /// Whether the bytes are written; false where they never will be.
  private func write(_ bytes: [UInt8], to writer: DescriptorWriter) -> Bool {
    var start = 0
    while start < bytes.count {
      var patience: Int32 = -1
      switch writer.write(bytes, from: start) {
      case .wrote(let count):
        start += count
        continue
      case .failed(let fault):
        let mayPass = Self.passing.contains(fault)
        guard mayPass, !state.withLock(\.isClosing) else {
          writer.cutBack(start)
          return false
        }
        patience = 1000
      case .notReady:
        break
      }
      let deadline = state.withLock(\.deadline)
      guard monotonicNanoseconds() < deadline else {
        writer.cutBack(start)
        return false
      }
      let limit = pollTimeout(until: deadline)
      waker.wait(
        timeout: patience < 0 ? limit : limit < 0 ? patience : min(limit, patience),
        orReadyToWrite: patience < 0 ? writer.descriptor : nil)
    }
    return true
  }
}
