import BuiltInModel
package import OcelliGraph
import OcelliONNX
package import OcelliVision

/// Where a model comes from.
package enum ModelSource: Sendable, Equatable, CustomStringConvertible {
  case builtIn
  case file(String)

  /// nil: the built-in model.
  package init(_ path: String?) { self = path.map { .file($0) } ?? .builtIn }

  package var description: String {
    switch self {
    case .builtIn: BuiltInModel.name
    case .file(let path): path
    }
  }

  /// The name in lines and messages: no folders.
  var name: String {
    description.split(separator: "/").last.map(String.init) ?? description
  }

  /// Where external data lie; nil for the built-in model.
  var path: String? {
    if case .file(let path) = self { path } else { nil }
  }

  /// The file's bytes. Errors: no such file, no permission, too large.
  func bytes() throws(ToolError) -> [UInt8] {
    switch self {
    case .builtIn:
      let span = BuiltInModel.bytes
      return unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    case .file(let path): return try Files.read(path, limit: ONNXImporter.maximumFileSize)
    }
  }

  /// The graph as the file has it. Errors: also where it is no ONNX model that can be imported.
  package func graph() throws(ToolError) -> Graph {
    let bytes = try bytes()
    do { return try ONNXImporter.importModel(bytes: bytes) } catch {
      throw ToolError(.badData, "\(self): \(error)")
    }
  }

  /// The graph and what it is concluded to be.
  package func card(
    overrides: CardOverrides = CardOverrides()
  ) throws(ToolError) -> (graph: Graph, card: ModelCard) {
    let bytes = try bytes()
    do {
      let graph = try ONNXImporter.importModel(bytes: bytes)
      var card = try ModelCard.conclude(
        from: graph, sha256: SHA256.hexadecimal(bytes.span), overrides: overrides)
      if card.name.isEmpty { card.name = description }
      return (graph, card)
    } catch { throw ToolError(.badData, "\(self): \(error)") }
  }

  /// The extents of its picture input, where it has one, for a session. Empty: the file's own.
  package func inputShape(size: InputSize?) throws(ToolError) -> (graph: Graph, shape: [Int?]) {
    let (graph, card) = try card(overrides: CardOverrides(size: size))
    return (graph, card.inputShape)
  }
}
