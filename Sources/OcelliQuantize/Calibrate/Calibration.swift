import OcelliMedia
import OcelliTensor

/// What was learnt of a model of floats from the calibration pictures.
struct Calibration {
  let statistics: [String: ValueStatistics]
  let histograms: [String: Histogram]
  /// The range of the picture's input, which is known without any picture.
  let input: (name: String, range: ByteRange)?

  /// `values`: those that are to be quantised. `also`: those of which only the channels are wanted.
  /// Errors: as `Observer`.
  init(
    _ region: QuantizedRegion, values: [String], also: [String], observer: Observer,
    pictures: [SamplePictures.Held], input: (name: String, range: ByteRange)?
  ) throws(QuantizeError) {
    var statistics: [String: ValueStatistics] = [:]
    let wanted = Set(values).union(also)
    let wishes = wanted.sorted().map { Observer.Wish(name: $0) }
    try observer.observe(wishes, in: pictures) { wish, shape, elements, _ in
      let channels = shape.rank > 1 ? shape[1] : 1
      let inner = shape.dimensions.dropFirst(2).reduce(1, *)
      statistics[wish.name, default: ValueStatistics()].add(
        elements, channels: channels, inner: inner)
    }
    var histograms: [String: Histogram] = [:]
    for value in values {
      guard let seen = statistics[value], seen.isSeen else { continue }
      histograms[value] = Histogram(low: seen.low, high: seen.high)
    }
    let functions = values.filter { histograms[$0] != nil }.map {
      Observer.Wish(name: $0, with: region.functionResult(of: $0))
    }
    try observer.observe(functions, in: pictures) { wish, _, elements, made in
      histograms[wish.name]?.add(elements, made: made)
    }
    self.statistics = statistics
    self.histograms = histograms
    self.input = input
  }

  /// What each quantised value's bytes stand for, by one calibrator.
  func ranges(_ calibrator: Calibrator) -> [String: ByteRange] {
    var ranges = histograms.mapValues { calibrator.range($0) }
    if let input { ranges[input.name] = input.range }
    return ranges
  }
}

/// Values that have one range.
struct SharedRanges {
  private var parents: [String: String] = [:]
  private var ranges: [String: ByteRange]

  /// A part of a concatenation takes the range of the whole where its own is at least so much of it: it
  /// loses a bit at most, and nothing is requantised.
  private static let likeness: Float = 0.5

  /// `fixed`: a value whose range stays as it is.
  init(_ own: [String: ByteRange], region: QuantizedRegion, fixed: String?) {
    ranges = own
    for name in own.keys { parents[name] = name }
    let exact = fixed.flatMap { own[$0] }
    for (a, b) in region.movedPairs() { join(a, b) }
    for (parts, whole) in region.joins() {
      for part in parts {
        guard let mine = self[part], let all = self[whole],
          mine.high - mine.low >= Self.likeness * (all.high - all.low)
        else { continue }
        join(part, whole)
      }
    }
    // The steps of a picture's numbers are known; what is only moved of it has the same.
    if let fixed, let exact, let root = find(fixed), let now = ranges[root],
      now.high - now.low <= exact.high - exact.low + exact.scale
    {
      ranges[root] = exact
    }
  }

  subscript(name: String) -> ByteRange? { find(name).flatMap { ranges[$0] } }

  private func find(_ name: String) -> String? {
    guard var root = parents[name] else { return nil }
    while let next = parents[root], next != root { root = next }
    return root
  }

  private mutating func join(_ a: String, _ b: String) {
    guard let first = find(a), let second = find(b), first != second, let one = ranges[first],
      let other = ranges[second]
    else { return }
    parents[second] = first
    ranges[first] = ByteRange(low: min(one.low, other.low), high: max(one.high, other.high))
  }
}
