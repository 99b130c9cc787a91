/// One key of the configuration. Parsing, schema, sample and `config show` all read this.
struct Option: Sendable {
  enum Kind: Sendable, Equatable {
    case text
    /// Text that is never shown.
    case secret
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
    case texts
    case numbers(count: Int)
    /// A count from 1 on, or `key`.
    case every
    /// `WIDTHxHEIGHT`.
    case size
  }

  let name: String
  let kind: Kind
  /// As it would stand in the file; nil where there is none.
  var standard: String?
  var unit: String?
  var isRequired = false
  /// One line.
  let meaning: String
  /// For the sample, where there is no default.
  var example: String?
}

/// Options that stand together.
struct OptionGroup: Sendable {
  let name: String
  /// One entry a line, each a mapping of its own under a name that the user chooses.
  let isNamed: Bool
  let meaning: String
  let options: [Option]

  func option(_ name: String) -> Option? { options.first { $0.name == name } }
}
