package import OcelliVocabulary

/// Merges the losses of a stream into gaps: at most one a second for each cause.
///
/// Live streams count the second by the clock. Files count it by pts, so that the same file gives
/// the same gaps whatever the machine's speed.
package struct GapMerger: Sendable {
  /// What a second is counted by.
  package enum Pace: Sendable { case clock, pts }

  private struct Open: Sendable {
    var gap: Gap
    let session: Int
  }

  private let stream: StreamID
  private let pace: Pace
  /// In the order in which they began.
  private var open: [Open] = []
  /// Ended by a change of session; they wait for nothing.
  private var ended: [Gap] = []
  private var lastTaken: [LossCause: Int64] = [:]

  package init(stream: StreamID, pace: Pace) {
    self.stream = stream
    self.pace = pace
  }

  /// Counts one picture. Causes by choice write no gap.
  package mutating func add(_ cause: LossCause, session: Int, pts: Double) {
    guard !cause.isByChoice else { return }
    if let index = open.firstIndex(where: { $0.gap.cause == cause }) {
      if open[index].session == session {
        open[index].gap.frames = (open[index].gap.frames ?? 0) + 1
        open[index].gap.fromPTS = min(open[index].gap.fromPTS, pts)
        open[index].gap.toPTS = max(open[index].gap.toPTS, pts)
        return
      }
      ended.append(open.remove(at: index).gap)
    }
    let gap = Gap(stream: stream, cause: cause, frames: 1, fromPTS: pts, toPTS: pts)
    open.append(Open(gap: gap, session: session))
  }

  /// Gaps whose second has passed. Units: `now` in monotonic nanoseconds, `pts` of the picture that
  /// comes next in seconds.
  package mutating func takeDue(now: Int64, pts: Double?) -> [Gap] {
    var due = ended
    ended = []
    var kept: [Open] = []
    for entry in open {
      if isDue(entry.gap, now: now, pts: pts) {
        due.append(entry.gap)
      } else {
        kept.append(entry)
      }
    }
    open = kept
    for gap in due { lastTaken[gap.cause] = now }
    return due
  }

  /// All that is open, due or not.
  package mutating func takeAll() -> [Gap] {
    defer {
      ended = []
      open = []
    }
    return ended + open.map(\.gap)
  }

  /// When the next gap is due by the clock; nil where none waits for it.
  /// Units: monotonic nanoseconds.
  package var nextDue: Int64? {
    guard pace == .clock else { return nil }
    if !ended.isEmpty { return .min }
    return open.map { due(for: $0.gap.cause) }.min()
  }

  private func due(for cause: LossCause) -> Int64 {
    lastTaken[cause].map { $0 + 1_000_000_000 } ?? .min
  }

  private func isDue(_ gap: Gap, now: Int64, pts: Double?) -> Bool {
    switch pace {
    case .clock: now >= due(for: gap.cause)
    case .pts: pts.map { $0 >= gap.fromPTS + 1 } ?? false
    }
  }
}
