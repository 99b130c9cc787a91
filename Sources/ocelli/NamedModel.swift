import OcelliConfig
import OcelliTools
import OcelliVision

/// A model as a command names it: its file, and what is written about it.
struct NamedModel {
  let source: ModelSource
  let notes: ModelNotes

  /// `name`: a file, or a name of the catalogue; nil: the built-in model.
  /// Errors: `.inputMissing` for a model of the catalogue that is not here, `.configuration` for a
  /// sidecar that cannot be understood, with the places.
  init(_ name: String?) throws(ToolError) {
    let path: String?
    do throws(ConfigError) {
      path = try name.map { (name) throws(ConfigError) in
        try ModelFolders.system.path(of: name)
      }
    } catch { throw ToolError(.inputMissing, error.description) }
    do throws(ConfigError) {
      notes = try ModelFile.notes(for: path)
    } catch { throw ToolError(.configuration, error.description) }
    source = ModelSource(path)
  }
}
