/// Appends JSON to a byte buffer that lives from line to line, or is taken piece by piece. The caller
/// decides the keys' order.
package struct JSONWriter {
  /// No string is longer than this many bytes of UTF-8; a longer one is cut and ends in an ellipsis.
  static let stringLimit = 4096

  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() { bytes.reserveCapacity(4096) }

  /// A place to come back to.
  struct Mark {
    fileprivate let count: Int
    fileprivate let needsComma: Bool
  }

  var mark: Mark { Mark(count: bytes.count, needsComma: needsComma) }

  /// Takes back all that was written after `mark`.
  mutating func rewind(to mark: Mark) {
    bytes.removeLast(bytes.count - mark.count)
    needsComma = mark.needsComma
  }

  mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// Hands over what is written so far; what follows goes on behind it.
  package mutating func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  /// A value was written behind the last key by somebody else.
  package mutating func resume() { needsComma = true }

  mutating func endLine() { bytes.append(UInt8(ascii: "\n")) }

  // MARK: Structure

  /// A key that needs no escaping.
  package mutating func key(_ name: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: name.utf8)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A key that may be any text.
  package mutating func key(text: String) {
    string(text)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func open() { begin("{") }
  package mutating func close() { end("}") }
  package mutating func openArray() { begin("[") }
  package mutating func closeArray() { end("]") }

  package mutating func object(_ body: (inout JSONWriter) -> Void) {
    open()
    body(&self)
    close()
  }

  package mutating func array(_ body: (inout JSONWriter) -> Void) {
    openArray()
    body(&self)
    closeArray()
  }

  // MARK: Values

  package mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  package mutating func integer(_ value: some BinaryInteger) {
    separate()
    appendDigits(of: UInt64(clamping: value.magnitude), negative: value < 0)
  }

  /// A finite number with exactly `decimals` places. Traps: none; a magnitude over 10^12 is clamped.
  package mutating func fixed(_ value: Double, decimals: Int) {
    separate()
    appendFixed(value, decimals: decimals, trimmed: false)
  }

  /// A finite number with at most `decimals` places and no zeros at the end.
  package mutating func trimmed(_ value: Double, decimals: Int) {
    separate()
    appendFixed(value, decimals: decimals, trimmed: true)
  }

  /// A finite number, the shortest text that reads back as the same `Float`.
  mutating func shortest(_ value: Float) {
    separate()
    bytes.append(contentsOf: value.description.utf8)
  }

  /// A finite number, the shortest text that reads back as the same `Double`.
  package mutating func shortest(_ value: Double) {
    separate()
    bytes.append(contentsOf: value.description.utf8)
  }

  mutating func time(_ microseconds: Int64) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    Timestamp.append(microseconds, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  package mutating func string(_ value: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    if value.utf8.count <= Self.stringLimit {
      for byte in value.utf8 { escape(byte) }
    } else {
      var room = Self.stringLimit - 3
      for scalar in value.unicodeScalars {
        let encoded = UTF8.encode(scalar)!
        guard encoded.count <= room else { break }
        room -= encoded.count
        for byte in encoded { escape(byte) }
      }
      bytes.append(contentsOf: "…".utf8)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// ASCII of any length, never cut: half of it would be worth nothing.
  package mutating func whole(_ text: [UInt8]) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text { escape(byte) }
    bytes.append(UInt8(ascii: "\""))
  }

  // MARK: Pieces

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func begin(_ bracket: Unicode.Scalar) {
    separate()
    bytes.append(UInt8(ascii: bracket))
    needsComma = false
  }

  private mutating func end(_ bracket: Unicode.Scalar) {
    bytes.append(UInt8(ascii: bracket))
    needsComma = true
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case UInt8(ascii: "\n"):
      bytes.append(contentsOf: "\\n".utf8)
    case UInt8(ascii: "\t"):
      bytes.append(contentsOf: "\\t".utf8)
    case 0..<0x20:
      bytes.append(contentsOf: (byte < 0x10 ? "\\u000" : "\\u001").utf8)
      let digit = byte & 15
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    default:
      bytes.append(byte)
    }
  }

  private mutating func appendDigits(of magnitude: UInt64, negative: Bool) {
    if negative { bytes.append(UInt8(ascii: "-")) }
    var divisor: UInt64 = 1
    while magnitude / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(magnitude / divisor % 10))
      divisor /= 10
    }
  }

  private mutating func appendFixed(_ value: Double, decimals: Int, trimmed: Bool) {
    var scale: UInt64 = 1
    for _ in 0..<decimals { scale *= 10 }
    let bounded = value.isNaN ? 0 : min(max(value, -1e12), 1e12)
    let scaled = (bounded.magnitude * Double(scale)).rounded(.toNearestOrEven)
    let magnitude = UInt64(scaled)
    appendDigits(of: magnitude / scale, negative: bounded < 0 && magnitude > 0)
    var fraction = magnitude % scale
    if trimmed {
      while scale > 1, fraction % 10 == 0 {
        fraction /= 10
        scale /= 10
      }
    }
    guard scale > 1 else { return }
    bytes.append(UInt8(ascii: "."))
    while scale > 1 {
      scale /= 10
      bytes.append(UInt8(ascii: "0") + UInt8(fraction / scale % 10))
    }
  }
}
