package import OcelliVocabulary

/// What is missing in front of this line.
package struct GapLine: Sendable, Equatable {
  /// nil where lines of any stream were lost on their way to one reader.
  package var stream: StreamID?
  package var cause: LossCause
  /// Decoded pictures (of an output gap: frame lines) lost; nil where time was lost.
  package var frames: Int?
  /// Units: seconds of the session.
  package var fromPTS: Double?
  package var toPTS: Double?
  /// The lines lost, both ends included; of an output gap only.
  package var lostLines: ClosedRange<UInt64>?

  package init(_ gap: Gap) {
    stream = gap.stream
    cause = gap.cause
    frames = gap.frames
    fromPTS = gap.fromPTS
    toPTS = gap.toPTS
  }

  /// Lines that one reader lost; this line takes the number of the last of them.
  package init(lostLines: ClosedRange<UInt64>, frames: Int) {
    cause = .output
    self.frames = frames
    self.lostLines = lostLines
  }
}

/// Something failed, and what is done about it.
package struct ErrorLine: Sendable, Equatable {
  /// nil where it concerns the whole program.
  package var stream: StreamID?
  /// A word for programs (`auth_failed`).
  package var code: String
  /// A sentence for people. It holds no secret.
  package var message: String
  package var retryInSeconds: Double?

  package init(
    stream: StreamID? = nil, code: String, message: String, retryInSeconds: Double? = nil
  ) {
    self.stream = stream
    self.code = code
    self.message = message
    self.retryInSeconds = retryInSeconds
  }
}
