/// What was seen of a value over the calibration pictures.
struct ValueStatistics {
  var low = Float.infinity
  var high = -Float.infinity
  /// By channel, the second axis; empty for values without one.
  var peaks: [Float] = []
  private var sums: [Double] = []
  private var count = 0

  /// Numbers that are not finite are left out. `channels` × `inner` elements a picture.
  mutating func add(_ elements: Span<Float>, channels: Int, inner: Int) {
    if peaks.isEmpty {
      peaks = [Float](repeating: 0, count: channels)
      sums = [Double](repeating: 0, count: channels)
    }
    guard peaks.count == channels, channels * inner > 0 else { return }
    let batches = elements.count / (channels * inner)
    count += batches * inner
    for batch in 0..<batches {
      for channel in 0..<channels {
        let start = (batch * channels + channel) * inner
        var least = Float.infinity
        var most = -Float.infinity
        var sum: Float = 0
        for index in start..<start + inner {
          let value = elements[index]
          guard value.isFinite else { continue }
          least = min(least, value)
          most = max(most, value)
          sum += value
        }
        guard least <= most else { continue }
        low = min(low, least)
        high = max(high, most)
        peaks[channel] = max(peaks[channel], max(abs(least), abs(most)))
        sums[channel] += Double(sum)
      }
    }
  }

  var isSeen: Bool { low <= high }

  /// The mean of each channel.
  var means: [Float] { sums.map { count > 0 ? Float($0 / Double(count)) : 0 } }
}

/// How often numbers of a value were met, and what a function behind it made of them.
package struct Histogram: Sendable {
  let low: Float
  let high: Float
  private(set) var counts: [Double]
  private var results: [Double]
  private var hasResults = false

  package static let bins = 1024

  package init(low: Float, high: Float, bins: Int = Histogram.bins) {
    self.low = low
    self.high = high
    counts = [Double](repeating: 0, count: bins)
    results = [Double](repeating: 0, count: bins)
  }

  var width: Float { (high - low) / Float(counts.count) }

  /// `made`: what the function made of each element, as many.
  package mutating func add(_ elements: Span<Float>, made: [Float]? = nil) {
    let last = Float(counts.count - 1)
    guard width > 0 else { return }
    let perUnit = 1 / width
    let made = made?.count == elements.count ? made : nil
    for index in elements.indices {
      let value = elements[index]
      guard value.isFinite else { continue }
      let bin = Int(min(max((value - low) * perUnit, 0), last))
      counts[bin] += 1
      if let made, made[index].isFinite { results[bin] += Double(made[index]) }
    }
    if made != nil { hasResults = true }
  }

  func center(_ bin: Int) -> Float { low + (Float(bin) + 0.5) * width }

  /// What the function behind the value makes of the numbers of each bin; the numbers themselves where
  /// there is none. Bins that were not met lie between their neighbours.
  func response() -> [Float] {
    var response = counts.indices.map { bin in
      !hasResults ? center(bin) : counts[bin] > 0 ? Float(results[bin] / counts[bin]) : .nan
    }
    let met = response.indices.filter { !response[$0].isNaN }
    guard let first = met.first, let last = met.last else {
      return counts.indices.map { center($0) }
    }
    for bin in 0..<first { response[bin] = response[first] }
    for bin in last..<response.count { response[bin] = response[last] }
    for (before, after) in zip(met, met.dropFirst()) where after > before + 1 {
      let step = (response[after] - response[before]) / Float(after - before)
      for bin in before + 1..<after {
        response[bin] = response[before] + step * Float(bin - before)
      }
    }
    return response
  }
}
