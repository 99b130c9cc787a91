package import OcelliEvents
import OcelliVision

extension ModelCheck {
  /// How many ways a table shows.
  private static let shown = 12

  /// For a terminal.
  package var text: String {
    var text = "\(card.name): loads, compiles and runs"
    text += card.refusal.map { " on tensors; no pictures: \($0)\n" } ?? "\n"
    var outputs = Table(indent: 2)
    let words = card.refusal == nil ? ["black", "noise"] : ["zeros", "noise"]
    outputs.add("output", "shape", words[0], words[1])
    for (black, noise) in zip(health[0], health[1]) {
      outputs.add(
        black.name, black.shape.map(String.init).joined(separator: "×"), Self.range(black),
        Self.range(noise))
    }
    text += outputs.text
    guard !trials.isEmpty else { return text }
    text += "\n"
    var table = Table(indent: 2)
    table.add("", "color", "numbers", "resize", "score", "first picture")
    for (index, trial) in trials.enumerated() where index < Self.shown || trial.variant.isConcluded
    {
      let way = trial.variant
      table.add(
        way.isConcluded ? "→" : "", way.color.rawValue, way.range, way.resize.rawValue,
        trial.score.map { Decimal.text(Double($0), places: 3) } ?? "–", trial.found)
    }
    text += table.text
    if trials.count > Self.shown { text += "  of \(trials.count) ways; " } else { text += "  " }
    return text + "→ is what was concluded; \(pictures) picture\(pictures == 1 ? "" : "s")\n"
  }

  private static func range(_ output: OutputHealth) -> String {
    let numbers =
      "\(Decimal.text(output.minimum, places: 3)) … \(Decimal.text(output.maximum, places: 3))"
    return output.strange == 0 ? numbers : "\(numbers), \(output.strange) not finite"
  }

  /// What a person should hear, beside the table.
  package var warnings: [String] {
    if !strange.isEmpty {
      let names = Set(strange.map(\.name)).sorted().joined(separator: ", ")
      return ["\(card.name): numbers that are not finite come out of \(names)"]
    }
    guard let mine = concluded else { return [] }
    if let better, let advice {
      return [
        "another way of preparing pictures scores far higher: "
          + "\(Decimal.text(Double(better.score ?? 0), places: 2)) instead of "
          + "\(Decimal.text(Double(mine.score ?? 0), places: 2)); look at both, and if it is right:\n"
          + "  flags: \(advice.flags)\n  or in a sidecar:\n    \(advice.sidecar)"
      ]
    }
    if mine.score == nil {
      return [
        "\(card.task.value.rawValue): its findings have no confidence by which ways could be ranked"
      ]
    }
    if trials.allSatisfy({ ($0.score ?? 0) < 0.05 }) {
      return ["nothing to go by: show it a picture of what it knows"]
    }
    return []
  }

  /// What chooses the better way.
  package var advice: (flags: String, sidecar: String)? {
    guard let better, let mine = concluded else { return nil }
    let settings = better.variant.settings(unlike: mine.variant)
    return (
      settings.map { "--\($0.key) \($0.value)" }.joined(separator: " "),
      settings.map { key, value in
        let list = value.split(separator: ",").joined(separator: ", ")
        return "\(key): " + (value.contains(",") ? "[\(list)]" : value)
      }.joined(separator: "\n    ")
    )
  }

  package var json: JSONValue {
    .members([
      "model": .string(card.name), "sha256": .string(card.sha256),
      "task": .string(card.task.value.rawValue), "head": .string(card.head.value.name),
      "refusal": card.refusal.map { .string($0) },
      "finite": .bool(strange.isEmpty),
      "outputs": .array(
        zip(health[0], health[1]).map { black, noise in
          .members([
            "name": .string(black.name), "shape": .array(black.shape.map { .whole($0) }),
            "zeros": Self.json(black), "noise": Self.json(noise),
          ])
        }),
      "pictures": .whole(pictures), "variants": .array(trials.map(Self.json)),
      "better": advice.map { .members(["flags": .string($0.flags)]) },
    ])
  }

  private static func json(_ output: OutputHealth) -> JSONValue {
    .members([
      "minimum": .decimal(output.minimum, decimals: 6),
      "maximum": .decimal(output.maximum, decimals: 6), "not_finite": .whole(output.strange),
    ])
  }

  private static func json(_ trial: Trial) -> JSONValue {
    func list(_ values: [Float]) -> JSONValue {
      .array(values.map { .number(Double($0.description) ?? Double($0), isInteger: false) })
    }
    let way = trial.variant
    return .members([
      "concluded": .bool(way.isConcluded), "color": .string(way.color.rawValue),
      "mean": list(way.mean), "scale": list(way.scale), "resize": .string(way.resize.rawValue),
      "score": .decimal(trial.score.map(Double.init), decimals: 4),
      "first": .string(trial.found),
    ])
  }
}
