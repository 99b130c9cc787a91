package import OcelliEvents

/// A line on its way to the sinks, encoded once for all of them.
package struct OfferedLine: Sendable {
  /// What a sink must know of a line.
  package enum Kind: Sendable {
    /// Has no number of its own: `sequence` is the last line's.
    case hello(Hello)
    case frame
    case other
  }

  /// The whole line with its line feed.
  package let bytes: [UInt8]
  package let sequence: UInt64
  package let kind: Kind

  package init(bytes: [UInt8], sequence: UInt64, kind: Kind) {
    self.bytes = bytes
    self.sequence = sequence
    self.kind = kind
  }
}

/// Where lines go. All but `offer` may be called from any thread.
package protocol Sink: AnyObject, Sendable {
  /// Takes the next line. Called by the publisher alone, in the order of `sequence`.
  /// Errors: only a sink that blocks throws; the others count what they lose.
  func offer(_ line: OfferedLine) throws(SinkError)

  /// Lines so far: `produced = delivered + lost + queued`, in one snapshot.
  var totals: OutputTotals { get }

  /// Opens the file anew before the next line, for log rotation. Nothing where there is no file.
  func reopen()

  /// From now on nothing waits past `deadline`; what is then not written is lost.
  /// Units: nanoseconds of the monotonic clock.
  func hurry(until deadline: Int64)

  /// Delivers what is queued and lets go of the output. Blocks; call it once, at the end.
  func close()
}
