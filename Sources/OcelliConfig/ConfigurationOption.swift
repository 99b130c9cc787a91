/// One key of the configuration. Parsing, schema, sample and `config show` all read this.
package struct ConfigurationOption: Sendable {
  package enum Kind: Sendable, Equatable {
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

  package let name: String
  package let kind: Kind
  /// As it would stand in the file; nil where there is none.
  package var standard: String?
  package var unit: String?
  package var isRequired = false
  /// One line.
  package let meaning: String
  /// For the sample, where there is no default.
  package var example: String?
}

/// Options that stand together.
package struct OptionGroup: Sendable {
  package let name: String
  /// One entry a line, each a mapping of its own under a name that the user chooses.
  package let isNamed: Bool
  package let meaning: String
  package let options: [ConfigurationOption]

  package func option(_ name: String) -> ConfigurationOption? { options.first { $0.name == name } }
}
