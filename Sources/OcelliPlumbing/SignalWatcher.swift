import COcelliSystem
import Glibc
import SystemPackage

/// Turns signals into calls on a thread of its own, where anything may be done.
///
/// Make it on the main thread before other threads are started by anyone but `OSThread`: a signal
/// goes to any thread that does not block it.
package final class SignalWatcher: Sendable {
  private let signals: Int32
  private let stop: Int32
  /// Where the handler runs.
  package let thread: OSThread

  /// Calls `handler` with the number of each signal that arrives, one at a time.
  /// Errors: `.signals` without descriptors left, `.thread`.
  package init(
    _ numbers: [Int32], handler: @escaping @Sendable (Int32) -> Void
  ) throws(PlumbingError) {
    let signals = unsafe ocs_signal_descriptor(numbers, Int32(numbers.count))
    guard signals >= 0 else { throw .signals(Errno(rawValue: -signals)) }
    let stop = ocs_event_descriptor()
    guard stop >= 0 else {
      _ = close(signals)
      throw .signals(Errno(rawValue: -stop))
    }
    do {
      thread = try OSThread.start(name: "signals") {
        Self.watch(signals, until: stop, handler: handler)
      }
    } catch {
      _ = close(signals)
      _ = close(stop)
      throw error
    }
    self.signals = signals
    self.stop = stop
  }

  deinit {
    ocs_event_raise(stop)
    // A handler that drops the last reference must not wait for itself: then the descriptors stay.
    if thread.join(until: Deadline(in: 1, of: SystemClock())) {
      _ = close(signals)
      _ = close(stop)
    }
  }

  /// A reader that went away is an error of `write`, not a signal that ends the program.
  package static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

  private static func watch(
    _ signals: Int32, until stop: Int32, handler: @Sendable (Int32) -> Void
  ) {
    var waiting = [
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
      pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      _ = unsafe poll(&waiting, 2, -1)
      if waiting[1].revents != 0 { return }
      while true {
        let number = ocs_signal_take(signals)
        if number < 0 { return }
        if number == 0 { break }
        handler(number)
      }
    }
  }
}
