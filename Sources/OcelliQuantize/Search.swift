import OcelliONNX
import OcelliVision

/// Tries ways to quantise a model, and keeps the one whose findings agree best; of those that agree well
/// enough, the fastest.
struct Search {
  /// One way, and what it gives.
  struct Result {
    var variant: Variant
    var calibrator: Calibrator
    var corrects: Bool
    /// The nodes of the layers on bytes.
    var quantized: Set<Int>
    var file: ModelFile
    var agreement: Agreement
    /// The quickest run. Units: seconds.
    var time: Double

    var floats: Set<Int> { Set(variant.layers.map(\.node)).subtracting(quantized) }
  }

  /// A share of the loss that is allowed, so that other pictures may lose more than those seen here.
  private static let margin = 0.5
  /// A share of the time of the model of floats, beyond which bytes are not worth what they lose.
  private static let worthwhile = 0.95
  /// Times nearer to each other than this are the same.
  private static let sameTime = 0.03
  /// So many of the first layers are left in float together at most.
  private static let mostFirst = 6
  /// So many layers are left in float, one after the other; at most nine tenths of all.
  private static let steps = [1, 2, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68, 80, 95, 120]

  private let judge: Judge
  private let maximumLoss: Double
  private let load: (ModelFile) throws(QuantizeError) -> VisionModel
  private let progress: (String) -> Void
  private(set) var trials: [QuantizationReport.Trial] = []
  private var found: Result?
  private var variants: [Variant] = []
  /// What is slower than this, and than all layers on bytes, is of no use. Units: seconds.
  private var slowest: Double

  init(
    judge: Judge, maximumLoss: Double,
    load: @escaping (ModelFile) throws(QuantizeError) -> VisionModel,
    progress: @escaping (String) -> Void
  ) {
    self.judge = judge
    self.maximumLoss = maximumLoss
    self.load = load
    self.progress = progress
    slowest = judge.referenceTime * Self.worthwhile
  }

  /// Traps: before anything was tried.
  var best: Result {
    guard let found else { preconditionFailure("nothing was tried") }
    return found
  }

  /// Whether so little is lost that nothing more need be tried.
  var isReached: Bool { grade(best) == 0 }

  /// 0 where other pictures may lose more and it is still little enough, 1 where these lose no more than
  /// is allowed, else 2.
  private func grade(_ result: Result) -> Int {
    let loss = result.agreement.loss
    return loss <= maximumLoss * Self.margin ? 0 : loss <= maximumLoss ? 1 : 2
  }

  /// All layers on bytes. Errors: `.model`, `.inference`.
  mutating func tryCalibrators(_ variant: Variant) throws(QuantizeError) {
    variants.append(variant)
    for calibrator in Calibrator.allCases {
      try attempt(variant, calibrator, corrects: true, floats: [])
    }
  }

  /// Errors: as above.
  mutating func tryWithoutCorrection() throws(QuantizeError) {
    let now = best
    try attempt(now.variant, now.calibrator, corrects: false, floats: now.floats)
  }

  /// Returns how long a run took. Units: seconds.
  @discardableResult
  private mutating func attempt(
    _ variant: Variant, _ calibrator: Calibrator, corrects: Bool, floats: Set<Int>
  ) throws(QuantizeError) -> Double {
    let way = Self.way(variant, calibrator, corrects: corrects, floats: floats.count)
    progress("trying \(way)")
    let layers = Set(variant.layers.map(\.node)).subtracting(floats)
    let file = try written(variant, calibrator, corrects: corrects, layers: layers)
    let (agreement, time) = try judge.judge(try load(file))
    trials.append(QuantizationReport.Trial(way: way, agreement: agreement, time: time))
    if floats.isEmpty { slowest = max(slowest, time * (1 + Self.sameTime)) }
    let result = Result(
      variant: variant, calibrator: calibrator, corrects: corrects, quantized: layers, file: file,
      agreement: agreement, time: time)
    if found.map({ isBetter(result, than: $0) }) ?? true { found = result }
    return time
  }

  private static func way(
    _ variant: Variant, _ calibrator: Calibrator, corrects: Bool, floats: Int
  ) -> String {
    calibrator.rawValue + (variant.equalized > 0 ? ", equalised" : "")
      + (corrects ? "" : ", biases as they are")
      + (floats > 0 ? ", \(floats) layer\(floats == 1 ? "" : "s") in float" : "")
  }

