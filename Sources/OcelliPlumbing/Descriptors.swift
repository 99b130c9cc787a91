import Glibc
import SystemPackage

/// Writes all of `bytes`, however often the system takes only a part or asks to wait.
///
/// A descriptor that does not block is waited for until `deadline`, on the system's monotonic clock.
/// Errors: `.write` with the system's reason (`EPIPE`, `ENOSPC`), `.writeTimedOut`.
package func writeAll(
  _ bytes: Span<UInt8>, to descriptor: Int32, until deadline: Deadline = .never
) throws(PlumbingError) {
  var written = 0
  while written < bytes.count {
    let rest = bytes.extracting(written...)
    let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    if count >= 0 {
      written += count
      continue
    }
    switch errno {
    case EINTR: continue
    case EAGAIN: try awaitRoom(in: descriptor, until: deadline)
    case let code: throw .write(Errno(rawValue: code))
    }
  }
}

/// Blocks until `descriptor` takes more. Errors: `.writeTimedOut`.
private func awaitRoom(in descriptor: Int32, until deadline: Deadline) throws(PlumbingError) {
  let seconds = deadline == .never ? 3600 : deadline.seconds(after: SystemClock().nanoseconds)
  guard seconds > 0 else { throw .writeTimedOut }
  var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
  // Rounded up, so that the last millisecond is not spent in a busy loop.
  _ = unsafe poll(&waiting, 1, Int32(min(seconds * 1000, 3_600_000).rounded(.up)))
}
