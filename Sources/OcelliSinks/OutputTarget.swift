/// Where lines go, as `-o` and `outputs:` name it.
package enum OutputTarget: Sendable, Equatable, CustomStringConvertible {
  case standardOutput
  case file(String)
  case socket(String)

  /// `-`, `unix:PATH`, or the path of a file. Errors: an empty path, one that the system cannot take.
  package init(parsing text: String) throws(SinkError) {
    func refuse(_ reason: String) -> SinkError { .cannotOpen(output: text, reason: reason) }
    guard !text.utf8.contains(0) else { throw refuse("a path cannot hold a zero byte") }
    if text == "-" {
      self = .standardOutput
    } else if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".count))
      guard !path.isEmpty else { throw refuse("a path must follow unix:") }
      guard path.utf8.count <= ListeningSocket.longestPath else {
        throw refuse(
          "a socket's path may have \(ListeningSocket.longestPath) bytes, this one has "
            + "\(path.utf8.count); choose a shorter one")
      }
      self = .socket(path)
    } else {
      guard !text.isEmpty else { throw refuse("the path is empty") }
      self = .file(text)
    }
  }

  package var description: String {
    switch self {
    case .standardOutput: "-"
    case .file(let path): path
    case .socket(let path): "unix:" + path
    }
  }
}
