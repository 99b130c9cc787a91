import Glibc

/// The only clock of the data plane. It is injected, so that tests can turn it.
package protocol StreamClock: AnyObject, Sendable {
  /// Monotonic: it never steps. Units: nanoseconds from an arbitrary start.
  var nanoseconds: Int64 { get }
  /// The time of day; it may step. Units: microseconds since 1970, UTC.
  var wallMicroseconds: Int64 { get }
  /// Blocks until `deadline`; returns false, at once, when interrupted.
  func sleep(until deadline: Deadline, unless interruption: Interruption) -> Bool
  /// Blocks until `signal` was raised more often than `seen`, or until `deadline`.
  func wait(for signal: Signal, after seen: UInt64, until deadline: Deadline)
}

/// The system's own clocks.
package final class SystemClock: StreamClock {
  package init() {}

  package var nanoseconds: Int64 {
    let time = now(CLOCK_MONOTONIC)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  package var wallMicroseconds: Int64 {
    let time = now(CLOCK_REALTIME)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  package func sleep(until deadline: Deadline, unless interruption: Interruption) -> Bool {
    while !interruption.isSet, nanoseconds < deadline.nanoseconds {
      interruption.signal.wait(after: 0, until: deadline)
    }
    return !interruption.isSet
  }

  package func wait(for signal: Signal, after seen: UInt64, until deadline: Deadline) {
    signal.wait(after: seen, until: deadline)
  }

  private func now(_ clock: clockid_t) -> timespec {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return time
  }
}
