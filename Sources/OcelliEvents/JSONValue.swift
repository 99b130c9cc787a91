/// JSON as it was read, with the order of its keys. For validation and tests, not for speed.
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// `isInteger`: written without a point or an exponent.
  case number(Double, isInteger: Bool)
  case string(String)
  case array([JSONValue])
  case object([Member])

  package struct Member: Sendable, Equatable {
    package let key: String
    package let value: JSONValue
  }

  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  package var number: Double? {
    if case .number(let value, _) = self { value } else { nil }
  }

  package var array: [JSONValue]? {
    if case .array(let values) = self { values } else { nil }
  }

  /// Members in the order of the text.
  package var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }
}

/// Why a text is no JSON: what was wrong, at which byte.
package struct JSONFault: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

extension JSONValue {
  /// Reads one value that fills the whole text. Errors: duplicate keys, depth over 32, bad UTF-8.
  package init(parsing bytes: [UInt8]) throws(JSONFault) {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }
}

/// Reads RFC 8259, strictly.
private struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONFault) -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw fault("something after the value") }
    return value
  }

  private func fault(_ reason: String) -> JSONFault {
    JSONFault("byte \(position): \(reason)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
  }

  private mutating func take(_ literal: String) -> Bool {
    guard bytes[position...].starts(with: literal.utf8) else { return false }
    position += literal.utf8.count
    return true
  }

  private mutating func value() throws(JSONFault) -> JSONValue {
    skipSpace()
    depth += 1
    defer { depth -= 1 }
    guard depth <= 32 else { throw fault("nested too deeply") }
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    default:
      if take("true") { return .bool(true) }
      if take("false") { return .bool(false) }
      if take("null") { return .null }
      return try number()
    }
  }

  private mutating func object() throws(JSONFault) -> JSONValue {
    var members: [JSONValue.Member] = []
    var seen: Set<String> = []
    position += 1
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      let key = try string()
      guard seen.insert(key).inserted else { throw fault("duplicate key \(key)") }
      skipSpace()
      guard take(":") else { throw fault("no colon") }
      members.append(JSONValue.Member(key: key, value: try value()))
      skipSpace()
    } while take(",")
    guard take("}") else { throw fault("object not closed") }
    return .object(members)
  }

  private mutating func array() throws(JSONFault) -> JSONValue {
    var values: [JSONValue] = []
    position += 1
    skipSpace()
    if take("]") { return .array([]) }
    repeat {
      values.append(try value())
      skipSpace()
    } while take(",")
    guard take("]") else { throw fault("array not closed") }
    return .array(values)
  }

  private mutating func string() throws(JSONFault) -> String {
    guard take("\"") else { throw fault("no string") }
    var units: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("bare control character") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        units.append(contentsOf: try escape().utf8)
      } else {
        units.append(byte)
      }
    }
    guard take("\"") else { throw fault("string not closed") }
    guard let text = String(validating: units, as: UTF8.self) else { throw fault("no UTF-8") }
    return text
  }

  private mutating func escape() throws(JSONFault) -> String {
    let plain: [UInt8: String] = [
      UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
      UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
      UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]
    guard let letter = next else { throw fault("string not closed") }
    position += 1
    if let text = plain[letter] { return text }
    guard letter == UInt8(ascii: "u") else { throw fault("unknown escape") }
    var code = try codeUnit()
    if (0xD800..<0xDC00).contains(code), take("\\u") {
      // What lies beyond 16 bits comes in two halves.
      let low = try codeUnit()
      guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw fault("half a surrogate pair") }
    return String(scalar)
  }

  private mutating func codeUnit() throws(JSONFault) -> UInt32 {
    guard position + 4 <= bytes.count else { throw fault("string not closed") }
    let digits = bytes[position..<position + 4]
    guard digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("bad \\u escape") }
    position += 4
    return code
  }

  private mutating func number() throws(JSONFault) -> JSONValue {
    let start = position
    func isNumeric(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    while let byte = next, isNumeric(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let digits = text.drop { $0 == "-" }
    guard let first = digits.first, first.isNumber, text.last?.isNumber == true,
      !(first == "0" && digits.dropFirst().first?.isNumber == true),
      let value = Double(text), value.isFinite
    else { throw fault("no value") }
    return .number(value, isInteger: !text.contains { ".eE".contains($0) })
  }
}
