/// A folder with an output for each source, below it at the source's own path.
package struct OutputTree: Sendable {
  package let folder: String

  package init(_ folder: String) {
    var folder = folder
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    self.folder = folder
  }

  /// Whether a user who names this output means a folder.
  package static func isMeant(by output: String) -> Bool {
    output != "-" && !output.hasPrefix("unix:")
      && (output.hasSuffix("/") || FolderWalk.isFolder(output))
  }

  /// Where the output of a source goes. It depends on the source's name alone, so that every shard
  /// and every later run finds the same place; a name never leads out of the folder.
  package func path(of source: String, adding ending: String) -> String {
    folder + "/" + Self.parts(source).joined(separator: "/") + ending
  }

  /// As above, with the name's own ending taken off.
  package func path(of source: String, replacingEndingBy ending: String) -> String {
    var parts = Self.parts(source)
    let name = parts[parts.count - 1]
    if let dot = name.lastIndex(of: "."), dot != name.startIndex {
      parts[parts.count - 1] = String(name[..<dot])
    }
    return folder + "/" + parts.joined(separator: "/") + ending
  }

  /// Makes the folders that a path needs. Errors: where one cannot be made.
  package func makeFolders(for path: String) throws(ToolError) {
    guard let slash = path.lastIndex(of: "/") else { return }
    try Files.makeFolder(String(path[..<slash]))
  }

  /// `.` and what stands in front of a `..` fall away, and so does a `..` that leads too far up.
  private static func parts(_ source: String) -> [String] {
    var parts: [String] = []
    for part in source.split(separator: "/") where part != "." {
      if part == ".." {
        _ = parts.popLast()
      } else {
        parts.append(String(part))
      }
    }
    return parts.isEmpty ? ["_"] : parts
  }
}
