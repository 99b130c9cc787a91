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

  /// The file's folder, where the model may keep elements of tensors in other files.
  var folder: String? {
    switch self {
    case .builtIn: nil
    case .file(let path): ONNXImporter.folder(of: path)
    }
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
    do { return try ONNXImporter.importModel(bytes: bytes, folder: folder) } catch {
      throw ToolError(.badData, "\(self): \(error)")
    }
  }

  /// What the file says of itself, and what was concluded of it.
  package func report(
    overrides: CardOverrides, notes: ModelNotes = ModelNotes()
  ) throws(ToolError) -> ModelReport {
    let bytes = try bytes()
    do throws(VisionError) {
      return try VisionModel.inspect(
        bytes: bytes, name: description, folder: folder, overrides: overrides, notes: notes)
    } catch { throw ToolError(.badData, "\(error)") }
  }

  /// The graph as a session takes it for pictures, as `analyze` would: the picture's input in front,
  /// the others' shapes bound, and the picture's extents (empty: the file's own).
  package func pictureGraph(
    size: InputSize?, notes: ModelNotes = ModelNotes()
  ) throws(ToolError) -> (graph: Graph, shape: [Int?]) {
    let bytes = try bytes()
    let graph: Graph
    do { graph = try ONNXImporter.importModel(bytes: bytes, folder: folder) } catch {
      throw ToolError(.badData, "\(self): \(error)")
    }
    do throws(VisionError) {
      return try ModelCard.bind(
        graph, sha256: SHA256.hexadecimal(bytes.span), overrides: CardOverrides(size: size),
        notes: notes)
    } catch {
      // Only a picture's size is wanted: a model that takes none is run as it is.
      guard size == nil else { throw ToolError(.badData, "\(self): \(error)") }
      return (graph, [])
    }
  }

  /// The model, made ready. Errors: as `report`, and where a stage refuses it.
  package func load(
    overrides: CardOverrides, notes: ModelNotes = ModelNotes()
  ) throws(ToolError) -> VisionModel {
    let bytes = try bytes()
    do {
      return try VisionModel(
        bytes: bytes, name: name, folder: folder, overrides: overrides, notes: notes)
    } catch { throw ToolError(.badData, "\(error)") }
  }
}
