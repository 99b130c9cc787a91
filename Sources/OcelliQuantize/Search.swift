import OcelliONNX
import OcelliVision

/// Tries ways to quantise a model, and keeps the one whose findings agree best.
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
  }

  /// A share of the loss that is allowed, so that other pictures may lose more than those seen here.
  static let margin = 0.5
  /// Layers are left in float in steps of this order; at most a third of all.
  private static let steps = [1, 2, 3, 5, 8, 12, 17, 23, 30, 40, 55, 75, 100]

  private let judge: Judge
  private let load: (ModelFile) throws(QuantizeError) -> VisionModel
  private let progress: (String) -> Void
  private(set) var trials: [QuantizationReport.Trial] = []
  private var found: Result?

  init(
    judge: Judge, load: @escaping (ModelFile) throws(QuantizeError) -> VisionModel,
    progress: @escaping (String) -> Void
  ) {
    self.judge = judge
    self.load = load
    self.progress = progress
  }

  /// Traps: before anything was tried.
  var best: Result {
    guard let found else { preconditionFailure("nothing was tried") }
    return found
  }

  /// Errors: `.model`, `.inference`.
  mutating func tryCalibrators(_ variant: Variant) throws(QuantizeError) {
    for calibrator in Calibrator.allCases {
      let way = calibrator.rawValue + (variant.equalized > 0 ? ", equalised" : "")
      try attempt(
        way, variant, calibrator, corrects: true, layers: Set(variant.layers.map(\.node)))
    }
  }

  /// Errors: as above.
  mutating func tryWithoutCorrection() throws(QuantizeError) {
    let now = best
    try attempt(
      "\(now.calibrator.rawValue), biases as they are", now.variant, now.calibrator,
      corrects: false, layers: now.quantized)
  }

  private mutating func attempt(
    _ way: String, _ variant: Variant, _ calibrator: Calibrator, corrects: Bool, layers: Set<Int>
  ) throws(QuantizeError) {
    progress("trying \(way)")
    let file = try written(variant, calibrator, corrects: corrects, layers: layers)
    let agreement = try judge.judge(try load(file))
    trials.append(QuantizationReport.Trial(way: way, agreement: agreement))
    if let found, !agreement.isBetter(than: found.agreement) { return }
    found = Result(
      variant: variant, calibrator: calibrator, corrects: corrects, quantized: layers, file: file,
      agreement: agreement)
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

  /// Measures how far each layer moves the findings when it alone is quantised, and leaves those that
  /// move them most in float until the loss is no more than `goal`. `some`: who judges a layer.
  /// Returns how many layers were measured in the time. Errors: as above.
  mutating func sweep(
    on some: Judge, seconds: Double, goal: Double
  ) throws(QuantizeError) -> Int {
    let end = ContinuousClock.now + .seconds(seconds)
    let start = best
    let layers = start.variant.layers
    var sensitivities: [(node: Int, distance: Double)] = []
    for (place, layer) in Self.order(layers).enumerated() {
      guard ContinuousClock.now < end else { break }
      progress("layer \(place + 1) of \(layers.count): \(layer.name)")
      let file = try written(
        start.variant, start.calibrator, corrects: start.corrects, layers: [layer.node])
      sensitivities.append((layer.node, try some.judge(try load(file)).distance))
    }
    sensitivities.sort { $0.distance > $1.distance }
    // The last steps need time too; each is one more trial.
    for count in Self.steps where count <= max(layers.count / 3, 1) && count <= sensitivities.count
    {
      let floats = Set(sensitivities.prefix(count).map(\.node))
      try attempt(
        "\(start.calibrator.rawValue), \(count) layer\(count == 1 ? "" : "s") in float",
        start.variant, start.calibrator, corrects: start.corrects,
        layers: start.quantized.subtracting(floats))
      if best.agreement.loss <= goal { break }
    }
    return sensitivities.count
  }

  /// First and last layers are the most sensitive by experience: they come first, should time run out.
  private static func order(_ layers: [Layer]) -> [Layer] {
    let ends = layers.indices.map { min($0, layers.count - 1 - $0) }
    return layers.indices.sorted { (ends[$0], $0) < (ends[$1], $1) }.map { layers[$0] }
  }
}
