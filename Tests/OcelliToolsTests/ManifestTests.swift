import OcelliTools
import Testing

@Suite struct ManifestTests {
  private let text = """
    # a comment
    suite node 2 of 4
    [strings are refused]
    node/test_string   # and why not
    [training is not our field]
    node/test_adam
    """

  @Test func `suites, reasons and cases are read`() throws {
    let manifest = try ConformanceManifest(parsing: text)
    #expect(manifest.suites == [.init(name: "node", passing: 2, count: 4)])
    #expect(
      manifest.excused == [
        "node/test_string": "strings are refused", "node/test_adam": "training is not our field",
      ])
  }

  @Test(arguments: [
    ("suite node 2", "line 1"), ("node/test_a", "without a reason"),
    ("[why]\nnode/test_a\nnode/test_a", "twice"), ("[why]\nnode/test_a node/test_b", "one case"),
  ])
  func `a line that says nothing is an error with its number`(_ text: String, _ words: String) {
    do {
      let manifest = try ConformanceManifest(parsing: text)
      Issue.record("\(manifest)")
    } catch { #expect("\(error)".contains(words)) }
  }

  @Test func `outcomes as stated breach nothing`() throws {
    let manifest = try ConformanceManifest(parsing: text)
    let outcomes: [(name: String, outcome: ConformanceOutcome)] = [
      ("node/test_abs", .passed), ("node/test_adam", .refused("Adam")),
      ("node/test_add", .passed), ("node/test_string", .refused("string")),
    ]
    #expect(manifest.breaches(outcomes, isWhole: true).isEmpty)
  }

  @Test func `each way to differ is told`() throws {
    let manifest = try ConformanceManifest(parsing: text)
    let outcomes: [(name: String, outcome: ConformanceOutcome)] = [
      ("node/test_abs", .wrong("3 where 4 is due")), ("node/test_add", .refused("Add")),
      ("node/test_string", .passed),
    ]
    let breaches = manifest.breaches(outcomes, isWhole: true)
    for words in [
      "node/test_abs is wrong: 3 where 4 is due", "node/test_add is refused: Add",
      "node/test_string passes, but is excused", "node/test_adam is excused, but there is no such",
      "node has 3 cases; 4 are due", "node passes 1 cases; 2 are due",
    ] {
      #expect(breaches.contains { $0.hasPrefix(words) }, "\(words)")
    }
    // A part of the cases says nothing of the numbers.
    #expect(manifest.breaches([outcomes[1]], isWhole: false).count == 1)
  }
}
