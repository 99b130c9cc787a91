import COcelliFFmpeg
import Glibc

/// The pictures that a folder or a pattern stands for.
enum PictureListing: Sendable, Equatable {
  case folder(String)
  case pattern(String)

  /// nil for a path that is neither: a file of that very name comes before a pattern.
  init?(path: String) {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { return nil }
      self = .folder(path)
    } else if path.contains(where: { "*?[".contains($0) }) {
      self = .pattern(path)
    } else {
      return nil
    }
  }

  /// Paths in the order of their bytes. A folder gives its pictures, by their names' endings, without
  /// hidden files and folders within; a pattern gives what it matches but folders.
  /// Errors: a folder that cannot be read; nothing in it.
  func paths(address: SourceAddress) throws(MediaError) -> [String] {
    switch self {
    case .folder(let path):
      let names = try Self.names(in: path, address: address).filter(Self.isPicture)
      guard !names.isEmpty else {
        throw .noVideo(
          "\(address): is a folder without pictures (.jpg, .png, …); name a video in it")
      }
      let root = path.hasSuffix("/") ? path : path + "/"
      return names.sorted(by: Self.precedes).map { root + $0 }
    case .pattern(let pattern):
      let paths = try Self.matches(pattern, address: address).filter { !Self.isFolder($0) }
      guard !paths.isEmpty else {
        throw .notFound("\(address): no file of this name, and none that fits it as a pattern")
      }
      return paths.sorted(by: Self.precedes)
    }
  }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  private static func isPicture(_ name: String) -> Bool {
    name.first != "." && SourceAddress.namesPicture(name)
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func names(
    in path: String, address: SourceAddress
  ) throws(MediaError) -> [String] {
    guard let folder = unsafe opendir(path) else { throw mediaError(errno: errno, at: address) }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
          unsafe String(cString: name)
        }
      }
      names.append(name)
    }
    return names
  }

  private static func matches(
    _ pattern: String, address: SourceAddress
  ) throws(MediaError) -> [String] {
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    switch unsafe glob(pattern, GLOB_NOSORT, nil, &found) {
    case 0: break
    case GLOB_NOMATCH: return []
    case GLOB_NOSPACE: throw .outOfMemory
    default: throw .permissionDenied("\(address): a folder of this pattern cannot be read")
    }
    return unsafe (0..<Int(found.gl_pathc)).compactMap { index in
      unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
    }
  }
}
