import OcelliEngine
import OcelliGraph
package import OcelliMedia
import OcelliONNX
package import OcelliVision

/// Makes a quantised model of one of floats.
package struct Quantizer {
  private let crew: Crew
  private let options: QuantizationOptions
  private let name: String
  private let floatModel: VisionModel
  private let fileSize: Int
  private let prepared: ModelFile
  private let folded: Int
  private let overrides: CardOverrides
  /// Tells how far it has come.
  private let progress: (String) -> Void

  /// `folder`: where the model may keep elements of tensors in other files.
  /// Errors: `.model` for one that is none, that is quantised already, has nothing to quantise, or takes
  /// no pictures.
  package init(
    bytes: [UInt8], name: String, folder: String?, overrides: CardOverrides = CardOverrides(),
    notes: ModelNotes = ModelNotes(), options: QuantizationOptions = QuantizationOptions(),
    progress: @escaping (String) -> Void = { _ in }
  ) throws(QuantizeError) {
    self.options = options
    self.name = name
    self.progress = progress
    fileSize = bytes.count
    crew = Crew(threadCount: options.threads)
    var file: ModelFile
    do { file = try ModelFile(bytes: bytes, folder: folder) } catch {
      throw .model("\(name): \(error)")
    }
    let quantized = file.quantizedOperators.sorted()
    guard quantized.isEmpty else {
      throw .model(
        "\(name): is quantised already (\(quantized.joined(separator: ", "))); give the model of "
          + "floats that it was made of")
    }
    do {
      floatModel = try VisionModel(
        bytes: bytes, name: name, folder: folder, overrides: overrides, notes: notes)
    } catch { throw .model("\(error)") }
    if let refusal = floatModel.card.refusal {
      throw .model("\(name): takes no pictures, so nothing can calibrate it: \(refusal)")
    }
    self.overrides = CardOverrides(pinning: floatModel.card)
    do throws(ONNXError) { try file.raiseToPerChannelQuantization() } catch {
      throw .model("\(name): \(error)")
    }
    file.removeIdentities()
    file.removeUnreadConstants()
    folded = try file.foldBatchNormalization()
    prepared = file
    guard !Layer.all(in: try FileIndex(file)).isEmpty else {
      throw .model(
        "\(name): has no convolution and no matrix product with constant weights of float32; "
          + "nothing would become faster (a model of half floats is converted to float32 first)")
    }
  }

  /// Looks at the pictures of `sources`, tries what there is, and keeps what agrees best.
  /// Errors: `.pictures`, `.evidence` where they show nothing that the model knows, `.inference`.
  package func run(
    _ sources: [SourceAddress]
  ) throws(QuantizeError) -> (bytes: [UInt8], report: QuantizationReport) {
    let start = ContinuousClock.now
    let split = try Split(sources, count: options.pictures)
    progress("\(split.calibration.count) pictures to calibrate, \(split.heldOut.count) held out")
    let judge = try Judge(
      floatModel, pictures: split.heldOut, confidence: options.confidence, crew: crew)
    if judge.referenceCount == 0 {
      throw .evidence(
        "\(name): finds nothing in the \(split.heldOut.count) pictures held out, so nobody could "
          + "tell what quantising changes; calibrate with pictures of what the model knows")
    }
    var search = Search(
      judge: judge, load: { (file) throws(QuantizeError) in try load(file) }, progress: progress)
    for variant in try variants(split) { try search.tryCalibrators(variant) }
    try search.tryWithoutCorrection()
    var swept = 0
    if search.best.agreement.loss > options.maximumLoss * Search.margin {
      let some = try Judge(
        floatModel, pictures: Self.part(of: split.calibration), confidence: options.confidence,
        crew: crew)
      swept = try search.sweep(
        on: some, seconds: options.budget, goal: options.maximumLoss * Search.margin)
    }
    let best = search.best
    let bytes: [UInt8]
    do { bytes = try best.file.serialized() } catch { throw .model("\(name): \(error)") }
    let layers = best.variant.layers
    let report = QuantizationReport(
      model: name, sizes: (fileSize, bytes.count), layers: layers.map(\.name),
      floats: layers.filter { !best.quantized.contains($0.node) }.map(\.name),
      calibrator: best.calibrator, equalized: best.variant.equalized, folded: folded,
      correctsBiases: best.corrects, calibrated: split.calibration.count,
      agreement: best.agreement, trials: search.trials, swept: swept,
      seconds: (ContinuousClock.now - start) / .seconds(1), hints: hints(bytes))
    return (bytes, report)
  }

  /// A few pictures, spread over all: a sweep runs many times.
  private static func part(of pictures: [SamplePictures.Held]) -> [SamplePictures.Held] {
    let step = max(pictures.count / 8, 1)
    return stride(from: 0, to: pictures.count, by: step).map { pictures[$0] }
  }

  /// The model that a file is, taken for what the model of floats was. Errors: `.model`.
  private func load(_ file: ModelFile) throws(QuantizeError) -> VisionModel {
    do {
      return try VisionModel(bytes: try file.serialized(), name: name, overrides: overrides)
    } catch { throw .model("\(name), quantised: \(error)") }
  }

  // MARK: Forms of the model of floats

  /// The model as it is, and with its layers equalised where that changes something.
  private func variants(_ split: Split) throws(QuantizeError) -> [Variant] {
    progress("looking at the values of \(name)")
    let plain = try variant(prepared, equalized: 0, split)
    var equal = prepared
    let pairs = try equal.equalizeLayers(peaks: plain.calibration.statistics.mapValues(\.peaks))
    guard pairs > 0 else { return [plain] }
    progress("looking at the values with \(pairs) pairs of layers equalised")
    return [plain, try variant(equal, equalized: pairs, split)]
  }

  private func variant(
    _ file: ModelFile, equalized: Int, _ split: Split
  ) throws(QuantizeError) -> Variant {
    let observer = try Observer(try load(file), crew: crew)
    let index = try FileIndex(file)
    let region = QuantizedRegion(index, known: observer.known)
    let input = inputRange(file, observer.known)
    let calibration = try Calibration(
      region, values: region.quantizedValues(inputs: file.inputs, known: observer.known),
      also: region.layers.map(\.input), observer: observer, pictures: split.calibration,
      input: input)
    return Variant(
      file: file, index: index, known: observer.known, layers: region.layers,
      calibration: calibration, equalized: equalized)
  }

  /// The numbers that grey levels become: known without any picture.
  private func inputRange(
    _ file: ModelFile, _ known: Set<String>
  ) -> (name: String, range: ByteRange)? {
    let graph = floatModel.graph
    guard let id = graph.inputs.first, known.contains(graph[id].name) else { return nil }
    let preprocessing = floatModel.card.preprocessing
    var ends: [Float] = []
    for (mean, scale) in zip(preprocessing.mean.value, preprocessing.scale.value) {
      ends.append(-mean * scale)
      ends.append((255 - mean) * scale)
    }
    guard let low = ends.min(), let high = ends.max(), low < high else { return nil }
    return (graph[id].name, ByteRange(low: low, high: high))
  }

  /// What the quantised file does not tell and the model of floats did: known files are known by their
  /// bytes, and a sidecar lies beside one file alone.
  private func hints(_ bytes: [UInt8]) -> [String] {
    guard let alone = try? VisionModel(bytes: bytes, name: name) else { return [] }
    let (before, after) = (floatModel.card.lines, alone.card.lines)
    return before.compactMap { line in
      let settings = [
        "head", "color", "mean", "scale", "resize", "pad", "layout", "iou", "labels", "size",
      ]
      guard settings.contains(line.what),
        after.first(where: { $0.what == line.what })?.value != line.value
      else { return nil }
      return "\(line.what): \(line.value)"
    }
  }
}

