package import OcelliPipeline
package import OcelliVision

/// All that `ocelli analyze` is asked for.
package struct AnalyzeRequest: Sendable {
  package var sources: [String]
  package var model: ModelSource
  package var overrides = CardOverrides()
  package var notes = ModelNotes()
  package var findings = AnalyzerSettings()
  /// A file, `-` or `unix:PATH`.
  package var output = "-"
  package var sampling = Sampling.all
  /// Units: seconds.
  package var start: Double?
  package var duration: Double?
  package var maxLag: Double?
  /// nil: as the kind of source wants it.
  package var drop: StreamSettings.Drop?
  /// 0: what affinity and the control group leave.
  package var threads = 0
  /// A `.npy` file for the first input tensor.
  package var dumpInput: String?
  package var isStable = false
  package var isQuiet = false

  package init(sources: [String], model: ModelSource) {
    self.sources = sources
    self.model = model
  }
}
