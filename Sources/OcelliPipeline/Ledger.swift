package import OcelliEvents
package import OcelliVocabulary
import Synchronization

/// The sums of one stream since the run began, in all its sessions.
///
/// Every change is one step under one lock, so `received = analysed + Σ lost + in flight` holds in
/// every snapshot, not only at rest.
package final class Ledger: Sendable {
  package let stream: StreamID

  private struct State {
    var totals = FrameTotals()
    var ages = AgeHistogram()
    /// What is left of the ages of a stream that is over.
    var lastAges: (p50: Double?, p99: Double?)?
    var sessions = 0

    /// Units: milliseconds.
    var agePercentiles: (p50: Double?, p99: Double?) {
      lastAges ?? (ages.percentile(0.5), ages.percentile(0.99))
    }
  }

  private let state = Mutex(State())

  package init(stream: StreamID) { self.stream = stream }

  /// A picture came out of the decoder: it is in flight until one of the others is called.
  package func receive() {
    state.withLock {
      $0.totals.received += 1
      $0.totals.inFlight += 1
    }
  }

  /// A picture in flight will give no line.
  package func lose(_ cause: LossCause) {
    state.withLock {
      $0.totals.inFlight -= 1
      $0.totals.lost[cause, default: 0] += 1
    }
  }

  /// A picture in flight gave a line. Units: nanoseconds from its arrival to the line.
  package func analyse(ageNanoseconds: Int64) {
    state.withLock {
      $0.totals.inFlight -= 1
      $0.totals.analysed += 1
      $0.ages.add(nanoseconds: ageNanoseconds)
      $0.lastAges = nil
    }
  }

  /// A connection stands: one more session.
  package func beginSession() { state.withLock { $0.sessions += 1 } }

  /// Sessions so far; it goes on where the stream's settings are replaced.
  package var sessions: Int { state.withLock { $0.sessions } }

  /// The stream is over: its sums stay, the memory for its ages goes. There may be many streams.
  package func rest() {
    state.withLock { state in
      state.lastAges = state.agePercentiles
      state.ages = AgeHistogram()
    }
  }

  /// The sums, and the ages since the last snapshot that began a new window.
  package func snapshot(beginningWindow: Bool = false) -> StreamTotals {
    state.withLock { state in
      let ages = state.agePercentiles
      if beginningWindow {
        state.ages.clear()
        state.lastAges = nil
      }
      return StreamTotals(
        stream: stream, frames: state.totals, ageP50: ages.p50, ageP99: ages.p99)
    }
  }
}
