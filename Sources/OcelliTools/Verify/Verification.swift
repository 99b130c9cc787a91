package import OcelliEvents

/// `ocelli model verify`: runs the cases in a folder and says what became of them.
package struct Verification: Sendable {
  package private(set) var outcomes: [(name: String, outcome: ConformanceOutcome)] = []
  /// What the manifest says otherwise; empty without one.
  package private(set) var breaches: [String] = []

  /// `filter`: only cases whose name has this in it. `report`: called after each case.
  /// Errors: a folder without cases, a filter that leaves none, files that cannot be read.
  package init(
    folder: String, stage: ConformanceStage, filter: String? = nil,
    manifest: ConformanceManifest? = nil, threads: Int = 1,
    report: (_ name: String, _ outcome: ConformanceOutcome) throws(ToolError) -> Void = { _, _ in }
  ) throws(ToolError) {
    var cases = try ConformanceCase.find(in: folder)
    // A suite that the manifest does not know is not its business.
    if let manifest {
      cases.removeAll { test in
        !manifest.suites.contains { test.name.hasPrefix($0.name + "/") }
      }
    }
    if let filter { cases.removeAll { !$0.name.contains(filter) } }
    guard !cases.isEmpty else {
      throw ToolError(
        .inputMissing,
        "\(folder): no case "
          + (filter.map { "has '\($0)' in its name" } ?? "is of the manifest's suites"))
    }
    let run = ConformanceRun(stage: stage, threads: threads)
    for test in cases {
      let outcome = try run.outcome(of: test)
      outcomes.append((test.name, outcome))
      try report(test.name, outcome)
    }
    breaches = manifest?.breaches(outcomes, isWhole: filter == nil) ?? []
  }

  package func count(_ word: String) -> Int { outcomes.count { $0.outcome.word == word } }

  /// Whether something is wrong, or not as the manifest says.
  package var failed: Bool { count("wrong") > 0 || !breaches.isEmpty }

  /// One line, and the breaches before it.
  package var summary: String {
    breaches.map { "not as the manifest says: \($0)\n" }.joined()
      + "\(outcomes.count) cases: \(count("passed")) passed, \(count("refused")) refused,"
      + " \(count("wrong")) wrong\n"
  }

  /// The summary as one JSON object.
  package var json: JSONValue {
    .members([
      "cases": .whole(outcomes.count), "passed": .whole(count("passed")),
      "refused": .whole(count("refused")), "wrong": .whole(count("wrong")),
      "breaches": breaches.isEmpty ? nil : .array(breaches.map { .string($0) }),
    ])
  }

  /// A case as one JSON object.
  package static func json(_ name: String, _ outcome: ConformanceOutcome) -> JSONValue {
    .members([
      "case": .string(name), "outcome": .string(outcome.word),
      "reason": outcome.reason.map { .string($0) },
    ])
  }
}
