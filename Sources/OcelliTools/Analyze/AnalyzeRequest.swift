package import OcelliMedia
package import OcelliPipeline
package import OcelliVision

/// All that `ocelli analyze` is asked for.
package struct AnalyzeRequest: Sendable {
  package var sources: [String]
  /// A file with more of them, or `-`.
  package var filesFrom: String?
  package var shard: Shard?
  /// What an earlier run has done is left out.
  package var isResuming = false
  package var model: ModelSource
  package var overrides = CardOverrides()
  package var notes = ModelNotes()
  package var findings = AnalyzerSettings()
  /// A file, `-`, `unix:PATH`, or a folder for a file a source.
  package var output = "-"
  package var sampling = Sampling.all
  /// Units: seconds.
  package var start: Double?
  package var duration: Double?
  package var maxLag: Double?
  /// nil: as the kind of source wants it.
  package var drop: StreamSettings.Drop?
  /// Damaged pictures are analysed instead of being counted as lost.
  package var analysesCorrupt = false
  /// Of sources without a container.
  package var rawVideo: RawVideo?
  package var limits = MediaLimits()
  /// 0: what affinity and the control group leave.
  package var threads = 0
  package var sharing = Sharing.auto
  /// A `.npy` file for the first input tensor.
  package var dumpInput: String?
  package var isStable = false
  package var isQuiet = false
  /// Also where stderr is no terminal.
  package var showsProgress = false

  package init(sources: [String], model: ModelSource) {
    self.sources = sources
    self.model = model
  }
}
