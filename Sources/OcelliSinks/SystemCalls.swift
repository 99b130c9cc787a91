import Glibc
import OcelliPlumbing
import SystemPackage

/// Units: nanoseconds of the monotonic clock.
package func monotonicNanoseconds() -> Int64 { SystemClock().nanoseconds }

/// Milliseconds that `poll` may wait until `deadline`, rounded up; -1 for ever.
func pollTimeout(until deadline: Int64, now: Int64 = monotonicNanoseconds()) -> Int32 {
  guard deadline != .max else { return -1 }
  guard deadline > now else { return 0 }
  return Int32(clamping: (deadline - now + 999_999) / 1_000_000)
}

/// `poll` that is not disturbed by signals' handlers. The answer is in `revents`.
func poll(_ descriptors: inout [pollfd], timeout: Int32) {
  let count = nfds_t(descriptors.count)
  if unsafe Glibc.poll(&descriptors, count, timeout) < 0 {
    for index in descriptors.indices { descriptors[index].revents = 0 }
  }
}

/// Wakes a thread that waits in `poll`.
final class Waker: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  /// Errors: no descriptors are left.
  init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    Glibc.close(readEnd)
    Glibc.close(writeEnd)
  }

  /// A full pipe is as good a wake as any.
  func wake() {
    var byte: UInt8 = 0
    _ = unsafe write(writeEnd, &byte, 1)
  }

  /// Waits for a wake, or until `descriptor` takes bytes. Units: milliseconds; -1 for ever.
  func wait(timeout: Int32, orReadyToWrite descriptor: Int32? = nil) {
    var events = [pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)]
    if let descriptor {
      events.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
    }
    poll(&events, timeout: timeout)
    if events[0].revents != 0 { drain() }
  }

  func drain() {
    var bytes = [UInt8](repeating: 0, count: 512)
    while unsafe read(readEnd, &bytes, bytes.count) == bytes.count {}
  }
}
