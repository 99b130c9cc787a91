import Foundation
package import Yams

/// A place in a file, from 1.
package struct Place: Sendable, Equatable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}

extension Node {
  /// Where the node begins.
  package var place: Place? { mark.map(Place.init) }
}

/// The YAML of one file, before anybody asks what it means.
package struct Document {
  /// Units: bytes.
  package static let longest = 1 << 20
  package static let deepest = 32

  package let root: Node

  /// Errors: no YAML, too long, too deep, duplicate keys, anchors or aliases, several documents.
  package init(_ bytes: [UInt8], file: String) throws(ConfigError) {
    func fail(_ reason: String, _ mark: Place? = nil) -> ConfigError {
      ConfigError([
        ConfigError.Fault(
          file: file, line: mark?.line, column: mark?.column, key: nil, reason: reason)
      ])
    }
    guard bytes.count <= Self.longest else { throw fail("longer than 1 MiB") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw fail("no UTF-8 text") }
    if Self.mayExpand(text) {
      throw fail("anchors (&) and aliases (*) are not supported; write the value out")
    }
    var faults: [ConfigError.Fault] = []
    do {
      let parser = try Parser(yaml: text)
      guard let first = try parser.nextRoot() else {
        throw fail("the file is empty; try: ocelli config init")
      }
      guard try parser.nextRoot() == nil else {
        throw fail("holds more than one document (---)")
      }
      root = first
      // Anchors live as long as the parser.
      withExtendedLifetime(parser) {
        Self.check(first, depth: 1) { reason, mark in faults += fail(reason, mark).faults }
      }
    } catch let error as ConfigError {
      throw error
    } catch let error as YamlError {
      throw Self.translate(error, text, fail)
    } catch {
      throw fail("no YAML: \(error)")
    }
    guard faults.isEmpty else { throw ConfigError(faults) }
  }

  /// Anchors alone are found in the tree; with aliases the tree may be exponentially large.
  private static func mayExpand(_ text: String) -> Bool {
    func tokens(_ sign: Character) -> Bool {
      var previous: Character = "\n"
      var afterSign = false
      for character in text {
        if afterSign, character.isLetter || character.isNumber || character == "_" { return true }
        afterSign = character == sign && (previous.isWhitespace || "[{,".contains(previous))
        previous = character
      }
      return false
    }
    return tokens("&") && tokens("*")
  }

  private static func check(_ node: Node, depth: Int, _ fail: (String, Place?) -> Void) {
    if node.anchor != nil {
      fail("anchors (&) are not supported; write the value out", node.place)
      return
    }
    guard depth <= deepest else {
      fail("nested more than \(deepest) deep", node.place)
      return
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        check(key, depth: depth + 1, fail)
        check(value, depth: depth + 1, fail)
      }
    case .sequence(let sequence):
      for element in sequence { check(element, depth: depth + 1, fail) }
    case .scalar, .alias:
      break
    }
  }

  private static func translate(
    _ error: YamlError, _ text: String, _ fail: (String, Place?) -> ConfigError
  ) -> ConfigError {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let detail = context.map { " (\($0.text))" } ?? ""
      return fail("no YAML: \(problem)\(detail)", Place(mark))
    case .duplicatedKeysInMapping(let duplicates, let context):
      let faults = duplicates.flatMap { key in
        fail("\(key): stands here a second time", second(key, in: text, from: Place(context.mark)))
          .faults
      }
      return ConfigError(faults)
    case .reader(let problem, _, _, _):
      return fail("no YAML: \(problem)", nil)
    default:
      return fail("no YAML", nil)
    }
  }

  /// Where a key stands for the second time in the mapping that begins at `mark`.
  private static func second(_ key: String, in text: String, from start: Place) -> Place {
    var seen = 0
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated().dropFirst(start.line - 1) {
      let indent = line.prefix { $0 == " " }.count
      let words = line.dropFirst(indent)
      guard indent == start.column - 1,
        ["\(key):", "\"\(key)\":", "'\(key)':"].contains(where: { words.hasPrefix($0) })
      else { continue }
      seen += 1
      if seen == 2 { return Place(line: index + 1, column: indent + 1) }
    }
    return start
  }
}
