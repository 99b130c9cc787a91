/// Why a frame, a line or a stretch of time was lost. The raw value is the word in lines and metrics.
package enum LossCause: String, Sendable, CaseIterable {
  /// Not wanted: `--fps`, `--every`.
  case sampling
  /// Nothing moved: the motion gate held it back.
  case gate
  /// A newer frame replaced it in the ring.
  case overload
  /// Older than `max_lag` when its turn came.
  case lag
  /// Damaged, or not trusted until the next clean key picture.
  case corrupt
  /// Conversion or inference failed.
  case failed
  /// In flight when the program stopped.
  case shutdown
  /// A reader or a sink was too slow, or could not be written.
  case output
  /// The stream was away; pictures that never reached us are not counted.
  case network
  /// The program or a stage of it was away.
  case restart

  /// Lost on purpose: counted, but no `gap` line is written.
  package var isByChoice: Bool { self == .sampling || self == .gate }
}

/// A stretch of one stream that was lost for one cause.
package struct Gap: Sendable, Equatable {
  package var stream: StreamID
  package var cause: LossCause
  /// Decoded pictures lost; nil where time was lost, not pictures.
  package var frames: Int?
  /// Units: seconds of the session.
  package var fromPTS: Double
  package var toPTS: Double

  package init(stream: StreamID, cause: LossCause, frames: Int?, fromPTS: Double, toPTS: Double) {
    self.stream = stream
    self.cause = cause
    self.frames = frames
    self.fromPTS = fromPTS
    self.toPTS = toPTS
  }
}
