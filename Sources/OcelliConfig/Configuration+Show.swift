import OcelliMedia
import OcelliSinks

extension Configuration {
  /// The configuration as it is understood, defaults included, as YAML. It shows references, not
  /// what they stand for, and no secret.
  package var shown: String {
    var lines = ["version: 1", "streams:"]
    for stream in streams {
      lines.append("  \(stream.name):")
      for option in OptionTable.streams.options {
        guard let value = stream.settings[option.name] else { continue }
        let shown =
          option.name == "url" ? Self.url(value, stream) : Self.show(value, option)
        lines.append("    \(option.name): \(shown)")
      }
    }
    lines.append("models:")
    for model in models {
      lines.append("  \(model.name):")
      lines += Self.lines(model.settings, OptionTable.models, indent: "    ")
    }
    lines.append("outputs:")
    lines += writtenOutputs.map { "  - \(Self.quote($0))" }
    lines.append("limits:")
    lines += Self.lines(limits.settings, OptionTable.limits, indent: "  ")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(
    _ settings: Settings, _ group: OptionGroup, indent: String
  ) -> [String] {
    group.options.compactMap { option in
      settings[option.name].map { "\(indent)\(option.name): \(show($0, option))" }
    }
  }

  /// An address that was written out is shown without its secrets.
  private static func url(_ value: Value, _ stream: Stream) -> String {
    guard case .text(_, let written) = value else { return "" }
    return quote(
      Interpolation.isNeeded(for: written) ? "***" : stream.address.description)
  }

  private static func show(_ value: Value, _ option: ConfigurationOption) -> String {
    if option.kind == .secret || option.name == "username" { return "\"***\"" }
    switch value {
    case .text(_, let written): return quote(written)
    case .integer(let number): return String(number)
    case .number(let number): return plain(number)
    case .texts(_, let written): return "[" + written.map(quote).joined(separator: ", ") + "]"
    case .numbers(let numbers): return "[" + numbers.map(plain).joined(separator: ", ") + "]"
    }
  }

  /// YAML takes JSON's strings.
  private static func quote(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
