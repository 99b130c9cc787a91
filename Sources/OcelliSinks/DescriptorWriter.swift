import Glibc
import SystemPackage

/// Writes bytes to a descriptor in pieces that do not block once the descriptor is ready.
///
/// An inherited descriptor is not made non-blocking: the flag would hold for the shell and for
/// every other program that shares the terminal or pipe.
struct DescriptorWriter {
  enum Outcome {
    case wrote(Int)
    /// Not ready now: wait for `POLLOUT`.
    case notReady
    case failed(Errno)
  }

  let descriptor: Int32
  /// A file on a disk, which can be cut back to a whole line.
  let isRegular: Bool
  private let isSocket: Bool

  init(_ descriptor: Int32) {
    var status = stat()
    let known = unsafe fstat(descriptor, &status) == 0
    let kind = known ? status.st_mode & S_IFMT : 0
    self.descriptor = descriptor
    isRegular = kind == S_IFREG
    isSocket = kind == S_IFSOCK
  }

  /// Writes a part of `bytes` from `start` on.
  func write(_ bytes: [UInt8], from start: Int) -> Outcome {
    if !isRegular {
      var ready = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
      poll(&ready, timeout: 0)
      if ready[0].revents == 0 { return .notReady }
    }
    // A pipe that is ready has room for PIPE_BUF bytes.
    let count = isRegular ? bytes.count - start : min(bytes.count - start, 4096)
    let written = unsafe bytes.withUnsafeBytes { buffer in
      let from = unsafe buffer.baseAddress! + start
      return isSocket
        ? unsafe send(descriptor, from, count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        : unsafe Glibc.write(descriptor, from, count)
    }
    if written >= 0 { return .wrote(written) }
    switch errno {
    case EAGAIN, EINTR: return .notReady
    case let number: return .failed(Errno(rawValue: number))
    }
  }

  /// Takes back the last `count` bytes of a file that ends in half a line.
  func cutBack(_ count: Int) {
    var status = stat()
    guard isRegular, unsafe fstat(descriptor, &status) == 0, status.st_size >= count else { return }
    _ = ftruncate(descriptor, status.st_size - count)
  }
}
