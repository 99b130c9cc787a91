/// The numbers that 256 bytes stand for. Zero is always among them.
package struct ByteRange: Equatable, Sendable {
  package let scale: Float
  package let zero: UInt8

  /// The narrowest range that holds both numbers and zero. Numbers that are not finite count as zero.
  package init(low: Float, high: Float) {
    let least = low.isFinite ? min(low, 0) : 0
    let most = high.isFinite ? max(high, 0) : 0
    let step = (most - least) / 255
    // A value that is always zero; and no scale that a division could not bear.
    scale = step > 1e-30 ? step : 1
    zero = UInt8(min(max((-least / scale).rounded(.toNearestOrEven), 0), 255))
  }

  package var low: Float { -Float(zero) * scale }
  package var high: Float { Float(255 - Int(zero)) * scale }

  /// What a number becomes.
  package func rounded(_ value: Float) -> Float {
    let code = (value / scale).rounded(.toNearestOrEven) + Float(zero)
    return (min(max(code, 0), 255) - Float(zero)) * scale
  }
}

/// Ways to choose what 256 bytes stand for.
package enum Calibrator: String, Sendable, CaseIterable {
  /// All that was met.
  case minMax = "min-max"
  /// All but the rarest at either end.
  case percentile
  /// The least squared error, of what the function behind makes of the value where there is one.
  case meanSquares = "mse"

  /// Of the numbers that are met, so many may be cut off at each end.
  private static let rarest = 1e-4
  /// How finely ranges are tried at each end.
  private static let steps = 14

  package func range(_ histogram: Histogram) -> ByteRange {
    switch self {
    case .minMax: ByteRange(low: histogram.low, high: histogram.high)
    case .percentile: Self.percentile(histogram)
    case .meanSquares: Self.meanSquares(histogram)
    }
  }

  private static func percentile(_ histogram: Histogram) -> ByteRange {
    let total = histogram.counts.reduce(0, +)
    let spare = total * rarest
    func edge(_ bins: some Sequence<Int>) -> Int? {
      var passed = 0.0
      for bin in bins {
        passed += histogram.counts[bin]
        if passed > spare { return bin }
      }
      return nil
    }
    guard let first = edge(histogram.counts.indices),
      let last = edge(histogram.counts.indices.reversed()), first <= last
    else { return ByteRange(low: histogram.low, high: histogram.high) }
    return ByteRange(
      low: histogram.low + Float(first) * histogram.width,
      high: histogram.low + Float(last + 1) * histogram.width)
  }

  private static func meanSquares(_ histogram: Histogram) -> ByteRange {
    let response = histogram.response()
    let bins = histogram.counts.indices.filter { histogram.counts[$0] > 0 }
    func error(_ range: ByteRange) -> Double {
      var sum = 0.0
      for bin in bins {
        let place = (range.rounded(histogram.center(bin)) - histogram.low) / histogram.width - 0.5
        let made = interpolated(response, at: place)
        let difference = Double(made - response[bin])
        sum += histogram.counts[bin] * difference * difference
      }
      return sum
    }
    func ends(_ end: Float) -> [Float] {
      // Where no number is, nothing need be tried.
      end == 0 ? [0] : (1...steps).map { end * Float($0) / Float(steps) }
    }
    var best = ByteRange(low: histogram.low, high: histogram.high)
    var least = error(best)
    for low in ends(min(histogram.low, 0)) {
      for high in ends(max(histogram.high, 0)) {
        let range = ByteRange(low: low, high: high)
        let found = error(range)
        if found < least { (best, least) = (range, found) }
      }
    }
    return best
  }

  private static func interpolated(_ values: [Float], at place: Float) -> Float {
    let last = values.count - 1
    let clamped = min(max(place, 0), Float(last))
    let before = Int(clamped)
    let after = min(before + 1, last)
    return values[before] + (values[after] - values[before]) * (clamped - Float(before))
  }
}
