import OcelliEngine
package import OcelliVision

/// A model as text, as it stands after a stage.
package enum ModelDump {
  /// The stages by name, in order.
  package static let stages = Stage.allCases.map(\.rawValue)

  /// Traps: for a stage that is none. Errors: where the model cannot be imported or a stage refuses it.
  package static func text(
    _ model: ModelSource, stage name: String, size: InputSize?, notes: ModelNotes = ModelNotes()
  ) throws(ToolError) -> String {
    guard let stage = Stage(rawValue: name) else { preconditionFailure("no stage \(name)") }
    // The import is shown as the file has it, open axes and all.
    if stage == .import {
      let graph = try model.graph()
      return try dump(model) { () throws(EngineError) in
        try Session.dump(graph, stage: stage, options: SessionOptions())
      }
    }
    let (graph, shape) = try model.pictureGraph(size: size, notes: notes)
    return try dump(model) { () throws(EngineError) in
      try Session.dump(graph, stage: stage, options: SessionOptions(inputShape: shape))
    }
  }

  private static func dump(
    _ model: ModelSource, _ body: () throws(EngineError) -> String
  ) throws(ToolError) -> String {
    do throws(EngineError) {
      let text = try body()
      return text.hasSuffix("\n") ? text : text + "\n"
    } catch { throw ToolError(.badData, "\(model): \(error)") }
  }
}
