import Foundation
import OcelliVision

/// Where models are kept that have a name: a name stands for `NAME.onnx` in one of these folders.
package struct ModelFolders: Sendable, Equatable {
  /// The user's own, where models are fetched to; nil where nobody says whose it would be.
  package let own: String?
  /// Those of the whole machine, in the order in which they are looked through.
  package let shared: [String]

  /// Source: the XDG base directories (a path that is not absolute counts as unset).
  package init(environment: [String: String]) {
    func absolute(_ text: String?) -> String? { text.flatMap { $0.hasPrefix("/") ? $0 : nil } }
    let home =
      absolute(environment["XDG_DATA_HOME"])
      ?? absolute(environment["HOME"]).map { "\($0)/.local/share" }
    own = home.map { "\($0)/ocelli/models" }
    let given = environment["XDG_DATA_DIRS"] ?? ""
    shared = (given.isEmpty ? "/usr/local/share:/usr/share" : given).split(separator: ":")
      .filter { $0.hasPrefix("/") }.map { "\($0)/ocelli/models" }
  }

  package static var system: ModelFolders {
    ModelFolders(environment: ProcessInfo.processInfo.environment)
  }

  /// The file of a model that has this name; nil where there is none.
  package func file(named name: String) -> String? {
    ([own].compactMap { $0 } + shared).lazy.map { "\($0)/\(name).onnx" }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The path of what `-m` or `path:` names. A file of that name comes first, then a model that was
  /// fetched under it. What is neither is given back as it is: opening it says what is wrong.
  /// Errors: a model of the catalogue that is not here, with how to fetch it; a name that is nearly one.
  package func path(of model: String) throws(ConfigError) -> String {
    guard !model.isEmpty, !model.contains("/"), !FileManager.default.fileExists(atPath: model)
    else { return model }
    if let file = file(named: model) { return file }
    // Only now: the catalogue is text that has to be read.
    let catalogue = ModelCatalogue.embedded
    func fail(_ reason: String) -> ConfigError {
      ConfigError([ConfigError.Fault(file: model, reason: reason)])
    }
    if let entry = catalogue.entry(named: model) {
      guard entry.model.url != nil else {
        throw fail(
          "is known, not here, and nobody passes it on; it comes from "
            + "\(entry.model.note.origin ?? "an unknown place")"
            + (own.map { ", and goes to \($0)/\(model).onnx" } ?? ""))
      }
      throw fail("is in the catalogue, and not here yet; fetch it: ocelli model pull \(model)")
    }
    if let near = catalogue.nearest(to: model) {
      throw fail(
        "no such file, and no model of the catalogue is called so; did you mean \(near)?")
    }
    return model
  }
}
