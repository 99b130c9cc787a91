import Glibc

/// Bytes on their way to a file that appears when it is whole, or to stdout.
final class BufferedOutput {
  private let file: PendingFile?
  private var buffer: [UInt8] = []
  /// Units: bytes.
  private static let size = 1 << 16

  /// `-` is stdout. Errors: as `PendingFile`.
  init(_ path: String) throws(ToolError) {
    file = path == "-" ? nil : try PendingFile(path)
  }

  func write(_ bytes: some Collection<UInt8>) throws(ToolError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.size { try flush() }
  }

  private func flush() throws(ToolError) {
    guard !buffer.isEmpty else { return }
    let full = buffer
    buffer = []
    if let file {
      try unsafe file.write(full.span.bytes)
    } else {
      try unsafe Terminal.print(bytes: full.span.bytes)
    }
  }

  /// Nothing more comes; the file still waits for its name and holds no descriptor.
  func complete() throws(ToolError) {
    try flush()
    try file?.seal()
  }

  /// Gives the file its name.
  func finish() throws(ToolError) {
    try flush()
    try file?.commit()
  }
}

/// Bytes that are needed again later: kept in a file without a name, not in memory.
final class Spool {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private static let size = 1 << 16

  /// Errors: no room for a temporary file.
  init() throws(ToolError) {
    let folder = Environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array((folder + "/ocelli-XXXXXX").utf8CString)
    descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
      let descriptor = unsafe mkstemp(buffer.baseAddress!)
      if descriptor >= 0 { _ = unsafe unlink(buffer.baseAddress!) }
      return descriptor
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    guard descriptor >= 0 else { throw .writing(folder, errno: errno) }
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) throws(ToolError) {
    buffer.append(contentsOf: bytes)
    guard buffer.count >= Self.size else { return }
    try flush()
  }

  private func flush() throws(ToolError) {
    let full = buffer
    buffer = []
    let code = unsafe Files.writeAll(descriptor, full.span.bytes)
    guard code == 0 else { throw .writing("a temporary file", errno: code) }
  }

  /// Gives everything to `output`. Errors: either side's.
  func pour(into output: BufferedOutput) throws(ToolError) {
    try flush()
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw .reading("a temporary file", errno: errno)
    }
    var bytes = [UInt8](repeating: 0, count: Self.size)
    while true {
      let got = unsafe bytes.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress!, Self.size)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .reading("a temporary file", errno: errno) }
      if got == 0 { return }
      try output.write(bytes[..<got])
    }
  }
}
