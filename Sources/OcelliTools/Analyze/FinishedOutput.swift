import Glibc
import OcelliEvents

/// What an earlier run left of a source's lines.
enum FinishedOutput: Equatable {
  /// Nothing, half a file, or the lines of a source that could not be analysed: to be done.
  case none
  /// Whole, but not what this run would write: of other settings, of an older form of the source.
  case other
  /// Whole, and the same. `status`: as its `end` says, 0, or 2 for a source that was cut short.
  case same(status: ExitStatus)

  /// Looks at an output under its own name, which it has only when it is whole.
  /// - `hello`: the line that this run would begin it with.
  /// - `source`: the file that it is of.
  init(_ path: String, hello: JSONValue, source: String) {
    self = .none
    guard let made = Self.modified(path), let first = Self.firstLine(path),
      let last = Self.lastLine(path), first["type"]?.string == "hello",
      last["type"]?.string == "end", let code = last["exit_code"]?.number,
      // What could not be opened yesterday may be there today; what is cut short stays so.
      let status: ExitStatus = code == 0 ? .done : code == 2 ? .partial : nil
    else { return }
    let isSame = Self.settings(first) == Self.settings(hello)
    let isNewer = Self.modified(source).map { $0 > made } ?? true
    self = isSame && !isNewer ? .same(status: status) : .other
  }

  /// All of a `hello` but what differs from run to run.
  private static func settings(_ hello: JSONValue) -> [JSONValue.Member] {
    hello.members.filter { !["run", "time", "seq"].contains($0.key) }
  }

  /// Units: nanoseconds since 1970.
  private static func modified(_ path: String) -> Int64? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let seconds = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    return seconds.overflow ? nil : seconds.partialValue &+ Int64(status.st_mtim.tv_nsec)
  }

  private static func firstLine(_ path: String) -> JSONValue? {
    do {
      var reader = try LineReader(path)
      guard let line = try reader.next(), !reader.isOpen else { return nil }
      return try JSONValue(parsing: Array(line))
    } catch { return nil }
  }

  private static func lastLine(_ path: String) -> JSONValue? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    // The longest line, and the line feed before it.
    var bytes = [UInt8](repeating: 0, count: min(max(size, 0), LineEncoder.limit + 1))
    let start = off_t(size - bytes.count)
    let got = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, buffer.count, start)
    }
    guard got == bytes.count, bytes.popLast() == 0x0A else { return nil }
    let line = bytes.lastIndex(of: 0x0A).map { bytes[($0 + 1)...] } ?? bytes[...]
    return try? JSONValue(parsing: Array(line))
  }
}
