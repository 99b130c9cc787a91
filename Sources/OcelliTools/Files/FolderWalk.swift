import Glibc

/// The files below a folder.
enum FolderWalk {
  /// Deeper folders are not looked into.
  private static let deepest = 64

  /// Paths of regular files whose names satisfy, in the order of their bytes, whatever the machine:
  /// a folder's files and its folders' are sorted together. Hidden ones and folders behind links are
  /// left out. Errors: a folder that cannot be read.
  static func files(
    below folder: String, where isWanted: (String) -> Bool
  ) throws(ToolError) -> [String] {
    var found: [String] = []
    var folders = [(path: folder, depth: 0)]
    while let (path, depth) = folders.popLast() {
      for name in try names(in: path) where !name.hasPrefix(".") {
        let full = path.hasSuffix("/") ? path + name : path + "/" + name
        var status = stat()
        guard unsafe lstat(full, &status) == 0 else {
          // Taken away meanwhile, or a name that we cannot say.
          guard full.contains("\u{FFFD}") else { continue }
          throw ToolError(.badData, "\(full): the name is no UTF-8; rename the file")
        }
        if status.st_mode & S_IFMT == S_IFDIR {
          if depth < deepest { folders.append((full, depth + 1)) }
          continue
        }
        guard isWanted(name) else { continue }
        if status.st_mode & S_IFMT == S_IFLNK, unsafe stat(full, &status) != 0 { continue }
        if status.st_mode & S_IFMT == S_IFREG { found.append(full) }
      }
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func names(in folder: String) throws(ToolError) -> [String] {
    guard let stream = unsafe opendir(folder) else { throw .reading(folder, errno: errno) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { throw .reading(folder, errno: errno) }
        return names
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
  }
}
