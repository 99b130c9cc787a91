import OcelliEvents
import OcelliMedia
import OcelliSinks
import OcelliVocabulary

/// What is known when a run is over.
struct RunEnd {
  var stop: StopReason?
  var sinkError: SinkError?
  var isService: Bool
  /// Every stream that there was, in the order given, and how it ended.
  var outcomes: [(totals: StreamTotals, outcome: StreamOutcome)]

  /// The word in the `end` line.
  var reason: String {
    if case .closed? = sinkError { return "closed" }
    if sinkError != nil { return "failed" }
    switch stop {
    case .signal: return "signal"
    case .closed: return "closed"
    case nil: break
    }
    let ends = outcomes.map(\.outcome)
    if !ends.isEmpty, ends.allSatisfy(Self.isFailure) { return "failed" }
    return ends.contains(.duration) ? "duration" : "eof"
  }

  var failures: [(stream: StreamID, error: MediaError)] {
    outcomes.compactMap { entry in
      guard case .failed(let error) = entry.outcome else { return nil }
      return (entry.totals.stream, error)
    }
  }

  /// One source that gave nothing gives its own code; one of several, or one that failed after some
  /// pictures, 2.
  var exitCode: Int32 {
    switch sinkError {
    case .closed: return 0
    case .cannotOpen, .cannotWrite: return 74
    case .gaveUp, nil: break
    }
    if case .signal(let number)? = stop { return isService ? 0 : 128 + number }
    if sinkError != nil { return 74 }
    if isService || stop != nil { return 0 }
    if let first = failures.first {
      let isWhole = outcomes.count == 1 && outcomes[0].totals.frames.analysed == 0
      return isWhole ? first.error.exitCode : 2
    }
    return outcomes.contains { $0.totals.frames.lost[.failed, default: 0] > 0 } ? 2 : 0
  }

  private static func isFailure(_ outcome: StreamOutcome) -> Bool {
    if case .failed = outcome { true } else { false }
  }
}
