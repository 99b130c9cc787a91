package import OcelliEngine
package import OcelliGraph
import OcelliONNX
import OcelliTensor

/// A model made ready: its graph, its card, and the session that all its analyzers share.
package struct VisionModel: Sendable {
  package internal(set) var card: ModelCard
  /// As the file has it, the picture's input in front.
  package let graph: Graph
  package let session: Session
  /// The session's picture input is filled with channels last, whatever the model's own layout.
  let fillsChannelsLast: Bool

  /// Loads an ONNX file. Errors: `.model` with the path, what is wrong and the remedy.
  package init(
    path: String, overrides: CardOverrides = CardOverrides(), notes: ModelNotes = ModelNotes()
  ) throws(VisionError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try self.init(
      bytes: try Self.read(path), name: name, folder: ONNXImporter.folder(of: path),
      overrides: overrides, notes: notes)
  }

  /// From a file's bytes; `name` stands in lines and messages. `folder`: where the model may keep
  /// elements of tensors in other files. Errors: as above.
  package init(
    bytes: [UInt8], name: String, folder: String? = nil,
    overrides: CardOverrides = CardOverrides(), notes: ModelNotes = ModelNotes()
  ) throws(VisionError) {
    let sha256 = SHA256.hexadecimal(bytes.span)
    let found = try ModelCard.specialize(
      try Self.graph(bytes, name: name, folder: folder), sha256: sha256, overrides: overrides,
      notes: notes)
    card = found.card.named(name)
    graph = found.graph
    // The engine changes the layout of floats alone.
    let isOurs =
      card.refusal == nil && card.preprocessing.layout.value == .nchw && card.inputType != .int32
    fillsChannelsLast = isOurs || card.preprocessing.layout.value == .nhwc
    let options = SessionOptions(
      inputShape: card.inputShape, channelsLastInput: isOurs, floatPorts: true,
      exact: overrides.exact)
    do {
      session =
        if let simplified = found.simplified {
          try Session(simplified: simplified, options: options)
        } else {
          try Session(found.graph, options: options)
        }
    } catch {
      // Without a picture its shapes stay open; that it takes none is the cause.
      if let refusal = card.refusal { throw .model("\(name) takes no pictures: \(refusal)") }
      throw .model("\(name): \(error)")
    }
  }

  /// What the file says of itself and what follows from it; nothing is made ready to run.
  /// Errors: as above.
  package static func inspect(
    path: String, overrides: CardOverrides = CardOverrides(), notes: ModelNotes = ModelNotes()
  ) throws(VisionError) -> ModelReport {
    try inspect(
      bytes: try read(path), name: path, folder: ONNXImporter.folder(of: path),
      overrides: overrides, notes: notes)
  }

  /// As above, from a file's bytes.
  package static func inspect(
    bytes: [UInt8], name: String, folder: String? = nil,
    overrides: CardOverrides = CardOverrides(), notes: ModelNotes = ModelNotes()
  ) throws(VisionError) -> ModelReport {
    let found = try ModelCard.specialize(
      try graph(bytes, name: name, folder: folder), sha256: SHA256.hexadecimal(bytes.span),
      overrides: overrides, notes: notes)
    return ModelReport(
      file: name, graph: found.graph, simplified: found.simplified, card: found.card)
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

  private static func graph(
    _ bytes: [UInt8], name: String, folder: String?
  ) throws(VisionError) -> Graph {
    do {
      return try ONNXImporter.importModel(bytes: bytes, folder: folder)
    } catch {
      throw .model("\(name): \(error)")
    }
  }
}
