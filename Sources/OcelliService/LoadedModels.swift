import BuiltInModel
import OcelliConfig
import OcelliEngine
import OcelliEvents
import OcelliVision

/// The models of a configuration, made ready; what did not change is taken over from the last one.
struct LoadedModels: Sendable {
  private struct Entry: Sendable {
    let wanted: Configuration.Model
    let model: VisionModel
  }

  private let entries: [Entry]
  /// Those that differ from the last ones.
  let changed: [String]

  /// Errors: `.model`, with the key.
  init(_ wanted: [Configuration.Model], after last: LoadedModels? = nil) throws(ServiceError) {
    var entries: [Entry] = []
    var changed: [String] = []
    for model in wanted {
      if let old = last?.entries.first(where: { $0.wanted.isSameWork(as: model) }) {
        entries.append(old)
        continue
      }
      changed.append(model.name)
      entries.append(Entry(wanted: model, model: try Self.load(model)))
    }
    self.entries = entries
    self.changed = changed
  }

  /// As `hello` names them.
  var summaries: [ModelSummary] {
    entries.map { entry in
      let card = entry.model.card
      return ModelSummary(
        key: entry.wanted.name, name: card.name, sha256: card.sha256,
        task: card.task.value.rawValue, labels: card.labels.value)
    }
  }

  /// Who analyses with the model under `key`. Errors: `.model` where it takes no pictures.
  func makeAnalyzer(_ key: String, crew: Crew) throws(VisionError) -> any FrameAnalyzer {
    guard let entry = entries.first(where: { $0.wanted.name == key }) else {
      throw .model("no model is called \(key)")
    }
    return try entry.model.makeAnalyzer(crew: crew, settings: entry.wanted.analyzerSettings)
  }

  /// All of them. Errors: `.model`, with the key.
  func makeAnalyzers(crew: Crew) throws(ServiceError) -> [String: any FrameAnalyzer] {
    var analyzers: [String: any FrameAnalyzer] = [:]
    for entry in entries {
      let key = entry.wanted.name
      do throws(VisionError) {
        analyzers[key] = try makeAnalyzer(key, crew: crew)
      } catch {
        throw .model(key: key, error)
      }
    }
    return analyzers
  }

  private static func load(_ wanted: Configuration.Model) throws(ServiceError) -> VisionModel {
    let path: String?
    let notes: ModelNotes
    do throws(ConfigError) {
      path = try wanted.path.map { (name) throws(ConfigError) in
        try ModelFolders.system.path(of: name)
      }
      notes = try ModelFile.notes(for: path)
    } catch {
      throw .model(key: wanted.name, .model(error.description))
    }
    do throws(VisionError) {
      if let path {
        return try VisionModel(path: path, overrides: wanted.overrides, notes: notes)
      }
      let span = BuiltInModel.bytes
      return try VisionModel(
        bytes: span.indices.map { span[$0] }, name: BuiltInModel.name,
        overrides: wanted.overrides)
    } catch {
      throw .model(key: wanted.name, error)
    }
  }
}
