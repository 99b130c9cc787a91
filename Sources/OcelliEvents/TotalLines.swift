package import OcelliVocabulary

/// The sums of one stream since the run began: `received = analysed + Σ lost + inFlight`.
package struct FrameTotals: Sendable, Equatable {
  package var received: Int
  package var analysed: Int
  package var inFlight: Int
  /// Pictures; time that was lost is not in here.
  package var lost: [LossCause: Int]

  package init(
    received: Int = 0, analysed: Int = 0, inFlight: Int = 0, lost: [LossCause: Int] = [:]
  ) {
    self.received = received
    self.analysed = analysed
    self.inFlight = inFlight
    self.lost = lost
  }

  /// Whether the sums of promise 1 hold.
  package var isExact: Bool { received == analysed + inFlight + lost.values.reduce(0, +) }

  package static func + (a: FrameTotals, b: FrameTotals) -> FrameTotals {
    FrameTotals(
      received: a.received + b.received, analysed: a.analysed + b.analysed,
      inFlight: a.inFlight + b.inFlight, lost: a.lost.merging(b.lost, uniquingKeysWith: +))
  }
}

/// One stream in a `stats` or `end` line.
package struct StreamTotals: Sendable, Equatable {
  package var stream: StreamID
  package var frames: FrameTotals
  /// Age of the frame lines of the window. Units: milliseconds; nil where there was none.
  package var ageP50: Double?
  package var ageP99: Double?

  package init(
    stream: StreamID, frames: FrameTotals, ageP50: Double? = nil, ageP99: Double? = nil
  ) {
    self.stream = stream
    self.frames = frames
    self.ageP50 = ageP50
    self.ageP99 = ageP99
  }
}

/// The sums of one output, in lines: `produced = delivered + lost + queued`.
///
/// An output with several readers counts every line once a reader.
package struct OutputTotals: Sendable, Equatable {
  /// As configured (`-`, a path, `unix:PATH`).
  package var output: String
  package var produced: UInt64
  package var delivered: UInt64
  package var lost: UInt64
  package var queued: UInt64
  /// Connected now; nil where an output has no readers of its own.
  package var readers: Int?

  package init(
    output: String, produced: UInt64 = 0, delivered: UInt64 = 0, lost: UInt64 = 0,
    queued: UInt64 = 0, readers: Int? = nil
  ) {
    self.output = output
    self.produced = produced
    self.delivered = delivered
    self.lost = lost
    self.queued = queued
    self.readers = readers
  }

  /// Whether the sums of promise 1 hold.
  package var isExact: Bool { produced == delivered + lost + queued }
}

/// The sums so far.
package struct StatsLine: Sendable, Equatable {
  /// The stretch that ages are of; all counts are cumulative.
  package var windowSeconds: Double
  package var streams: [StreamTotals]
  /// Filled in by the publisher.
  package var outputs: [OutputTotals]

  package init(windowSeconds: Double, streams: [StreamTotals], outputs: [OutputTotals] = []) {
    self.windowSeconds = windowSeconds
    self.streams = streams
    self.outputs = outputs
  }
}

/// The last line: why it is the last, and the sums.
package struct EndLine: Sendable, Equatable {
  /// `eof`, `duration`, `signal`, `closed` or `failed`.
  package var reason: String
  package var streams: [StreamTotals]
  /// Filled in by the publisher.
  package var outputs: [OutputTotals]
  package var exitCode: Int

  package init(
    reason: String, streams: [StreamTotals], outputs: [OutputTotals] = [], exitCode: Int
  ) {
    self.reason = reason
    self.streams = streams
    self.outputs = outputs
    self.exitCode = exitCode
  }

  /// The sums over all streams.
  package var frames: FrameTotals { streams.reduce(FrameTotals()) { $0 + $1.frames } }
}
