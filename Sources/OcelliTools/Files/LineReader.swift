import Glibc

/// The lines of a file or of stdin, one at a time, in bounded memory.
struct LineReader: ~Copyable {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private var place = 0
  private var isAtEnd = false
  private(set) var number = 0
  /// The line that was last returned has no line feed: its writer was perhaps cut off in it.
  private(set) var isOpen = false

  /// Units: bytes. Lines of the contract are at most 1 MiB.
  private static let limit = 1 << 20
  private static let chunk = 1 << 16

  /// `-` is stdin. Errors: no such file, no permission.
  init(_ path: String) throws(ToolError) {
    name = path == "-" ? "standard input" : path
    descriptor =
      path == "-"
      ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .reading(name, errno: errno) }
  }

  deinit { close(descriptor) }

  /// The next line without its end; nil behind the last. Errors: a line that is too long, a disk's.
  mutating func next() throws(ToolError) -> ArraySlice<UInt8>? {
    var searched = place
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { place = end + 1 }
        number += 1
        return buffer[place..<end]
      }
      searched = buffer.count
      if isAtEnd {
        defer { place = buffer.count }
        number += 1
        isOpen = place < buffer.count
        return isOpen ? buffer[place...] : nil
      }
      guard buffer.count - place <= Self.limit else {
        throw ToolError(.badData, "\(name):\(number + 1): a line of more than 1 MiB")
      }
      searched -= place
      try fill()
    }
  }

  private mutating func fill() throws(ToolError) {
    buffer.removeFirst(place)
    place = 0
    let old = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.chunk))
    var got = 0
    repeat {
      got = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(descriptor, $0.baseAddress! + old, Self.chunk)
      }
    } while got < 0 && errno == EINTR
    guard got >= 0 else { throw .reading(name, errno: errno) }
    buffer.removeLast(Self.chunk - got)
    isAtEnd = got == 0
  }
}
