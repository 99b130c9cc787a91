/// Turns lines into bytes: one JSON object and a line feed each, in one order of keys.
///
/// A line stays under `limit` bytes: a list ends early where it must, an element that holds a
/// number that is not finite is left out, and either way the line says `"truncated":true`.
package struct LineEncoder: Sendable {
  /// The longest line. Units: bytes, the line feed included.
  package static let limit = 1 << 20
  /// Lists stop here, so that what follows them still fits.
  static let listLimit = limit - 128 * 1024

  /// Leaves out what differs from run to run, so that the same file gives the same bytes.
  package let stable: Bool
  var json = JSONWriter()
  private var truncated = false

  package init(stable: Bool) { self.stable = stable }

  /// The bytes of `line` in a buffer that the next call overwrites.
  /// Units: microseconds since 1970, the line's own `time`.
  package mutating func encode(
    _ line: Line, sequence: UInt64, timeMicroseconds: Int64
  ) -> [UInt8] {
    json.clear()
    truncated = false
    json.open()
    json.key("v")
    json.integer(1)
    json.key("type")
    json.string(line.type)
    json.key("seq")
    json.integer(sequence)
    if !stable {
      json.key("time")
      json.time(timeMicroseconds)
    }
    switch line {
    case .hello(let hello): write(hello)
    case .stream(let stream): write(stream)
    case .frame(let frame): write(frame)
    case .gap(let gap): write(gap)
    case .error(let error): write(error)
    case .stats(let stats): write(stats)
    case .end(let end): write(end)
    }
    if truncated {
      json.key("truncated")
      json.bool(true)
    }
    json.close()
    json.endLine()
    return json.bytes
  }

  // MARK: Pieces that all lines share

  mutating func text(_ key: String, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    json.key(key)
    json.string(value)
  }

  mutating func whole(_ key: String, _ value: Int?) {
    guard let value else { return }
    json.key(key)
    json.integer(value)
  }

  mutating func decimal(_ key: String, _ value: Double?, decimals: Int, exact: Bool = false) {
    guard let value, value.isFinite else { return }
    json.key(key)
    if exact {
      json.fixed(value, decimals: decimals)
    } else {
      json.trimmed(value, decimals: decimals)
    }
  }

  /// A list that ends before the line grows too long.
  mutating func list<Element>(
    _ key: String, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Bool
  ) {
    json.key(key)
    json.openArray()
    for element in elements {
      let before = json.mark
      let isWhole = write(&json, element)
      if json.bytes.count > Self.listLimit {
        json.rewind(to: before)
        truncated = true
        break
      }
      if !isWhole {
        json.rewind(to: before)
        truncated = true
      }
    }
    json.closeArray()
  }

  /// An object of objects that ends before the line grows too long.
  mutating func table<Element>(
    _ key: String, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    json.key(key)
    json.open()
    for element in elements {
      let before = json.mark
      write(&json, element)
      if json.bytes.count > Self.listLimit {
        json.rewind(to: before)
        truncated = true
        break
      }
    }
    json.close()
  }
}
