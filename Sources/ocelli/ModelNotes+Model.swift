import OcelliConfig
import OcelliTools
import OcelliVision

extension ModelNotes {
  /// What is written about the model of a command. Errors: a sidecar that cannot be understood, with
  /// the places.
  static func about(_ model: String?) throws(ToolError) -> ModelNotes {
    do throws(ConfigError) {
      return try ModelFile.notes(for: model)
    } catch { throw ToolError(.configuration, error.description) }
  }
}
