/// Everything that is wrong with a configuration, each with its place. No message holds a secret.
package struct ConfigError: Error, Equatable, CustomStringConvertible {
  /// One thing that is wrong.
  package struct Fault: Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// From 1; nil where the whole file is meant.
    package var line: Int?
    package var column: Int?
    /// Where in the configuration: `streams.gate.fps`.
    package var key: String?
    package var reason: String

    package var description: String {
      let place = line.map { "\(file):\($0):\(column ?? 1)" } ?? file
      return key.map { "\(place): \($0): \(reason)" } ?? "\(place): \(reason)"
    }
  }

  package let faults: [Fault]

  /// Takes the faults in any order.
  package init(_ faults: [Fault]) {
    self.faults = faults.sorted { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) }
  }

  /// One fault a line.
  package var description: String { faults.map(\.description).joined(separator: "\n") }
}
