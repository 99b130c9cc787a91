import Foundation

/// Replaces `${VAR}`, `${VAR:-x}`, `${file:PATH}` and `${credential:NAME}` in a string; `$${` stands
/// for `${`.
package struct Interpolation: Sendable {
  /// Longer files hold no password. Units: bytes.
  package static let longestFile = 64 * 1024

  package var environment: [String: String]
  package var readFile: @Sendable (String) -> [UInt8]?

  package init(
    environment: [String: String], readFile: @escaping @Sendable (String) -> [UInt8]?
  ) {
    self.environment = environment
    self.readFile = readFile
  }

  /// The process's own environment and files.
  package static let system = Interpolation(environment: ProcessInfo.processInfo.environment) {
    path in
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: longestFile + 1), data.count <= longestFile
    else { return FileManager.default.contents(atPath: path) == Data() ? [] : nil }
    return Array(data)
  }

  /// Why a reference cannot be replaced. It never holds a value.
  package struct Fault: Error {
    package let reason: String
  }

  /// Whether `text` holds a reference.
  package static func isNeeded(for text: String) -> Bool { text.contains("${") }

  /// Errors: an unknown reference, an unset variable, an unreadable file.
  package func resolve(_ text: String) throws(Fault) -> String {
    var result = ""
    var rest = Substring(text)
    while let start = rest.range(of: "${") {
      if rest[..<start.lowerBound].last == "$" {
        result += rest[..<start.lowerBound] + "{"
        rest = rest[start.upperBound...]
        continue
      }
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw Fault(reason: "${ has no closing }")
      }
      result += rest[..<start.lowerBound]
      result += try value(of: rest[start.upperBound..<end])
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private func value(of reference: Substring) throws(Fault) -> String {
    if let path = reference.dropping(prefix: "file:") { return try content(of: String(path)) }
    if let name = reference.dropping(prefix: "credential:") {
      guard let folder = environment["CREDENTIALS_DIRECTORY"] else {
        throw Fault(
          reason: "${credential:\(name)} needs systemd's LoadCredential= "
            + "(CREDENTIALS_DIRECTORY is not set)")
      }
      guard !name.isEmpty, !name.contains("/"), name != ".." else {
        throw Fault(reason: "${credential:\(name)} is no name of a credential")
      }
      return try content(of: "\(folder)/\(name)")
    }
    let parts = reference.firstRange(of: ":-").map {
      (name: reference[..<$0.lowerBound], fallback: reference[$0.upperBound...])
    }
    let name = parts?.name ?? reference
    guard let first = name.utf8.first, first == 95 || !(48...57).contains(first),
      name.utf8.allSatisfy({
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
      })
    else {
      throw Fault(
        reason: "${\(name)} is no reference: ${NAME}, ${NAME:-x}, ${file:PATH}, ${credential:NAME}")
    }
    let value = environment[String(name)]
    // As in a shell, `:-` also stands in for an empty value.
    if let parts, value ?? "" == "" { return String(parts.fallback) }
    guard let value else {
      throw Fault(reason: "the environment has no \(name); set it, or write ${\(name):-x}")
    }
    return value
  }

  /// A file's text without the line end that editors put there.
  package func content(of path: String) throws(Fault) -> String {
    guard let bytes = readFile(path) else {
      throw Fault(reason: "\(path) cannot be read, or is longer than 64 KiB")
    }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw Fault(reason: "\(path) is no UTF-8 text")
    }
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    return text
  }
}

extension Substring {
  fileprivate func dropping(prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}

extension Interpolation {
  /// At most one byte more than a configuration may have; nil where the file cannot be read.
  package static func readConfiguration(_ path: String) -> [UInt8]? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    guard let data = try? file.read(upToCount: Document.longest + 1) else { return nil }
    return Array(data)
  }
}
