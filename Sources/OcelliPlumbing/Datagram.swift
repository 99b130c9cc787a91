import Glibc
package import SystemPackage

/// Sends one datagram to a Unix socket and does not wait for anybody to take it.
///
/// A path that begins with `@` is a name in the abstract namespace. Errors: what the system says;
/// a path too long for an address is `.fileNameTooLong`.
package func sendDatagram(_ bytes: [UInt8], toSocket path: String) throws(Errno) {
  var address = sockaddr_un()
  let name = Array(path.utf8)
  guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else {
    throw .fileNameTooLong
  }
  address.sun_family = sa_family_t(AF_UNIX)
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
    unsafe room.copyBytes(from: name)
    if name[0] == UInt8(ascii: "@") { unsafe room[0] = 0 }
  }
  let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
  let descriptor = socket(AF_UNIX, type, 0)
  guard descriptor >= 0 else { throw Errno(rawValue: errno) }
  defer { _ = close(descriptor) }
  // An abstract name ends where the address ends, not at a zero.
  let length = MemoryLayout<sa_family_t>.size + name.count + (name[0] == UInt8(ascii: "@") ? 0 : 1)
  let sent = unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe sendto(
          descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT),
          address, socklen_t(length))
      }
    }
  }
  guard sent == bytes.count else { throw Errno(rawValue: errno) }
}
