extension JSONValue {
  /// An object whose absent members are left out. Keys stay in the given order.
  package static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
    .object(
      members.compactMap { key, value in value.map { JSONValue.Member(key: key, value: $0) } })
  }

  /// An object whose keys are data. Traps: none; the caller answers for keys that come twice.
  package static func table(_ members: [(key: String, value: JSONValue)]) -> JSONValue {
    .object(members.map { JSONValue.Member(key: $0.key, value: $0.value) })
  }

  /// A whole number.
  package static func whole(_ value: Int) -> JSONValue {
    .number(Double(value), isInteger: true)
  }

  /// A number with at most `decimals` places; nil where it is not finite.
  package static func decimal(_ value: Double?, decimals: Int) -> JSONValue? {
    guard let value, value.isFinite else { return nil }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    return .number((value * scale).rounded() / scale, isInteger: false)
  }

  /// The value on one line, without a line feed.
  package var text: String {
    var json = JSONWriter()
    write(to: &json)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// Appends the value. Strings over 4 KiB are cut.
  package func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.null()
    case .bool(let value): json.bool(value)
    case .number(let value, let isInteger):
      // A number from a file may be whole and yet too large for an Int.
      if isInteger, let whole = Int(exactly: value) {
        json.integer(whole)
      } else {
        json.shortest(value)
      }
    case .string(let value): json.string(value)
    case .array(let values): json.array { json in for value in values { value.write(to: &json) } }
    case .object(let members):
      json.object { json in
        for member in members {
          json.key(text: member.key)
          member.value.write(to: &json)
        }
      }
    }
  }
}
