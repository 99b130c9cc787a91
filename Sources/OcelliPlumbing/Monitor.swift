import Glibc

/// State behind a lock, with a condition to wait for: what `Mutex` of the standard library lacks.
///
/// Bodies run one at a time. A waiter looks at the state again after every `update`, and each look
/// is an access of its own, so no reference to the state lives while another thread changes it.
///
/// Unsafe: the class is `@unchecked Sendable` because the compiler cannot see that `state` is only
/// touched between lock and unlock of the mutex below. Both C objects are allocated once, never
/// move (POSIX forbids it) and are destroyed in `deinit`, when nobody can wait any longer: whoever
/// waits holds a reference.
@safe package final class Monitor<State: ~Copyable & Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var state: State

  package init(_ state: consuming State) {
    self.state = state
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe condition.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body` alone with the state; waiters are not told.
  package func withLock<R: ~Copyable, E: Error>(
    _ body: (inout State) throws(E) -> R
  ) throws(E) -> R {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Runs `body` alone with the state, then lets every waiter look again.
  package func update<R: ~Copyable, E: Error>(
    _ body: (inout State) throws(E) -> R
  ) throws(E) -> R {
    unsafe pthread_mutex_lock(mutex)
    defer {
      unsafe pthread_cond_broadcast(condition)
      unsafe pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// Looks until `body` gives something, and then lets the other waiters look; nil at the deadline.
  /// Units: `deadline` on the system's monotonic clock.
  package func wait<R: ~Copyable>(
    until deadline: Deadline = .never, for body: (inout State) -> R?
  ) -> R? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&state) {
        unsafe pthread_cond_broadcast(condition)
        return result
      }
      guard sleep(until: deadline) else { return body(&state) }
    }
  }

  /// Gives the lock away until somebody broadcasts; false at the deadline.
  private func sleep(until deadline: Deadline) -> Bool {
    if deadline == .never {
      unsafe pthread_cond_wait(condition, mutex)
      return true
    }
    let nanoseconds = max(deadline.nanoseconds, 0)
    var time = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    return unsafe pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }
}
