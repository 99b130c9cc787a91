package import OcelliEngine
package import OcelliGraph
import OcelliONNX
import OcelliTensor

/// A model made ready: its graph, its card, and the session that all its analyzers share.
package struct VisionModel: Sendable {
  package let card: ModelCard
  /// As the file has it.
  package let graph: Graph
  package let session: Session

  /// Loads an ONNX file. Errors: `.model` with the path, what is wrong and the remedy.
  package init(
    path: String, overrides: CardOverrides = CardOverrides()
  ) throws(VisionError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try self.init(bytes: try Self.read(path), name: name, overrides: overrides)
  }

  /// From a file's bytes; `name` stands in lines and messages. Errors: as above.
  package init(
    bytes: [UInt8], name: String, overrides: CardOverrides = CardOverrides()
  ) throws(VisionError) {
    let graph = try Self.graph(bytes, name: name)
    let sha256 = SHA256.hexadecimal(bytes.span)
    let found = try ModelCard.specialize(graph, sha256: sha256, overrides: overrides)
    card = found.card.named(name)
    self.graph = graph
    let options = SessionOptions(
      inputShape: card.inputShape,
      channelsLastInput: card.refusal == nil && card.preprocessing.layout.value == .nchw)
    do {
      session =
        if let simplified = found.simplified {
          try Session(simplified: simplified, options: options)
        } else {
          try Session(graph, options: options)
        }
    } catch {
      throw .model("\(name): \(error)")
    }
  }

  /// What the file says of itself and what follows from it; nothing is made ready to run.
  /// Errors: as above.
  package static func inspect(
    path: String, overrides: CardOverrides = CardOverrides()
  ) throws(VisionError) -> ModelReport {
    try inspect(bytes: try read(path), name: path, overrides: overrides)
  }

  /// As above, from a file's bytes.
  package static func inspect(
    bytes: [UInt8], name: String, overrides: CardOverrides = CardOverrides()
  ) throws(VisionError) -> ModelReport {
    let graph = try graph(bytes, name: name)
    let found = try ModelCard.specialize(
      graph, sha256: SHA256.hexadecimal(bytes.span), overrides: overrides)
    return ModelReport(file: name, graph: graph, simplified: found.simplified, card: found.card)
  }

  /// Who analyses pictures with this model, one picture at a time, on the crew's threads.
  /// Errors: `.model` where the model cannot take pictures or the settings do not fit it.
  package func makeAnalyzer(
    crew: Crew, settings: AnalyzerSettings = AnalyzerSettings()
  ) throws(VisionError) -> Analyzer {
    try Analyzer(self, crew: crew, settings: settings)
  }

  private static func read(_ path: String) throws(VisionError) -> [UInt8] {
    do {
      return try ONNXImporter.read(path)
    } catch {
      throw .model(error.description)
    }
  }

  private static func graph(_ bytes: [UInt8], name: String) throws(VisionError) -> Graph {
    do {
      return try ONNXImporter.importModel(bytes: bytes)
    } catch {
      throw .model("\(name): \(error)")
    }
  }
}
