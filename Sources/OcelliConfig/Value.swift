/// A value as an option's kind wants it.
package enum Value: Sendable, Equatable {
  /// `written` is what stands in the file, `text` what it means.
  case text(String, written: String)
  case integer(Int)
  case number(Double)
  case texts([String], written: [String])
  case numbers([Double])
}

/// One mapping as it was read: what was given, where, and the defaults for the rest.
package struct Settings: Sendable {
  /// Where the mapping stands, as a key (`streams.gate`).
  package let path: String
  package let values: [String: Value]
  package let places: [String: Place]

  package subscript(name: String) -> Value? { values[name] }

  package func text(_ name: String) -> String? {
    if case .text(let text, _)? = values[name] { text } else { nil }
  }

  package func integer(_ name: String) -> Int? {
    if case .integer(let value)? = values[name] { value } else { nil }
  }

  package func number(_ name: String) -> Double? {
    if case .number(let value)? = values[name] { value } else { nil }
  }

  package func texts(_ name: String) -> [String]? {
    if case .texts(let texts, _)? = values[name] { texts } else { nil }
  }

  package func numbers(_ name: String) -> [Float]? {
    if case .numbers(let values)? = values[name] { values.map(Float.init) } else { nil }
  }
}
