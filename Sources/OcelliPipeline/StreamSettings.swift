package import OcelliMedia
package import OcelliVocabulary

/// All that one stream is told.
package struct StreamSettings: Sendable {
  /// What happens to a picture that nobody has time for.
  package enum Drop: String, Sendable, CaseIterable {
    /// The source waits.
    case never
    /// The newest replaces it.
    case newest
  }

  /// When a source that failed is opened again.
  package enum Retry: Sendable {
    case never
    /// Only if it was open once: what was never there is the caller's mistake.
    case afterOpening
    case always
  }

  package var id: StreamID
  /// A camera or a broadcast, as against a file: its own time is the clock's.
  package var isLive: Bool
  package var drop: Drop
  /// Pictures between the decoder and the analysis; at least 1.
  package var ringCapacity: Int
  package var retry: Retry
  package var sampling = Sampling.all
  /// Older pictures are not analysed. Units: seconds; nil for no limit.
  package var maxLagSeconds: Double?
  /// Units: seconds of the source (files, from the first picture) or of the clock (live).
  package var durationSeconds: Double?
  /// The analyzer's key.
  package var model: String
  /// The source without user name and password, for lines.
  package var redactedURL: String?
  /// Only these objects and classes are told, by label or number; nil for all.
  package var classes: Set<String>?
  /// Nothing less certain is told; nil leaves it to the model's own limit.
  package var confidence: Float?
  /// Damaged pictures are analysed instead of being counted as `corrupt`.
  package var analysesCorrupt = false
  /// Makes the source; called once, on the stream's own thread.
  package var makeSource: @Sendable () -> any FrameSource

  /// Settings as they are without being told: live sources drop, retry for ever and may lag 2 s;
  /// files wait and are tried once.
  package init(
    id: StreamID, isLive: Bool, model: String = "default",
    makeSource: @escaping @Sendable () -> any FrameSource
  ) {
    self.id = id
    self.isLive = isLive
    self.model = model
    self.makeSource = makeSource
    drop = isLive ? .newest : .never
    ringCapacity = isLive ? 2 : 4
    retry = isLive ? .always : .never
    maxLagSeconds = isLive ? 2 : nil
  }
}
