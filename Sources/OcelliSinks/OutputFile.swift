import Glibc
import OcelliPlumbing
import SystemPackage

/// An output that is a descriptor: standard output, or a file that can be opened anew.
struct OutputFile {
  let target: OutputTarget
  private(set) var writer: DescriptorWriter

  /// From here on a broken pipe is an error of `write` in the whole process, not a signal.
  /// Errors: `.cannotOpen`.
  init(_ target: OutputTarget, replacing: Bool) throws(SinkError) {
    SignalWatcher.ignoreBrokenPipes()
    self.target = target
    writer = try Self.open(target, replacing: replacing)
  }

  /// Opens the path again; the old file is kept where that fails.
  mutating func reopen() throws(SinkError) {
    guard case .file = target else { return }
    let fresh = try Self.open(target, replacing: false)
    Glibc.close(writer.descriptor)
    writer = fresh
  }

  /// Standard output stays open: it is not ours.
  func close() {
    if case .file = target { Glibc.close(writer.descriptor) }
  }

  private static func open(
    _ target: OutputTarget, replacing: Bool
  ) throws(SinkError) -> DescriptorWriter {
    func refuse(_ reason: String) -> SinkError {
      .cannotOpen(output: target.description, reason: reason)
    }
    switch target {
    case .socket: throw refuse("is a socket, not a file")
    case .standardOutput:
      guard fcntl(STDOUT_FILENO, F_GETFD) >= 0 else { throw refuse("standard output is closed") }
      return DescriptorWriter(STDOUT_FILENO)
    case .file(let path):
      // Non-blocking for FIFOs, and never for reading: a FIFO would then have us as its reader.
      let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
      let descriptor = unsafe Glibc.open(path, flags, 0o640)
      guard descriptor >= 0 else {
        let number = errno
        throw refuse(
          number == ENXIO ? "is a FIFO that nobody reads" : Errno(rawValue: number).description)
      }
      let writer = DescriptorWriter(descriptor)
      if writer.isRegular {
        if replacing {
          _ = ftruncate(descriptor, 0)
        } else {
          endHalfLine(path, descriptor)
        }
      }
      return writer
    }
  }

  /// What a killed program left half-written must not swallow our first line.
  private static func endHalfLine(_ path: String, _ descriptor: Int32) {
    let reader = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard reader >= 0 else { return }
    defer { Glibc.close(reader) }
    var last: UInt8 = 0
    let size = lseek(reader, 0, SEEK_END)
    guard size > 0, unsafe pread(reader, &last, 1, size - 1) == 1, last != 10 else { return }
    last = 10
    _ = unsafe Glibc.write(descriptor, &last, 1)
  }
}