  private func isBetter(_ result: Result, than other: Result) -> Bool {
    if result.time > slowest { return false }
    let (grade, others) = (grade(result), grade(other))
    if grade != others { return grade < others }
    // The same layers take the same time, whatever was measured.
    if grade < 2, result.quantized != other.quantized,
      abs(result.time - other.time) > Self.sameTime * other.time
    {
      return result.time < other.time
    }
    return result.agreement.isBetter(than: other.agreement)
  }

  private func written(
    _ variant: Variant, _ calibrator: Calibrator, corrects: Bool, layers: Set<Int>
  ) throws(QuantizeError) -> ModelFile {
    let floats = Set(variant.layers.map(\.node)).subtracting(layers)
    let region = QuantizedRegion(variant.index, floats: floats, known: variant.known)
    return try QDQWriter(
      variant.file, region: region, calibration: variant.calibration, calibrator: calibrator,
      corrects: corrects
    ).written()
  }

  // MARK: Layers in float

  /// Leaves layers in float until the loss is no more than the goal: first those at the beginning
  /// together, which costs one change from floats to bytes, then those that move the findings most.
  /// `some`: who judges a layer. Returns how many layers were measured in the time.
  /// Errors: as above.
  mutating func sweep(on some: Judge, seconds: Double) throws(QuantizeError) -> Int {
    let end = ContinuousClock.now + .seconds(seconds)
    try leaveFirst()
    if isReached { return 0 }
    let sensitivities = try measured(on: some, until: end)
    // The trials behind may take as long again.
    let last = ContinuousClock.now + .seconds(max(seconds, 1))
    let start = best
    let layers = start.variant.layers
    let most = min(max(layers.count * 9 / 10, 1), sensitivities.count)
    for count in Self.steps where count <= most {
      guard count == 1 || ContinuousClock.now < last else { break }
      let floats = Self.closed(start.floats.union(sensitivities.prefix(count)), layers)
      let time = try attempt(
        start.variant, start.calibrator, corrects: start.corrects, floats: floats)
      // More of them only take longer.
      if isReached || time > slowest * 1.1 { break }
    }
    return sensitivities.count
  }

  private mutating func leaveFirst() throws(QuantizeError) {
    let start = best
    let nodes = start.variant.layers.map(\.node)
    for count in 1...Self.mostFirst where count <= nodes.count / 2 && !isReached {
      try attempt(
        start.variant, start.calibrator, corrects: start.corrects,
        floats: Set(nodes.prefix(count)))
    }
    // Bad layers hid which ranges are the best for all others.
    let now = best
    for variant in variants where !now.floats.isEmpty {
      for calibrator in Calibrator.allCases where !isReached {
        if variant.equalized == now.variant.equalized, calibrator == now.calibrator { continue }
        try attempt(variant, calibrator, corrects: now.corrects, floats: now.floats)
      }
    }
  }

  /// The layers on bytes, those first that move the findings most where they alone are quantised.
  private func measured(
    on some: Judge, until end: ContinuousClock.Instant
  ) throws(QuantizeError) -> [Int] {
    let start = best
    let layers = start.variant.layers.filter { start.quantized.contains($0.node) }
    var sensitivities: [(node: Int, distance: Double)] = []
    for (place, layer) in Self.order(layers).enumerated() {
      guard ContinuousClock.now < end else { break }
      progress("layer \(place + 1) of \(layers.count): \(layer.name)")
      let file = try written(
        start.variant, start.calibrator, corrects: start.corrects, layers: [layer.node])
      sensitivities.append((layer.node, try some.judge(try load(file)).agreement.distance))
    }
    return sensitivities.sorted { $0.distance > $1.distance }.map(\.node)
  }

  /// With those on bytes that stand alone between two in float: two changes would cost more than bytes
  /// gain.
  private static func closed(_ floats: Set<Int>, _ layers: [Layer]) -> Set<Int> {
    var closed = floats
    for place in layers.indices.dropFirst().dropLast()
    where floats.contains(layers[place - 1].node) && floats.contains(layers[place + 1].node) {
      closed.insert(layers[place].node)
    }
    return closed
  }

  /// First and last layers are the most sensitive by experience: they come first, should time run out.
  private static func order(_ layers: [Layer]) -> [Layer] {
    let ends = layers.indices.map { min($0, layers.count - 1 - $0) }
    return layers.indices.sorted { (ends[$0], $0) < (ends[$1], $1) }.map { layers[$0] }
  }
}
