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
  /// So many layers are left in float, one after the other; at most nine tenths of all.
  private static let steps = [1, 2, 3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68, 80, 95, 120]
  /// At this number all ways to calibrate are tried again.
  private static let again = 3

  private let judge: Judge
  private let load: (ModelFile) throws(QuantizeError) -> VisionModel
  private let progress: (String) -> Void
  private(set) var trials: [QuantizationReport.Trial] = []
  private var found: Result?
  private var variants: [Variant] = []

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
    variants.append(variant)
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

  /// Another number of layers in float.
  private mutating func attempt(
    _ result: Result, _ calibrator: Calibrator, _ variant: Variant? = nil, floats: Set<Int>
  ) throws(QuantizeError) {
    let variant = variant ?? result.variant
    let way = calibrator.rawValue + (variant.equalized > 0 ? ", equalised" : "")
    try attempt(
      "\(way), \(floats.count) layer\(floats.count == 1 ? "" : "s") in float", variant, calibrator,
      corrects: result.corrects, layers: Set(variant.layers.map(\.node)).subtracting(floats))
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
    // The trials behind may take as long again.
    let last = ContinuousClock.now + .seconds(max(seconds, 1))
    let most = min(max(layers.count * 9 / 10, 1), sensitivities.count)
    for count in Self.steps where count <= most {
      guard count == 1 || ContinuousClock.now < last else { break }
      let floats = Set(sensitivities.prefix(count).map(\.node))
      let now = best
      try attempt(now, now.calibrator, floats: floats)
      // The few worst layers hide which ranges are the best for all others.
      if count == Self.again {
        for variant in variants {
          for calibrator in Calibrator.allCases where ContinuousClock.now < last {
            if variant.equalized == now.variant.equalized, calibrator == now.calibrator { continue }
            try attempt(now, calibrator, variant, floats: floats)
          }
        }
      }
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
