package import OcelliEvents
import Synchronization

/// Numbers the lines of a run, encodes each once and offers it to every sink.
///
/// The numbers have no gaps and the sinks see them in order, whoever publishes.
package final class Publisher: Sendable {
  private struct State {
    var encoder: LineEncoder
    var sequence: UInt64 = 0
    var hello: OfferedLine?
  }

  // Apart from `state`, which is held while a sink blocks.
  private let roster: Mutex<[any Sink]>
  private let state: Mutex<State>

  private var sinks: [any Sink] { roster.withLock { $0 } }

  package init(sinks: [any Sink], stable: Bool = false) {
    roster = Mutex(sinks)
    state = Mutex(State(encoder: LineEncoder(stable: stable)))
  }

  /// Publishes one line: it has its number, and all sinks have it, when this returns.
  ///
  /// A `hello` takes the number of the line before it and is what new readers get from now on;
  /// `stats` and `end` get the totals of the outputs as they stand before the line.
  /// Errors: the first sink's that cannot go on, after all others have the line.
  package func publish(_ line: Line, timeMicroseconds: Int64) throws(SinkError) {
    let failure = state.withLock { state -> SinkError? in
      if case .hello = line {} else { state.sequence += 1 }
      let buffer = state.encoder.encode(
        withTotals(line), sequence: state.sequence, timeMicroseconds: timeMicroseconds)
      // An exact copy: a queue that kept the encoder's buffer would keep all its capacity.
      let bytes = unsafe buffer.withUnsafeBufferPointer { unsafe Array($0) }
      let kind: OfferedLine.Kind =
        switch line {
        case .hello(let hello): .hello(hello)
        case .frame: .frame
        default: .other
        }
      let offered = OfferedLine(bytes: bytes, sequence: state.sequence, kind: kind)
      if case .hello = kind { state.hello = offered }
      return offer(offered)
    }
    if let failure { throw failure }
  }

  /// Exchanges outputs between two lines. New ones begin with `hello`; those that leave are still
  /// to be closed by the caller.
  package func exchange(adding new: [any Sink], removing old: [any Sink]) {
    state.withLock { state in
      if let last = state.hello {
        let hello = OfferedLine(bytes: last.bytes, sequence: state.sequence, kind: last.kind)
        for sink in new { try? sink.offer(hello) }
      }
      roster.withLock { sinks in
        sinks.removeAll { sink in old.contains { $0 === sink } }
        sinks += new
      }
    }
  }

  /// The number of the last line.
  package var sequence: UInt64 { state.withLock { $0.sequence } }

  /// The totals of every output.
  package var totals: [OutputTotals] { sinks.map(\.totals) }

  package func reopen() { for sink in sinks { sink.reopen() } }

  /// Limits all waiting for slow outputs from now on, as a program must that is to end.
  package func hurry(seconds: Double = 2) {
    let deadline = monotonicNanoseconds() + Int64(min(max(seconds, 0), 3600) * 1e9)
    for sink in sinks { sink.hurry(until: deadline) }
  }

  /// Delivers what is queued and lets go of the outputs.
  package func close() { for sink in sinks { sink.close() } }

  private func offer(_ line: OfferedLine) -> SinkError? {
    var failure: SinkError?
    for sink in sinks {
      do {
        try sink.offer(line)
      } catch {
        failure = failure ?? error
      }
    }
    return failure
  }

  private func withTotals(_ line: Line) -> Line {
    switch line {
    case .stats(var stats):
      stats.outputs = totals
      return .stats(stats)
    case .end(var end):
      end.outputs = totals
      return .end(end)
    default:
      return line
    }
  }
}
