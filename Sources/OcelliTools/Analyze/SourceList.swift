import Glibc
import OcelliMedia

/// A part of a list, so that several machines share it: source i, i + n, i + 2n, …
package struct Shard: Sendable, Equatable {
  /// From 1.
  package let index: Int
  package let count: Int

  /// nil where there is no such part.
  package init?(_ index: Int, of count: Int) {
    guard count >= 1, (1...count).contains(index) else { return nil }
    self.index = index
    self.count = count
  }

  func part<Element>(of list: [Element]) -> [Element] {
    stride(from: index - 1, to: list.count, by: count).map { list[$0] }
  }
}

/// The sources of a run: what was given, with folders, patterns and lists made files.
struct SourceList {
  private(set) var addresses: [SourceAddress] = []
  /// Whether each was named by the user, or found in a folder or by a pattern.
  private var isNamed: [String: Bool] = [:]

  /// In the order given; a folder's and a pattern's files in the order of their bytes, so that the
  /// list is the same on every machine that has the same files.
  /// Errors: a source that is none or is named twice, a folder or a pattern without files.
  init(_ sources: [String], filesFrom list: String?) throws(ToolError) {
    for source in sources { try add(source) }
    guard let list else { return }
    for entry in try ListFile.read(list) {
      do throws(ToolError) { try add(entry.text) } catch {
        throw ToolError(error.status, "\(entry.place): \(error)")
      }
    }
    if addresses.isEmpty { throw ToolError(.inputMissing, "\(list): names no source") }
  }

  private mutating func add(_ text: String) throws(ToolError) {
    let address = try Self.address(text)
    guard case .file(let path) = address.kind else { return try append(address, named: true) }
    if FolderWalk.isFolder(path) {
      let files = try FolderWalk.files(below: path) { SourceAddress.namesMedia($0) }
      guard !files.isEmpty else {
        throw ToolError(.inputMissing, "\(path): no video and no picture is in this folder")
      }
      if Self.isAlbum(files, in: path) { return try append(address, named: true) }
      for file in files { try append(try Self.address(file), named: false) }
      return
    }
    // A name that exists is no pattern, whatever it looks like.
    guard path.contains(where: { "*?[".contains($0) }), unsafe access(path, F_OK) != 0 else {
      return try append(address, named: true)
    }
    let matches = Self.matches(of: path)
    guard !matches.isEmpty else { throw ToolError(.inputMissing, "\(path): no file is called so") }
    if matches.count > 1, matches.allSatisfy(SourceAddress.namesPicture) {
      return try append(address, named: true)
    }
    for match in matches where !FolderWalk.isFolder(match) {
      try append(try Self.address(match), named: false)
    }
  }

  /// Whether a folder holds several pictures and nothing else: they are one source, which tells the path
  /// with every picture.
  private static func isAlbum(_ files: [String], in folder: String) -> Bool {
    let root = folder.hasSuffix("/") ? folder : folder + "/"
    return files.count > 1
      && files.allSatisfy {
        $0.hasPrefix(root) && !$0.dropFirst(root.count).contains("/")
          && SourceAddress.namesPicture($0)
      }
  }

  private mutating func append(_ address: SourceAddress, named: Bool) throws(ToolError) {
    guard let wasNamed = isNamed[address.description] else {
      isNamed[address.description] = named
      addresses.append(address)
      return
    }
    guard !(named && wasNamed) else {
      throw ToolError(.usage, "the source \(address) is given twice")
    }
    if named { isNamed[address.description] = true }
  }

  private static func address(_ text: String) throws(ToolError) -> SourceAddress {
    do throws(MediaError) { return try SourceAddress(parsing: text) } catch {
      throw ToolError(.usage, ToolError(error).description)
    }
  }

  /// In the order of their bytes. Source: POSIX `glob`.
  private static func matches(of pattern: String) -> [String] {
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    guard unsafe glob(pattern, GLOB_NOSORT, nil, &found) == 0 else { return [] }
    var names: [String] = []
    for index in 0..<Int(unsafe found.gl_pathc) {
      if let name = unsafe found.gl_pathv[index] { names.append(unsafe String(cString: name)) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// A list of names in a file or on stdin.
private enum ListFile {
  struct Entry {
    let text: String
    /// File and number of the entry.
    let place: String
  }

  /// Units: bytes.
  private static let limit = 256 << 20

  /// A name a line, or between zero bytes where there are any (`find -print0`); empty ones are left
  /// out. Errors: no such file, one that is too long, a name that is no UTF-8.
  static func read(_ path: String) throws(ToolError) -> [Entry] {
    let name = path == "-" ? "standard input" : path
    let bytes =
      path == "-" ? try Files.readStandardInput(limit: limit) : try Files.read(path, limit: limit)
    let separator: UInt8 = bytes.contains(0) ? 0 : 0x0A
    var entries: [Entry] = []
    for (index, part) in bytes.split(separator: separator, omittingEmptySubsequences: false)
      .enumerated()
    {
      var part = part
      if separator != 0, part.last == 0x0D { part.removeLast() }
      guard !part.isEmpty else { continue }
      let place = "\(name):\(index + 1)"
      guard let text = String(validating: part, as: UTF8.self) else {
        throw ToolError(.badData, "\(place): the name is no UTF-8")
      }
      entries.append(Entry(text: text, place: place))
    }
    return entries
  }
}
