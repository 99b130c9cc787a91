import COcelliSystem
import Glibc
import SystemPackage

/// A thread of the system, for work that blocks or that must not share a core's queue.
///
/// It takes no signals. Nobody has to join it: one that is stuck in the kernel may be left behind.
@safe package final class OSThread: Sendable {
  package let name: String
  private let finished = Interruption()
  /// nil before the start and once it is joined.
  private let handle = Monitor<pthread_t?>(nil)

  /// Starts `body` on a thread of its own. Units: `stackBytes`, 0 for the system's default.
  /// Errors: `.thread` where the system has no room for another. Names over 15 bytes are cut.
  package static func start(
    name: String, stackBytes: Int = 0, _ body: @escaping @Sendable () -> Void
  ) throws(PlumbingError) -> OSThread {
    let thread = OSThread(name: name)
    let finished = thread.finished
    let box = unsafe Unmanaged.passRetained(
      Body {
        body()
        finished.set()
      })
    var handle = pthread_t()
    let error = unsafe ocs_thread_start(
      &handle, stackBytes, name,
      { opaque in
        // Taken exactly once: `ocs_thread_start` runs this once, or not at all and says so.
        unsafe Unmanaged<Body>.fromOpaque(opaque!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard error == 0 else {
      unsafe box.release()
      throw .thread(name: name, Errno(rawValue: error))
    }
    thread.handle.withLock { $0 = handle }
    return thread
  }

  private init(name: String) { self.name = name }

  deinit {
    if let handle = handle.withLock({ $0 }) { _ = pthread_detach(handle) }
  }

  /// The body has returned.
  package var isFinished: Bool { finished.isSet }

  /// Waits until the body has returned; false if it has not by the deadline.
  /// Units: `deadline` on the system's monotonic clock. Traps: none; joining twice is allowed.
  @discardableResult
  package func join(until deadline: Deadline = .never) -> Bool {
    finished.signal.wait(after: 0, until: deadline)
    guard finished.isSet else { return false }
    handle.withLock { handle in
      guard let joinable = handle else { return }
      pthread_join(joinable, nil)
      handle = nil
    }
    return true
  }

  /// Sends a signal to this thread alone, as the kernel does for a fault.
  package func deliver(_ signal: Int32) {
    handle.withLock { handle in
      if let handle { _ = pthread_kill(handle, signal) }
    }
  }

  /// A closure behind a pointer.
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
