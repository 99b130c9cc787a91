package import OcelliEvents
package import OcelliMedia
package import OcelliPicture
package import OcelliSinks
package import OcelliVocabulary

/// How a pipeline as a whole behaves.
package struct PipelineOptions: Sendable {
  /// What `hello` says of the run.
  package var run: ULID
  package var version: String
  package var models: [ModelSummary]
  /// What `hello` says of what was asked for.
  package var settings: JSONValue?
  /// `run`: stays when all streams have ended, and no sink ends it. Else (`analyze`) it ends with
  /// its last stream or its output.
  package var isService: Bool
  /// Files one after the other, in the order given, instead of all at once.
  package var filesInOrder: Bool
  /// Files that are open at once where they come in order: those behind the first are read ahead.
  package var filesAhead = 1
  /// Units: seconds between `stats` lines, which only live streams cause.
  package var statsSeconds = 10.0
  /// Units: seconds that a stop waits for a source stuck in the system.
  package var stopSeconds = 2.0
  /// Seeds the spread of retries.
  package var seed: UInt64
  /// Called on the inference thread after each frame line, with the picture it is of. A picture
  /// that is watched goes back to the decoder only then.
  package var onFrame: (@Sendable (borrowing Picture, FrameLine) -> Void)?
  /// Called on the inference thread after each picture, at most ten times a second.
  package var onProgress: (@Sendable (PipelineProgress) -> Void)?

  package init(
    run: ULID, version: String, models: [ModelSummary], isService: Bool, seed: UInt64? = nil
  ) {
    self.run = run
    self.version = version
    self.models = models
    self.isService = isService
    filesInOrder = !isService
    self.seed = seed ?? UInt64.random(in: 0...UInt64.max)
  }
}

/// How far a stream is, for a person who waits.
package struct PipelineProgress: Sendable {
  package var stream: StreamID
  /// What the source says of itself, once it is open.
  package var description: StreamDescription?
  /// Of the picture that was just done. Units: seconds.
  package var pts: Double
  package var frames: FrameTotals
  /// Since the run began.
  package var elapsedSeconds: Double
  /// Streams in all, those that are over, and those of them that failed.
  package var streams: Int
  package var ended: Int
  package var failed: Int
  /// Pictures analysed, of all streams.
  package var analysed: Int
}

/// How a pipeline ended.
package struct PipelineResult: Sendable {
  /// The word in the `end` line: `eof`, `duration`, `signal`, `closed` or `failed`.
  package var reason: String
  package var streams: [StreamTotals]
  /// Each stream that ended by a failure, in the order given.
  package var failures: [(stream: StreamID, error: MediaError)]
  /// What ended it, where that was an output.
  package var sinkError: SinkError?
  /// What the command exits with: 0, 1, 2, a source's own, 74, or 128 and the signal's number.
  package var exitCode: Int32
}

/// Why a pipeline is told to stop.
package enum StopReason: Sendable, Equatable {
  /// SIGINT or SIGTERM.
  case signal(Int32)
  /// Whoever reads has gone.
  case closed
}
