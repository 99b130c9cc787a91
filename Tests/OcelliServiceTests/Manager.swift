import Foundation
import Glibc
import Synchronization

/// Plays the service manager: a datagram socket and all that was sent to it.
final class Manager: Sendable {
  let path: String
  private let descriptor: Int32
  private let messages = Mutex<[String]>([])

  init(abstract: Bool = false) {
    path = (abstract ? "@" : "/tmp/") + "ocelli-notify-\(UInt64.random(in: 0...(.max)))"
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      unsafe room.copyBytes(from: name)
      if abstract { unsafe room[0] = 0 }
    }
    let length = MemoryLayout<sa_family_t>.size + name.count + (abstract ? 0 : 1)
    let status = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(length))
      }
    }
    precondition(status == 0)
  }

  deinit {
    Glibc.close(descriptor)
    unsafe unlink(path)
  }

  /// Everything so far, a message an element.
  var all: [String] {
    var buffer = [UInt8](repeating: 0, count: 8192)
    while true {
      let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { break }
      let text = String(decoding: buffer[..<count], as: UTF8.self)
      messages.withLock { $0.append(text) }
    }
    return messages.withLock { $0 }
  }

  func count(_ assignment: String) -> Int {
    all.count { $0.split(separator: "\n").contains { $0 == assignment } }
  }
}

/// Waits, for twenty seconds at most, until something holds.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<4000 {
    if condition() { return true }
    usleep(5000)
  }
  return false
}
