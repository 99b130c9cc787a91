import OcelliKernels
import OcelliPlumbing
import Synchronization

/// The threads of inference: a fixed number, asleep between runs. Sessions and streams share it.
@safe package final class Crew: Sendable {
  package let threadCount: Int
  // One run at a time; `runs` guards it.
  private nonisolated(unsafe) let crew: OpaquePointer
  private let runs = Mutex(())

  /// `threadCount` 0: the cores that affinity and the cgroup quota leave us. The caller of a run
  /// counts. Fewer where the system refuses threads.
  package init(threadCount: Int = 0) {
    let wanted = threadCount > 0 ? threadCount : availableCores()
    var made = unsafe ock_crew_create(Int32(min(max(wanted, 1), Self.maximum)))
    if unsafe made == nil { unsafe made = ock_crew_create(1) }
    guard let made = unsafe made else { preconditionFailure("no memory for a crew") }
    unsafe crew = made
    self.threadCount = Int(unsafe ock_crew_threads(made))
  }

  deinit { unsafe ock_crew_destroy(crew) }

  private static let maximum = 256

  /// Runs a plan with one set of bases a thread; `nanoseconds` nil or one counter a step.
  @unsafe func run(
    _ plan: ock_plan, bases: UnsafePointer<ock_bases>, nanoseconds: UnsafeMutablePointer<Int64>?
  ) {
    runs.withLock { _ in
      var plan = unsafe plan
      unsafe ock_crew_run(crew, &plan, bases, nanoseconds)
    }
  }
}
