/// A clock that tests turn by hand; nobody who waits on it waits for real time.
package final class ManualClock: StreamClock {
  private struct State: Sendable {
    var nanoseconds: Int64
    var wallMicroseconds: Int64
    var sleeps: [Double] = []
    /// Those who wait, by how often.
    var waiting: [ObjectIdentifier: (signal: Signal, count: Int)] = [:]
  }

  private let monitor: Monitor<State>
  /// A sleeper turns the clock to its own deadline instead of waiting for somebody to do it.
  private let advancesOnSleep: Bool

  /// Units: `nanoseconds` monotonic, `wallMicroseconds` since 1970, UTC.
  package init(
    nanoseconds: Int64 = 1_000_000_000_000,
    wallMicroseconds: Int64 = 1_800_000_000_000_000, advancesOnSleep: Bool = false
  ) {
    monitor = Monitor(State(nanoseconds: nanoseconds, wallMicroseconds: wallMicroseconds))
    self.advancesOnSleep = advancesOnSleep
  }

  package var nanoseconds: Int64 { monitor.withLock { $0.nanoseconds } }
  package var wallMicroseconds: Int64 { monitor.withLock { $0.wallMicroseconds } }

  /// How long each `sleep` was asked to last, in the order of asking. Units: seconds.
  package var sleeps: [Double] { monitor.withLock { $0.sleeps } }

  /// Turns both clocks forward and wakes whoever waits.
  package func advance(bySeconds seconds: Double) {
    let signals = monitor.update { state in
      state.nanoseconds += Int64((seconds * 1e9).rounded())
      state.wallMicroseconds += Int64((seconds * 1e6).rounded())
      return state.waiting.values.map(\.signal)
    }
    for signal in signals { signal.raise() }
  }

  /// Steps the time of day alone, as an administrator or NTP does.
  package func stepWall(bySeconds seconds: Double) {
    monitor.update { $0.wallMicroseconds += Int64((seconds * 1e6).rounded()) }
  }

  /// Blocks, in real time, until as many `sleep`s have begun.
  package func awaitSleeps(_ count: Int) {
    _ = monitor.wait { $0.sleeps.count >= count ? true : nil }
  }

  package func sleep(until deadline: Deadline, unless interruption: Interruption) -> Bool {
    let lacking = monitor.update { state in
      let seconds = deadline.seconds(after: state.nanoseconds)
      state.sleeps.append(seconds)
      return seconds
    }
    if advancesOnSleep, lacking > 0, !interruption.isSet { advance(bySeconds: lacking) }
    while !interruption.isSet {
      let seen = interruption.signal.count
      guard nanoseconds < deadline.nanoseconds else { return true }
      wait(for: interruption.signal, after: seen, until: deadline)
    }
    return false
  }

  package func wait(for signal: Signal, after seen: UInt64, until deadline: Deadline) {
    let id = ObjectIdentifier(signal)
    let mustWait = monitor.update { state in
      guard state.nanoseconds < deadline.nanoseconds else { return false }
      state.waiting[id, default: (signal, 0)].count += 1
      return true
    }
    guard mustWait else { return }
    signal.wait(after: seen)
    monitor.update { state in
      guard let entry = state.waiting[id] else { return }
      state.waiting[id] = entry.count > 1 ? (signal, entry.count - 1) : nil
    }
  }
}
