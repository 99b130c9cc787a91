/// The commented configuration that `ocelli config init` prints and `config/ocelli.yaml` holds.
package enum SampleConfiguration {
  package static let text: String = {
    var lines = [
      "# Configuration of ocelli run. Made by: ocelli config init",
      "# Check it with: ocelli config check FILE    Reload it with: systemctl reload ocelli",
      "#",
      "# Every string may hold ${VAR}, ${VAR:-otherwise}, ${file:PATH} and ${credential:NAME}",
      "# (systemd's LoadCredential=); $${ stands for ${. An editor completes keys with the schema",
      "# that ocelli config schema prints.",
      "",
      "# \(OptionTable.version.meaning)",
      "version: 1",
      "",
    ]
    lines += group(OptionTable.streams, entry: "gate", active: ["url", "fps"])
    lines += [
      "", "  # As many as you like. A file is watched once, from its beginning to its end.",
    ]
    lines += ["  # yard:", "  #   url: /dev/video0", ""]
    lines += group(OptionTable.models, entry: "default", active: ["path"])
    lines += ["", "# \(OptionTable.outputs.meaning)"]
    lines += ["# Members of the group ocelli may read the socket. A file is opened anew on reload."]
    lines += ["# Default: \(OptionTable.outputs.standard ?? "none")"]
    lines += ["outputs:", "  - unix:/run/ocelli/lines.sock", "  # - \"-\"", ""]
    lines += group(OptionTable.limits, entry: nil, active: [])
    return lines.joined(separator: "\n") + "\n"
  }()

  private static func group(
    _ group: OptionGroup, entry: String?, active: Set<String>
  ) -> [String] {
    var lines = ["# \(group.meaning)"]
    // A mapping of nothing but comments would be null.
    lines.append(active.isEmpty ? "# \(group.name):" : "\(group.name):")
    if let entry { lines.append("  \(entry):") }
    let indent = entry == nil ? "  " : "    "
    for option in group.options {
      let fallback = option.standard.map { " Default: \($0)" } ?? ""
      let unit = option.unit.map { " Unit: \($0)." } ?? ""
      let choices =
        if case .choice(let names) = option.kind {
          " One of \(names.joined(separator: ", "))."
        } else {
          ""
        }
      lines += wrap("\(option.meaning)\(choices)\(unit)\(fallback)", indent: indent)
      let value = option.standard ?? option.example ?? ""
      lines.append("\(indent)\(active.contains(option.name) ? "" : "# ")\(option.name): \(value)")
    }
    return lines
  }

  /// Comment lines of at most 100 columns.
  private static func wrap(_ text: String, indent: String) -> [String] {
    var lines: [String] = []
    var line = "\(indent)#"
    for word in text.split(separator: " ") {
      if line.count + word.count + 1 > 100 {
        lines.append(line)
        line = "\(indent)#"
      }
      line += " \(word)"
    }
    return lines + [line]
  }
}
