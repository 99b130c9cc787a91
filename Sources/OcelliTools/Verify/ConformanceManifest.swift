/// What a folder of cases must give: how many pass in each suite, and which are excused, and why.
///
/// A text file. `suite NAME PASSING of COUNT` states a suite, whose cases are called `NAME/…`. A line
/// in square brackets is a reason, and the cases under it are excused for it, one a line. `#` begins a
/// comment.
package struct ConformanceManifest: Sendable, Equatable {
  package struct Suite: Sendable, Equatable {
    package let name: String
    package let passing: Int
    package let count: Int

    package init(name: String, passing: Int, count: Int) {
      self.name = name
      self.passing = passing
      self.count = count
    }
  }

  package private(set) var suites: [Suite] = []
  /// Reasons by case.
  package private(set) var excused: [String: String] = [:]

  /// From a file. Errors: one that cannot be read, and those of `init(parsing:)`.
  package init(path: String) throws(ToolError) {
    try self.init(parsing: String(decoding: Files.read(path, limit: 1 << 20), as: UTF8.self))
  }

  /// Errors: a line that is none of the three, with its number; a case that stands twice.
  package init(parsing text: String) throws(ToolError) {
    var reason: String?
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let words = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
      guard let first = words.first else { continue }
      func fault(_ what: String) -> ToolError {
        ToolError(.badData, "the manifest's line \(index + 1): \(what)")
      }
      if first == "suite" {
        guard words.count == 5, words[3] == "of", let passing = Int(words[2]),
          let count = Int(words[4])
        else { throw fault("'suite NAME PASSING of COUNT' is due") }
        suites.append(Suite(name: words[1], passing: passing, count: count))
      } else if first.hasPrefix("["), line.hasSuffix("]") {
        reason = String(line.dropFirst().dropLast())
      } else {
        guard words.count == 1 else { throw fault("one case a line is due") }
        guard let reason else { throw fault("a case without a reason in brackets above it") }
        guard excused.updateValue(reason, forKey: first) == nil else {
          throw fault("\(first) stands twice")
        }
      }
    }
  }

  /// What the outcomes breach, one line each. `isWhole`: all cases of the suites were run, so that
  /// their numbers count.
  package func breaches(
    _ outcomes: [(name: String, outcome: ConformanceOutcome)], isWhole: Bool
  ) -> [String] {
    var breaches: [String] = []
    for (name, outcome) in outcomes {
      switch (outcome, excused[name]) {
      case (.passed, let reason?): breaches.append("\(name) passes, but is excused: \(reason)")
      case (.refused(let reason), nil): breaches.append("\(name) is refused: \(reason)")
      case (.wrong(let reason), _): breaches.append("\(name) is wrong: \(reason)")
      case (.passed, nil), (.refused, _?): break
      }
    }
    guard isWhole else { return breaches }
    let names = Set(outcomes.map(\.name))
    for name in excused.keys.sorted() where !names.contains(name) {
      breaches.append("\(name) is excused, but there is no such case")
    }
    for suite in suites {
      let own = outcomes.filter { $0.name.hasPrefix(suite.name + "/") }
      let passing = own.count { $0.outcome == .passed }
      if own.count != suite.count {
        breaches.append("\(suite.name) has \(own.count) cases; \(suite.count) are due")
      }
      if passing != suite.passing {
        breaches.append("\(suite.name) passes \(passing) cases; \(suite.passing) are due")
      }
    }
    return breaches
  }
}