/// One form of the model of floats, and what was learnt of it.
struct Variant {
  let file: ModelFile
  let index: FileIndex
  let known: Set<String>
  let layers: [Layer]
  let calibration: Calibration
  let equalized: Int
}

/// Pictures to calibrate with, and others to judge by.
struct Split {
  private(set) var calibration: [SamplePictures.Held] = []
  private(set) var heldOut: [SamplePictures.Held] = []

  /// Every picture of this number is held out.
  private static let third = 3
  private static let mostDecoded = 6_000

  /// `count` pictures, spread over all sources. A source that gives none is passed over where others do.
  /// Errors: `.pictures`, `.evidence` for fewer than six.
  init(_ sources: [SourceAddress], count: Int) throws(QuantizeError) {
    let step = max(sources.count / max(count, 1), 1)
    let chosen = stride(from: 0, to: sources.count, by: step).map { sources[$0] }
    var failure: MediaError?
    var all: [SamplePictures.Held] = []
    for (place, source) in chosen.enumerated() {
      let left = chosen.count - place
      let share = max((count - all.count + left - 1) / left, 1)
      do throws(MediaError) {
        all += try SamplePictures(
          source, count: share, spacing: nil, mostDecoded: Self.mostDecoded
        ).pictures
      } catch { failure = failure ?? error }
    }
    if all.isEmpty, let failure { throw .pictures(failure) }
    guard all.count >= 2 * Self.third else {
      throw .evidence(
        "\(all.count) pictures to calibrate with; at least \(2 * Self.third) are needed (50 and more "
          + "are good)")
    }
    for (place, picture) in all.enumerated() {
      if place % Self.third == Self.third - 1 {
        heldOut.append(picture)
      } else {
        calibration.append(picture)
      }
    }
  }
}
