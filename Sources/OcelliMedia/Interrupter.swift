import COcelliFFmpeg
import Glibc
import Synchronization

/// Stops FFmpeg's blocking calls: by `interrupt`, or when the deadline of the current phase passes.
/// FFmpeg's own codes do not tell which, so this keeps the record.
package final class Interrupter: Sendable {
  /// What a source is doing while a deadline runs.
  package enum Phase: Int, Sendable {
    case open, firstPicture, nextPicture
  }

  /// Why a call was stopped.
  package enum Cause: Sendable, Equatable {
    case none, interrupted, redirected
    case deadline(Phase, seconds: Double)
  }

  private let isInterrupted = Atomic<Bool>(false)
  private let isRedirected = Atomic<Bool>(false)
  /// Nanoseconds of the monotonic clock; `.max` while no deadline runs.
  private let deadline = Atomic<Int64>(.max)
  private let phase = Atomic<Int>(0)
  private let budget = Atomic<Int64>(0)
  /// Latched by the first check after the deadline, so that later successes cannot hide it.
  private let isExpired = Atomic<Bool>(false)
  /// `AVFormatContext` of an RTSP source and the address of its URL: a redirect replaces it.
  private let guarded = Atomic<UInt>(0)
  private let guardedURL = Atomic<UInt>(0)

  package static func now() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// A new session. An interruption that came before it still counts.
  package func reset() {
    isRedirected.store(false, ordering: .relaxed)
    isExpired.store(false, ordering: .relaxed)
    deadline.store(.max, ordering: .relaxed)
    guarded.store(0, ordering: .relaxed)
    guardedURL.store(0, ordering: .relaxed)
  }

  /// Starts the clock of a phase. Units: seconds; nil waits for ever.
  package func begin(_ next: Phase, seconds: Double?) {
    phase.store(next.rawValue, ordering: .relaxed)
    guard let seconds, seconds < 1e9 else {
      deadline.store(.max, ordering: .relaxed)
      return
    }
    let nanoseconds = Int64(max(seconds, 0) * 1e9)
    budget.store(nanoseconds, ordering: .relaxed)
    deadline.store(Self.now() + nanoseconds, ordering: .relaxed)
  }

  /// No deadline runs while nothing is asked of the source.
  package func rest() { deadline.store(.max, ordering: .relaxed) }

  /// The session is over, and with it what interrupted it.
  package func forgetInterruption() { isInterrupted.store(false, ordering: .relaxed) }

  /// From any thread. It stays until the session is closed.
  package func interrupt() { isInterrupted.store(true, ordering: .relaxed) }

  /// Follows the URL of an RTSP session; a reply that changes it is a redirect, and ends it.
  func guardURL(of context: UnsafeMutablePointer<AVFormatContext>) {
    guarded.store(UInt(bitPattern: context), ordering: .relaxed)
  }

  package func releaseGuard() { guarded.store(0, ordering: .relaxed) }

  /// Whether a blocking call has to return. Cheap: FFmpeg asks up to a million times a second.
  package func mustStop() -> Bool {
    if isInterrupted.load(ordering: .relaxed) { return true }
    if redirected() { return true }
    let limit = deadline.load(ordering: .relaxed)
    if limit != .max && Self.now() > limit {
      isExpired.store(true, ordering: .relaxed)
      return true
    }
    return false
  }

  /// Why the last call was stopped, if it was.
  package var cause: Cause {
    if isInterrupted.load(ordering: .relaxed) { return .interrupted }
    if isRedirected.load(ordering: .relaxed) { return .redirected }
    guard isExpired.load(ordering: .relaxed) else { return .none }
    let phase = Phase(rawValue: phase.load(ordering: .relaxed)) ?? .open
    return .deadline(phase, seconds: Double(budget.load(ordering: .relaxed)) / 1e9)
  }

  /// FFmpeg calls back on the thread that is inside the context, so its URL can be read here.
  private func redirected() -> Bool {
    let address = guarded.load(ordering: .relaxed)
    guard let context = unsafe UnsafePointer<AVFormatContext>(bitPattern: address),
      let url = unsafe context.pointee.url
    else { return false }
    let current = UInt(bitPattern: url)
    let known = guardedURL.load(ordering: .relaxed)
    if known == 0 {
      guardedURL.store(current, ordering: .relaxed)
    } else if known != current {
      isRedirected.store(true, ordering: .relaxed)
      return true
    }
    return false
  }

  /// What FFmpeg takes. The source owns `self` for longer than anything that holds this.
  var callback: AVIOInterruptCB {
    unsafe AVIOInterruptCB(
      callback: { opaque in
        guard let opaque = unsafe opaque else { return 0 }
        let interrupter = unsafe Unmanaged<Interrupter>.fromOpaque(opaque)
        return unsafe interrupter._withUnsafeGuaranteedRef { $0.mustStop() } ? 1 : 0
      }, opaque: Unmanaged.passUnretained(self).toOpaque())
  }
}
