import Glibc
import OcelliEvents

/// The thread's side of one client: its descriptor and the line that is on its way.
struct SocketReader {
  /// A client that talks this much is cut off: it mistakes us for something else.
  static let patience = 64 * 1024

  let id: Int
  let descriptor: Int32
  private(set) var isGone = false
  /// Sends nothing more, but may still read.
  private(set) var isSilent = false
  private(set) var lastProgress = monotonicNanoseconds()
  private var bytes: [UInt8] = []
  private var sent = 0
  private var heard = 0

  init(id: Int, descriptor: Int32) {
    self.id = id
    self.descriptor = descriptor
  }

  var isSending: Bool { sent < bytes.count }

  mutating func begin(_ bytes: [UInt8]) {
    self.bytes = bytes
    sent = 0
  }

  /// Sends what fits. Whether the line is done.
  mutating func send() -> Bool {
    while isSending {
      let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, flags)
      }
      guard count > 0 else {
        if errno == EINTR { continue }
        if errno != EAGAIN { isGone = true }
        return false
      }
      sent += count
      lastProgress = monotonicNanoseconds()
    }
    return true
  }

  /// Reads and forgets what the client says.
  mutating func listen() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !isSilent, !isGone {
      let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        heard += count
        if heard > Self.patience { isGone = true }
      } else if count == 0 {
        isSilent = true
      } else {
        if errno != EAGAIN, errno != EINTR { isGone = true }
        return
      }
    }
  }

  mutating func hangUp() { isGone = true }
}
