import OcelliEvents

/// A line of an analysis, as far as a converter cares.
enum FoundLine {
  /// The labels of each model.
  case hello([[String]])
  case frame(FoundFrame)
  /// A stream is over.
  case ended(String)
  case end
  /// Known, and nothing to convert.
  case other
  /// Of a type that this version does not know.
  case unknown(String)

  /// nil for half a line where the file's last may be one. Errors: what is wrong with it.
  init?(_ bytes: [UInt8], mayBeCut: Bool) throws(JSONFault) {
    let line: JSONValue
    do throws(JSONFault) { line = try JSONValue(parsing: bytes) } catch {
      if mayBeCut { return nil }
      throw JSONFault("no JSON line: \(error)")
    }
    if let version = line["v"]?.number, version != 1 {
      throw JSONFault("a line of version \(version.description), and this program reads version 1")
    }
    guard let type = line["type"]?.string else { throw JSONFault("a line without a type") }
    switch type {
    case "hello":
      self = .hello(
        line["models"]?.members.map { $0.value["labels"]?.array?.compactMap(\.string) ?? [] } ?? [])
    case "frame": self = .frame(try FoundFrame(line))
    case "stream":
      let isOver = line["state"]?.string == "ended"
      self = isOver ? line["stream"]?.string.map { .ended($0) } ?? .other : .other
    case "end": self = .end
    case "gap", "error", "stats": self = .other
    default: self = .unknown(String(type.prefix(40)))
    }
  }
}

/// What happened to the lines, for a person. It stays small however many there are.
struct LineTally {
  private(set) var frames = 0
  private var truncated = 0
  private var unknown = 0
  private var types: Set<String> = []
  private var said: [String] = []
  private var unsaid = 0

  private static let most = 20

  mutating func count(_ frame: FoundFrame) {
    frames += 1
    if frame.isTruncated { truncated += 1 }
  }

  mutating func countUnknown(_ type: String) {
    unknown += 1
    if types.count < 8 { types.insert(type) }
  }

  mutating func note(_ text: String) {
    if said.count < Self.most { said.append(text) } else { unsaid += 1 }
  }

  var notes: [String] {
    var notes = said
    if unsaid > 0 { notes.append("and \(unsaid) more such notes") }
    if unknown > 0 {
      let names = types.sorted().joined(separator: ", ")
      notes.append("\(unknown) lines of unknown type skipped (\(names))")
    }
    if truncated > 0 {
      notes.append("\(truncated) frame lines had been cut by their writer (truncated)")
    }
    return notes
  }
}
