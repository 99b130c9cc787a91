import COcelliSystem
import Glibc

/// The processors that affinity and the control group's quota leave this process; at least 1.
///
/// A quota is rounded down: a thread more than it allows is stopped in the middle of a frame.
package func availableCores() -> Int {
  availableCores(affinity: Int(ocs_affinity_count()), readFile: { smallFile($0) })
}

/// The same, from what the kernel would say; at least 1.
package func availableCores(affinity: Int, readFile: (String) -> String?) -> Int {
  var cores = max(affinity, 1)
  // Version 2 only: a line `0::/path`, and every ancestor's limit holds as well.
  let membership = readFile("/proc/self/cgroup") ?? ""
  guard let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
  else { return cores }
  var path = line.dropFirst(3)
  while true {
    let folder = "/sys/fs/cgroup" + (path == "/" ? "" : path)
    if let quota = readFile(folder + "/cpu.max").flatMap(quotaCores) {
      cores = min(cores, max(quota, 1))
    }
    guard let slash = path.lastIndex(of: "/"), path.count > 1 else { return cores }
    path = slash == path.startIndex ? "/" : path[..<slash]
  }
}

/// `max 100000` has no quota, `150000 100000` one core.
private func quotaCores(_ text: String) -> Int? {
  let fields = text.split(whereSeparator: \.isWhitespace)
  guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), quota > 0,
    period > 0
  else { return nil }
  return quota / period
}

/// At most 4 KiB of a file of the kernel; nil where it cannot be read.
private func smallFile(_ path: String) -> String? {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { _ = close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = unsafe bytes.withUnsafeMutableBytes {
    unsafe read(descriptor, $0.baseAddress, $0.count)
  }
  return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
}
