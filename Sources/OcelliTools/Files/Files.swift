import Glibc
import OcelliVision

/// Whole files in and out, with `ToolError`s.
package enum Files {
  /// The bytes of a regular file. Units: `limit` in bytes.
  /// Errors: no such file, no regular file, no permission, longer than `limit`.
  package static func read(_ path: String, limit: Int) throws(ToolError) -> [UInt8] {
    // O_NONBLOCK: a FIFO without a writer must not hold us before we see that it is one.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .reading(path, errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .reading(path, errno: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw ToolError(.badData, "\(path): a folder, where a file is due")
    default: throw ToolError(.badData, "\(path): no regular file")
    }
    let size = Int(status.st_size)
    guard size <= limit else {
      throw ToolError(.badData, "\(path): \(size) bytes; at most \(limit) are read")
    }
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = unsafe Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { code = errno }
        if got <= 0 { return }
        count += got
      }
    }
    guard code == 0 else { throw .reading(path, errno: code) }
    return bytes
  }

  /// The SHA-256 of a regular file. Errors: as `read`.
  package static func sha256(_ path: String) throws(ToolError) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .reading(path, errno: errno) }
    defer { close(descriptor) }
    return try sha256(descriptor, path: path)
  }

  /// The SHA-256 of an open file from its beginning; its position does not move.
  static func sha256(_ descriptor: Int32, path: String) throws(ToolError) -> String {
    var hash = SHA256()
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    var place = 0
    while true {
      let got = unsafe chunk.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress!, $0.count, place)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .reading(path, errno: errno) }
      if got == 0 { return hash.finish() }
      hash.add(chunk.span.extracting(0..<got))
      place += got
    }
  }

  /// The size of a regular file; nil where there is none. Units: bytes.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// All of stdin. Units: `limit` in bytes. Errors: longer than `limit`, cannot be read.
  static func readStandardInput(limit: Int) throws(ToolError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = unsafe chunk.withUnsafeMutableBytes {
        unsafe Glibc.read(STDIN_FILENO, $0.baseAddress!, $0.count)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .reading("standard input", errno: errno) }
      if got == 0 { return bytes }
      bytes += chunk[..<got]
      guard bytes.count <= limit else {
        throw ToolError(.badData, "standard input: more than \(limit) bytes")
      }
    }
  }

  /// A file of the kernel's, whose size is not known before it is read. Units: at most 1 MiB.
  static func kernelText(_ path: String) throws(ToolError) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .reading(path, errno: errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    var count = 0
    while count < bytes.count {
      let got = unsafe bytes.withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
      }
      if got <= 0 { break }
      count += got
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Writes a file whole: see `PendingFile`.
  package static func write(_ path: String, _ bytes: [UInt8]) throws(ToolError) {
    let file = try PendingFile(path)
    try unsafe file.write(bytes.span.bytes)
    try file.commit()
  }

  /// The names in a folder, but for `.` and `..`, in order. Errors: no folder, no permission.
  static func entries(of folder: String) throws(ToolError) -> [String] {
    guard let stream = unsafe opendir(folder) else { throw .reading(folder, errno: errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { buffer in
        unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes a folder and those above it. Errors: where one cannot be made.
  package static func makeFolder(_ path: String) throws(ToolError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      guard unsafe mkdir(made, 0o777) == 0 || errno == EEXIST else {
        throw .writing(path, errno: errno)
      }
    }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .writing(path, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw ToolError(.output, "\(path): exists and is no folder")
    }
  }

  /// Writes everything. Returns: 0 or the `errno`.
  static func writeAll(_ descriptor: Int32, _ bytes: borrowing RawSpan) -> Int32 {
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let wrote = unsafe Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
        if wrote < 0 {
          if errno == EINTR { continue }
          if errno == EAGAIN {
            // Somebody made our stdout non-blocking: wait for it.
            var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe poll(&wait, 1, -1)
            continue
          }
          return errno
        }
        done += wrote
      }
      return 0
    }
  }
}
