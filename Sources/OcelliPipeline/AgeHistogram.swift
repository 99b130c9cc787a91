/// How old frames were, in a fixed amount of memory: no bucket is wider than 1/32 of its value.
package struct AgeHistogram: Sendable {
  /// Buckets double in width every `32`; the last holds all over about an hour. Units: microseconds.
  private static let precision = 5
  private static let longest = (1 << 32) - 1
  /// Empty until the first frame: a run may have a great many streams.
  private var counts: [Int] = []
  /// Frames counted.
  package private(set) var total = 0

  package init() {}

  /// Units: nanoseconds; what is negative counts as none.
  package mutating func add(nanoseconds: Int64) {
    let microseconds = Int(min(max(nanoseconds / 1000, 0), Int64(Self.longest)))
    if counts.isEmpty {
      counts = [Int](repeating: 0, count: (33 - Self.precision) << Self.precision)
    }
    counts[Self.bucket(of: microseconds)] += 1
    total += 1
  }

  /// The age that a `share` of the frames did not exceed; nil where there was none.
  /// Units: milliseconds.
  package func percentile(_ share: Double) -> Double? {
    guard total > 0 else { return nil }
    let rank = min(max(Int((Double(total) * share).rounded(.up)), 1), total)
    var seen = 0
    for (bucket, count) in counts.enumerated() {
      seen += count
      if seen >= rank { return Self.middle(of: bucket) / 1000 }
    }
    return nil
  }

  /// Forgets all.
  package mutating func clear() {
    guard total > 0 else { return }
    for index in counts.indices { counts[index] = 0 }
    total = 0
  }

  private static func bucket(of value: Int) -> Int {
    let width = Int.bitWidth - value.leadingZeroBitCount
    guard width > precision else { return value }
    let shift = width - precision - 1
    return (shift + 1) << precision + (value >> shift) - (1 << precision)
  }

  private static func middle(of bucket: Int) -> Double {
    let octave = bucket >> precision
    let rest = bucket & (1 << precision - 1)
    guard octave > 0 else { return Double(rest) }
    let shift = octave - 1
    return (Double(rest + 1 << precision) + 0.5) * Double(1 << shift)
  }
}
