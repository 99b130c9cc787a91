import OcelliVocabulary
package import Yams

/// Reads nodes by the option table and gathers all that is wrong.
package struct SettingsReader {
  package let file: String
  package let interpolation: Interpolation
  package private(set) var faults: [ConfigError.Fault] = []

  package init(file: String, interpolation: Interpolation) {
    self.file = file
    self.interpolation = interpolation
  }

  package mutating func fail(_ reason: String, at place: Place?, key: String?) {
    faults.append(
      ConfigError.Fault(
        file: file, line: place?.line, column: place?.column, key: key, reason: reason))
  }

  /// The members of a mapping under known keys; others are faults with the nearest known one.
  package mutating func members(
    _ node: Node, path: String, known: [String]
  ) -> [String: Node] {
    guard case .mapping(let mapping) = node else {
      fail(
        "must hold keys and values (key: value), here \(known.prefix(4).joined(separator: ", "))…",
        at: node.place, key: path.isEmpty ? nil : path)
      return [:]
    }
    var found: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.string else {
        fail("a key must be a word", at: key.place, key: path.isEmpty ? nil : path)
        continue
      }
      guard known.contains(name) else {
        let hint = Nearest.to(name, in: known).map { "did you mean \($0)?" }
        fail(
          "unknown key; " + (hint ?? "known here: \(known.joined(separator: ", "))"),
          at: key.place, key: path.isEmpty ? name : "\(path).\(name)")
        continue
      }
      found[name] = value
    }
    return found
  }

  /// Reads one mapping of options, with the defaults of what is not there.
  package mutating func settings(_ node: Node?, _ group: OptionGroup, path: String) -> Settings {
    var values: [String: Value] = [:]
    var places: [String: Place] = [:]
    let given = node.map { members($0, path: path, known: group.options.map(\.name)) } ?? [:]
    for option in group.options {
      let key = "\(path).\(option.name)"
      if let node = given[option.name] {
        places[option.name] = node.place
        values[option.name] = value(node, option, key: key)
      } else if let standard = option.standard {
        values[option.name] = try? Yams.compose(yaml: standard).flatMap {
          value($0, option, key: key)
        }
      } else if option.isRequired, let node, case .mapping = node {
        fail("is missing (\(option.meaning))", at: node.place, key: key)
      }
    }
    return Settings(path: path, values: values, places: places)
  }

  /// One value of an option's kind; nil after a fault.
  package mutating func value(_ node: Node, _ option: ConfigurationOption, key: String) -> Value? {
    switch option.kind {
    case .texts:
      guard case .sequence(let sequence) = node else {
        return text(node, key: key).map { .texts([$0.text], written: [$0.written]) }
      }
      let texts = sequence.compactMap { text($0, key: key) }
      guard texts.count == sequence.count else { return nil }
      return .texts(texts.map(\.text), written: texts.map(\.written))
    case .numbers(let count):
      guard case .sequence(let sequence) = node, sequence.count == count else {
        fail("must be a list of \(count) numbers", at: node.place, key: key)
        return nil
      }
      let numbers = sequence.map { number($0, in: -1e9...1e9, unit: option.unit, key: key) }
      return numbers.contains(nil) ? nil : .numbers(numbers.compactMap { $0 })
    case .text, .secret:
      return text(node, key: key).map { .text($0.text, written: $0.written) }
    case .choice(let choices):
      guard let found = text(node, key: key) else { return nil }
      guard choices.contains(found.text) else {
        let hint = Nearest.to(found.text, in: choices).map { "; did you mean \($0)?" } ?? ""
        fail("must be one of \(choices.joined(separator: ", "))\(hint)", at: node.place, key: key)
        return nil
      }
      return .text(found.text, written: found.written)
    case .every:
      guard let found = text(node, key: key) else { return nil }
      if found.text == "key" { return .text("key", written: found.written) }
      return integer(node, in: 1...1_000_000, unit: "or key", key: key).map { .integer($0) }
    case .size:
      guard let found = text(node, key: key) else { return nil }
      let sides = found.text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard sides.count == 2, sides.allSatisfy({ (1...8192).contains($0 ?? 0) }) else {
        fail("must be WIDTHxHEIGHT, each from 1 to 8192 (416x416)", at: node.place, key: key)
        return nil
      }
      return .text(found.text, written: found.written)
    case .integer(let range):
      return integer(node, in: range, unit: option.unit, key: key).map { .integer($0) }
    case .number(let range):
      return number(node, in: range, unit: option.unit, key: key).map { .number($0) }
    }
  }

  /// A scalar with its references replaced; nil after a fault.
  package mutating func text(_ node: Node, key: String) -> (text: String, written: String)? {
    guard case .scalar(let scalar) = node, !isNull(scalar) else {
      fail("must be a single value", at: node.place, key: key)
      return nil
    }
    guard Interpolation.isNeeded(for: scalar.string) else { return (scalar.string, scalar.string) }
    do {
      return (try interpolation.resolve(scalar.string), scalar.string)
    } catch {
      fail(error.reason, at: node.place, key: key)
      return nil
    }
  }

  private func isNull(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
  }

  private mutating func integer(
    _ node: Node, in range: ClosedRange<Int>, unit: String?, key: String
  ) -> Int? {
    guard let found = text(node, key: key) else { return nil }
    guard let value = Int(found.text), range.contains(value) else {
      let words = unit.map { " \($0)" } ?? ""
      fail(
        range.count == 1
          ? "must be \(range.lowerBound)"
          : "must be a whole number from \(range.lowerBound) to \(range.upperBound)\(words)",
        at: node.place, key: key)
      return nil
    }
    return value
  }

  private mutating func number(
    _ node: Node, in range: ClosedRange<Double>, unit: String?, key: String
  ) -> Double? {
    guard let found = text(node, key: key) else { return nil }
    guard let value = Double(found.text), range.contains(value) else {
      let words = unit.map { " \($0)" } ?? ""
      fail(
        "must be a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))\(words)",
        at: node.place, key: key)
      return nil
    }
    return value
  }
}

/// A number without `.0` where it is whole.
package func plain(_ number: Double) -> String {
  number == number.rounded() && number.magnitude < 1e15
    ? String(Int64(number)) : number.description
}
