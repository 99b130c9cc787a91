import Synchronization

/// Something happened, somewhere: one waiter watches many rings through one of these.
///
/// Read `count`, look at everything, then `wait(after:)` that count: nothing is missed between.
package final class Signal: Sendable {
  private let monitor = Monitor<UInt64>(0)

  package init() {}

  /// How often it was raised.
  package var count: UInt64 { monitor.withLock { $0 } }

  package func raise() { monitor.update { $0 &+= 1 } }

  /// Blocks until it was raised more often than `seen`, or until the deadline.
  /// Units: `deadline` on the system's monotonic clock; other clocks have waits of their own.
  package func wait(after seen: UInt64, until deadline: Deadline = .never) {
    _ = monitor.wait(until: deadline) { $0 == seen ? nil : true }
  }
}

/// A wish to stop, set once and for all.
package final class Interruption: Sendable {
  private let flag = Atomic<Bool>(false)
  /// Raised when the wish is set.
  package let signal = Signal()

  package init() {}

  package var isSet: Bool { flag.load(ordering: .acquiring) }

  package func set() {
    flag.store(true, ordering: .releasing)
    signal.raise()
  }
}
