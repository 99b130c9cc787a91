import Glibc
import OcelliVision

/// What `--labels` takes: a file with a name a line, or names between commas.
package enum LabelsOption {
  /// Units: bytes.
  private static let limit = 4 << 20

  /// The names. Errors: a file that is there and cannot be read, or no name at all.
  package static func read(_ text: String) throws(ToolError) -> [String] {
    let names: [String]
    if unsafe access(text, F_OK) == 0 {
      let bytes = try Files.read(text, limit: limit)
      guard let words = String(validating: bytes, as: UTF8.self) else {
        throw ToolError(.badData, "\(text): labels are read as UTF-8, and this is none")
      }
      names = Labels.lines(words)
    } else if text.contains(",") {
      names = Labels.parse(text) ?? []
    } else {
      throw ToolError(
        .inputMissing, "--labels \(text): no such file (a list of names has commas: person,car)")
    }
    guard (1...Labels.maximumCount).contains(names.count) else {
      throw ToolError(.badData, "--labels \(text): \(names.count) names; 1 to 65,536 are taken")
    }
    return names
  }
}
