import Glibc

/// A file that has its name only once it is whole; until then it is called `PATH.part`.
///
/// What a killed program left under that name is replaced, or gone on with where that is asked for; a
/// program that still writes it is not disturbed. A path that exists and is no regular file
/// (`/dev/stdout`, a FIFO) is written directly.
package final class PendingFile {
  package let path: String
  /// Where the bytes are until `commit`.
  package let partPath: String
  private let isDirect: Bool
  /// -1 once it is sealed.
  private var descriptor: Int32
  private var isOver = false
  /// How much stands in it. Units: bytes.
  package private(set) var count = 0

  /// `resuming`: what is there already under the name of the unfinished file stays, and is appended to.
  /// Errors: no permission, no such folder, a folder of that name, another program writes it.
  package init(_ path: String, mode: UInt32 = 0o666, resuming: Bool = false) throws(ToolError) {
    self.path = path
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    guard !exists || status.st_mode & S_IFMT != S_IFDIR else {
      throw ToolError(.output, "\(path): is a folder, where a file is due")
    }
    isDirect = exists && status.st_mode & S_IFMT != S_IFREG
    partPath = isDirect ? path : path + ".part"
    if isDirect {
      descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .writing(path, errno: errno) }
    } else {
      descriptor = try Self.openPart(partPath, of: path, mode: mode)
      if resuming { count = max(0, Int(lseek(descriptor, 0, SEEK_END))) } else { try restart() }
    }
  }

  deinit { discard() }

  private static func openPart(
    _ part: String, of path: String, mode: UInt32
  ) throws(ToolError) -> Int32 {
    // Another program may rename the file between our opening and locking it: look again then.
    for _ in 0..<16 {
      let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
      let descriptor = unsafe open(part, flags, mode)
      guard descriptor >= 0 else { throw .writing(path, errno: errno) }
      var ours = stat()
      var named = stat()
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, unsafe fstat(descriptor, &ours) == 0 else {
        let code = errno
        close(descriptor)
        if code == EWOULDBLOCK {
          throw ToolError(.output, "\(path): another program is writing it (\(part) is locked)")
        }
        throw .writing(path, errno: code)
      }
      let isNamed = unsafe lstat(part, &named) == 0 && named.st_ino == ours.st_ino
      if isNamed, ours.st_mode & S_IFMT == S_IFREG { return descriptor }
      close(descriptor)
      if isNamed { throw ToolError(.output, "\(part): is in the way and no regular file") }
    }
    throw ToolError(.output, "\(path): other programs keep writing it")
  }

  /// Appends. Errors: the disk's; the file is discarded then.
  package func write(_ bytes: borrowing RawSpan) throws(ToolError) {
    let code = Files.writeAll(descriptor, bytes)
    guard code == 0 else { throw fail(code) }
    count += bytes.byteCount
  }

  /// Throws away what stands in it. Errors: as `write`.
  package func restart() throws(ToolError) {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw fail(errno)
    }
    count = 0
  }

  /// The SHA-256 of what stands in it, as the disk gives it back. Errors: as the disk's.
  package func sha256() throws(ToolError) -> String {
    try Files.sha256(descriptor, path: partPath)
  }

  /// Leaves the unfinished file where it is, for a later program to go on with.
  package func suspend() {
    guard !isOver else { return }
    isOver = true
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  /// Brings the bytes to the disk and lets go of the descriptor: nothing can be written any more, and
  /// the name is still to come. Errors: as `write`.
  package func seal() throws(ToolError) {
    guard descriptor >= 0 else { return }
    // A disk may find that it is full only here.
    guard isDirect || fsync(descriptor) == 0 else { throw fail(errno) }
    let sealed = descriptor
    descriptor = -1
    guard close(sealed) == 0 else { throw fail(errno) }
  }

  /// Gives the file its name, on the disk. The lock is held until then: nobody takes the unfinished
  /// file up who has seen no other. Errors: as `write`.
  package func commit() throws(ToolError) {
    guard !isOver else { return }
    guard descriptor < 0 || isDirect || fsync(descriptor) == 0 else { throw fail(errno) }
    isOver = true
    if !isDirect, unsafe rename(partPath, path) != 0 {
      let code = errno
      unsafe unlink(partPath)
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
      throw .writing(path, errno: code)
    }
    let named = descriptor
    descriptor = -1
    guard named < 0 || close(named) == 0 else { throw .writing(path, errno: errno) }
    if !isDirect { syncFolder() }
  }

  /// Takes the unfinished file away; nothing once it has its name.
  package func discard() {
    guard !isOver else { return }
    isOver = true
    if !isDirect { unsafe unlink(partPath) }
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  private func fail(_ code: Int32) -> ToolError {
    discard()
    return .writing(path, errno: code)
  }

  /// The name itself survives a loss of power too; a file system that cannot do this loses little.
  private func syncFolder() {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }
}
