import Glibc
import SystemPackage

/// A Unix socket that listens at a path, and owns the path while it is its own.
struct ListeningSocket: ~Copyable {
  /// What `sun_path` holds, without its zero. Units: bytes.
  static let longestPath = 107

  let path: String
  let descriptor: Int32
  private let identity: Identity

  private struct Identity: Equatable {
    let device: dev_t
    let inode: ino_t
  }

  /// Listens at `path`, readable and writable for user and group.
  ///
  /// A socket that nobody listens at is removed first; one that answers, and anything that is no
  /// socket, is refused. Errors: `.cannotOpen`.
  init(path: String) throws(SinkError) {
    func refuse(_ reason: String) -> SinkError {
      .cannotOpen(output: "unix:" + path, reason: reason)
    }
    guard var address = Self.address(path) else { throw refuse("the path is too long") }
    let folder = Self.lockFolder(of: path)
    defer { if folder >= 0 { Glibc.close(folder) } }
    try Self.clear(path, &address)

    let descriptor = Self.socket()
    guard descriptor >= 0 else { throw refuse(Errno(rawValue: errno).description) }
    // The file of the socket is made with the descriptor's mode; the umask takes away the rest.
    _ = fchmod(descriptor, 0o660)
    guard unsafe Self.withAddress(&address, { unsafe bind(descriptor, $0, $1) }) == 0,
      let identity = Self.identity(path), unsafe chmod(path, 0o660) == 0,
      listen(descriptor, 64) == 0
    else {
      let number = errno
      Glibc.close(descriptor)
      throw refuse(
        number == ENOENT
          ? "the folder does not exist; create it first" : Errno(rawValue: number).description)
    }
    self.path = path
    self.descriptor = descriptor
    self.identity = identity
  }

  deinit {
    // Another program may have put its own socket there meanwhile.
    if Self.identity(path) == identity { _ = unsafe unlink(path) }
    Glibc.close(descriptor)
  }

  /// The next client's descriptor, or nil where none waits. Errors: what `accept` says.
  func accept() throws(Errno) -> Int32? {
    let client = Glibc.accept(descriptor, nil, nil)
    if client >= 0 {
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      return client
    }
    switch errno {
    case EAGAIN, EINTR, ECONNABORTED: return nil
    case let number: throw Errno(rawValue: number)
    }
  }

  /// Makes room at `path`.
  private static func clear(_ path: String, _ address: inout sockaddr_un) throws(SinkError) {
    func refuse(_ reason: String) -> SinkError {
      .cannotOpen(output: "unix:" + path, reason: reason)
    }
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw refuse("exists and is no socket; it is left as it is, choose another path")
    }
    let probe = socket()
    guard probe >= 0 else { throw refuse(Errno(rawValue: errno).description) }
    defer { Glibc.close(probe) }
    let answers = unsafe withAddress(&address) { unsafe connect(probe, $0, $1) } == 0
    // A full backlog answers EAGAIN: somebody listens there too.
    guard !answers, errno == ECONNREFUSED else {
      let number = errno
      throw refuse(
        answers || number == EAGAIN
          ? "another program listens there; stop it or choose another path"
          : Errno(rawValue: number).description)
    }
    guard unsafe unlink(path) == 0 else {
      throw refuse("a stale socket that cannot be removed: \(Errno(rawValue: errno).description)")
    }
  }

  /// Keeps two programs from taking the same stale socket away from each other.
  private static func lockFolder(of path: String) -> Int32 {
    let end = path.lastIndex(of: "/")
    let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return -1 }
    // Nobody holds it for longer than a moment; a stranger who does must not stop us.
    for _ in 0..<40 where flock(descriptor, LOCK_EX | LOCK_NB) != 0 { usleep(50_000) }
    return descriptor
  }

  private static func socket() -> Int32 {
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    return Glibc.socket(AF_UNIX, Int32(type), 0)
  }

  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return Identity(device: status.st_dev, inode: status.st_ino)
  }

  private static func address(_ path: String) -> sockaddr_un? {
    var address = sockaddr_un()
    guard path.utf8.count <= longestPath else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    return address
  }

  private static func withAddress<R>(
    _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
  ) -> R {
    unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
