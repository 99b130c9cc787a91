/// Turns a source's timestamps into seconds since the session began, strictly increasing: missing,
/// equal and backward ones are mended, jumps of a live source do not count.
package struct Timeline {
  /// Units: seconds. A live source that leaps further, or back, has set its clock.
  package static let leap = 10.0
  /// Units: seconds. A file that steps back by more starts a new stretch; by less, it stammers.
  package static let stammer = 1.0

  private let isLive: Bool
  /// Units: seconds; used where the source is silent on time.
  private let interval: Double
  /// What is added to a timestamp to give `pts`; nil until the first one.
  private var offset: Double?
  private var last: Double?
  private var lastArrival = 0.0
  /// The source's clock begins anew after so long, so often so far, and stood there last.
  private let wrap: Double?
  private var turns = 0.0
  private var lastTimestamp: Double?

  /// `origin`: the timestamp that is second 0 (a file's start); nil takes the first picture's.
  /// `wrap`: when timestamps begin anew at 0. Units: seconds.
  package init(isLive: Bool, fps: Double?, origin: Double?, wrap: Double? = nil) {
    self.isLive = isLive
    self.wrap = wrap
    interval = fps.map { $0 > 0.01 && $0 < 1_000 ? 1 / $0 : 0.04 } ?? 0.04
    offset = origin.map { -$0 }
  }

  /// Places one picture. Units: seconds; `arrival` of the monotonic clock.
  package mutating func place(timestamp: Double?, duration: Double?, arrival: Double) -> Double {
    defer { lastArrival = arrival }
    let step = duration.flatMap { $0 > 0 && $0 < Timeline.leap ? $0 : nil } ?? interval
    guard let timestamp = unwrapped(timestamp) else {
      let pts = last.map { $0 + (isLive ? max(arrival - lastArrival, 1e-6) : step) } ?? 0
      last = pts
      return pts
    }
    guard let last else {
      // The container's start may lie behind the first picture: never below 0.
      let pts = max(timestamp + (offset ?? -timestamp), 0)
      offset = pts - timestamp
      self.last = pts
      return pts
    }
    var pts = timestamp + (offset ?? 0)
    if offset == nil {
      pts = last + step
      offset = pts - timestamp
    } else if isLive && (pts <= last || pts > last + Timeline.leap) {
      pts = last + max(arrival - lastArrival, 1e-6)
      offset = pts - timestamp
    } else if pts <= last {
      let isNewStretch = last - pts >= Timeline.stammer
      pts = last + step
      if isNewStretch { offset = pts - timestamp }
    }
    self.last = pts
    return pts
  }

  /// The timestamp on a line without wraps: of two ways round the clock the shorter one counts.
  private mutating func unwrapped(_ timestamp: Double?) -> Double? {
    guard let timestamp, timestamp.isFinite else { return nil }
    guard let wrap else { return timestamp }
    if let lastTimestamp, abs(timestamp - lastTimestamp) > wrap / 2,
      abs(timestamp - lastTimestamp) < wrap * 1.5
    {
      turns += timestamp < lastTimestamp ? 1 : -1
    }
    lastTimestamp = timestamp
    return timestamp + turns * wrap
  }
}
