import Foundation
import Testing

/// The repository is read and held against its own rules; `make lint` runs the same scripts.
@Suite struct HouseTests {
  @Test func `every import is one that the manifest and the table of layers list`() throws {
    try expectSuccess("scripts/check-layers")
  }

  @Test(arguments: ["lengths", "sizes", "rooms", "unsafe", "links", "words", "top-level"])
  func `the rule holds`(rule: String) throws {
    try expectSuccess("scripts/check-house", rule)
  }

  @Test func `make help names every target that the README names`() throws {
    let readme = try String(contentsOf: Script.root.appending(path: "README.md"), encoding: .utf8)
    let help = try Script.run("make", "--no-print-directory", "help").output
    let named = readme.matches(of: /make ([a-z]+)/).map { String($0.output.1) }
    #expect(named.contains("demo"))
    #expect(named.contains("test"))
    for target in Set(named) {
      #expect(help.contains("make \(target) "), "make help lacks \(target)")
    }
  }

  private func expectSuccess(_ command: String...) throws {
    let result = try Script.run(command)
    #expect(result.status == 0, "\(command.joined(separator: " ")):\n\(result.output)")
  }
}
