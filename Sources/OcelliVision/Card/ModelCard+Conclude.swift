import OcelliEngine
package import OcelliGraph
import OcelliTensor

extension ModelCard {
  /// Concludes what a model is from its graph. What the user gave wins.
  /// Errors: `.model` where what was given cannot be.
  package static func conclude(
    from graph: Graph, sha256: String, overrides: CardOverrides = CardOverrides()
  ) throws(VisionError) -> ModelCard {
    try specialize(graph, sha256: sha256, overrides: overrides).card
  }

  /// The card, and the graph with its shapes bound and simplified where that can be done.
  static func specialize(
    _ graph: Graph, sha256: String, overrides: CardOverrides
  ) throws(VisionError) -> (card: ModelCard, simplified: Graph?) {
    try overrides.check()
    let open = ModelFacts(graph)
    let layout = concludeLayout(open).overridden(by: overrides.layout)
    let size = try concludeSize(open, layout.value, overrides.size)
    let shape = refusal(open, layout.value) == nil ? inputShape(size.value, layout.value) : []
    // Where shapes cannot be inferred the file's own must do; making a session says what is wrong.
    let simplified = try? Session.simplified(graph, options: SessionOptions(inputShape: shape))
    let facts = ModelFacts(graph, specialized: simplified)
    return (try conclude(from: facts, sha256: sha256, overrides: overrides), simplified)
  }

  /// The extents of a picture input, batch first.
  private static func inputShape(_ size: InputSize, _ layout: TensorLayout) -> [Int?] {
    layout == .nchw ? [1, 3, size.height, size.width] : [1, size.height, size.width, 3]
  }

  /// The extents that the picture input gets, for the engine; empty where it takes no picture.
  package var inputShape: [Int?] {
    refusal == nil
      ? Self.inputShape(preprocessing.size.value, preprocessing.layout.value) : []
  }

  /// As above, from the facts alone.
  package static func conclude(
    from facts: ModelFacts, sha256: String, overrides: CardOverrides = CardOverrides()
  ) throws(VisionError) -> ModelCard {
    try overrides.check()
    let layout = concludeLayout(facts).overridden(by: overrides.layout)
    let size = try concludeSize(facts, layout.value, overrides.size)
    let found = try concludeHead(facts, size.value, overrides.head)
    let picture = found.picture
    func part<V>(_ value: V) -> Conclusion<V> {
      Conclusion(value, picture.sureness, picture.reason)
    }
    let color = part(picture.value.color).overridden(by: overrides.color)
    var (mean, scale) = (part(picture.value.mean), part(picture.value.scale))
    if color.value != picture.value.color {
      // The statistics belong to colours, not to places.
      (mean.value, scale.value) = (mean.value.reversed(), scale.value.reversed())
    }
    if facts.normalizesInside {
      mean = Conclusion([0, 0, 0], .likely, "the graph itself subtracts and scales its input")
      scale = Conclusion([1, 1, 1], .likely, "the graph itself subtracts and scales its input")
    }
    return ModelCard(
      name: facts.name, sha256: sha256, task: found.task, head: found.head,
      preprocessing: Preprocessing(
        size: size, layout: layout, color: color, mean: mean.overridden(by: overrides.mean),
        scale: scale.overridden(by: overrides.scale),
        resize: part(picture.value.resize).overridden(by: overrides.resize),
        pad: part(picture.value.pad).overridden(by: overrides.pad),
        cutsSize: picture.value.cutsSize),
      labels: try concludeLabels(facts, found, overrides.labels),
      overlap: found.overlap
        ?? Conclusion(0.7, .guess, "the usual overlap; the family's own is not known"),
      refusal: refusal(facts, layout.value))
  }
}

/// A head with what follows from it.
private struct FoundHead {
  var task: Conclusion<VisionTask>
  var head: Conclusion<HeadKind>
  var classCount: Int
  var picture: Conclusion<PictureConvention>
  var labels: Conclusion<[String]>?
  var overlap: Conclusion<Float>?
}

extension ModelCard {
  private static func concludeLayout(_ facts: ModelFacts) -> Conclusion<TensorLayout> {
    guard let extents = facts.inputs.first?.extents, extents.count == 4 else {
      return Conclusion(.nchw, .guess, "the input's axes are not known")
    }
    if let channels = extents[1], channels == 3 {
      return Conclusion(.nchw, .certain, "the input's second axis is 3")
    }
    if let channels = extents[3], channels == 3 {
      return Conclusion(.nhwc, .certain, "the input's last axis is 3")
    }
    return Conclusion(.nchw, .guess, "no axis of the input is 3")
  }

  private static func concludeSize(
    _ facts: ModelFacts, _ layout: TensorLayout, _ given: InputSize?
  ) throws(VisionError) -> Conclusion<InputSize> {
    let extents = facts.inputs.first?.extents ?? []
    let isImage = extents.count == 4
    let height = isImage ? extents[layout == .nchw ? 2 : 1] : nil
    let width = isImage ? extents[layout == .nchw ? 3 : 2] : nil
    if let width, let height, width > 0, height > 0 {
      let size = InputSize(width: width, height: height)
      if let given, given != size {
        throw .model("--size \(given): the model's input is fixed at \(size)")
      }
      return Conclusion(size, .certain, "the input's shape")
    }
    if let given { return .given(given) }
    if let stated = imageSize(facts.metadata["imgsz"]) {
      return Conclusion(stated, .certain, "the metadata's `imgsz`")
    }
    let isYuNet = facts.output(named: "cls_8") != nil
    let side = isYuNet ? 640 : 224
    return Conclusion(
      InputSize(width: width ?? side, height: height ?? side), .guess,
      "the file leaves the size open; --size says otherwise")
  }

  /// `[height, width]` as Ultralytics writes it.
  private static func imageSize(_ text: String?) -> InputSize? {
    let sides = (text ?? "").split(whereSeparator: { !($0.isASCII && $0.isNumber) })
      .compactMap { Int($0) }
    guard let height = sides.first, let width = sides.dropFirst().first ?? sides.first,
      (1...8192).contains(width), (1...8192).contains(height)
    else { return nil }
    return InputSize(width: width, height: height)
  }

  private static func concludeHead(
    _ facts: ModelFacts, _ size: InputSize, _ given: String?
  ) throws(VisionError) -> FoundHead {
    let areFloat = facts.outputs.allSatisfy { $0.type == .float32 }
    for detector in detectors where areFloat && (given == nil || given == detector.name) {
      if let r = detector.recognize(facts, size: size) {
        let asked = given != nil
        return FoundHead(
          task: Conclusion(.detect, asked ? .certain : r.sureness, "the head finds boxes"),
          head: Conclusion(
            .detector(r.head), asked ? .certain : r.sureness,
            asked ? "given; \(r.reason)" : r.reason),
          classCount: r.classCount, picture: r.picture, labels: r.labels, overlap: r.overlap)
      }
    }
    if areFloat, given == nil || given == Classifier.name,
      let c = Classifier.recognize(facts, given: given != nil)
    {
      return FoundHead(
        task: Conclusion(.classify, c.sureness, "the head rates classes"),
        head: Conclusion(.classifier(c.value), c.sureness, c.reason),
        classCount: c.value.classCount,
        picture: Conclusion(.imageNet, .guess, "most classifiers take ImageNet's statistics"))
    }
    if let given, given != "raw" { throw mismatch(given, facts, areFloat) }
    let sureness: Sureness = given != nil ? .certain : .likely
    let reason =
      given != nil
      ? "given"
      : areFloat
        ? "no known head has these outputs: \(describe(facts.outputs))"
        : "heads read float32 outputs: \(describe(facts.outputs))"
    return FoundHead(
      task: Conclusion(.raw, sureness, "no head turns outputs into findings"),
      head: Conclusion(.raw, sureness, reason), classCount: 0,
      picture: Conclusion(
        .unit(.rgb, .stretch, pad: 0), .guess, "RGB, value / 255 is the most usual"))
  }

  private static func mismatch(
    _ name: String, _ facts: ModelFacts, _ areFloat: Bool
  ) -> VisionError {
    let expects = detectors.first { $0.name == name }?.expects ?? Classifier.expects
    let type = areFloat ? "" : " of float32"
    return .model(
      "--head \(name) expects \(expects)\(type); the model gives \(describe(facts.outputs))")
  }

  private static func concludeLabels(
    _ facts: ModelFacts, _ found: FoundHead, _ given: [String]?
  ) throws(VisionError) -> Conclusion<[String]> {
    let count = found.classCount
    if let given {
      guard found.task.value == .raw || given.count == count else {
        throw .model("--labels names \(given.count) classes; the model has \(count)")
      }
      return .given(given)
    }
    if let names = Labels.parse(facts.metadata["names"] ?? ""), count == 0 || names.count == count {
      return Conclusion(names, .certain, "the metadata's `names`")
    }
    if let labels = found.labels { return labels }
    if count == 80, found.task.value == .detect {
      return Conclusion(Labels.coco, .likely, "80 classes are COCO's")
    }
    return Conclusion([], .certain, "the file names none; --labels FILE does")
  }

  /// Why no picture can be fed, where that is so.
  private static func refusal(_ facts: ModelFacts, _ layout: TensorLayout) -> String? {
    guard facts.inputs.count == 1, let input = facts.inputs.first else {
      return "it has \(facts.inputs.count) inputs; a picture fills exactly one"
    }
    guard input.type == .float32 else {
      return "its input is \(input.type.rawValue); pictures are fed as float32"
    }
    guard let extents = input.extents else { return nil }
    guard extents.count == 4 else { return "its input is no picture: \(describe([input]))" }
    if let channels = extents[layout == .nchw ? 1 : 3], channels != 3 {
      return "its input has \(channels) channels; pictures are fed as three"
    }
    if let batch = extents[0], batch != 1 { return "its batch is \(batch); it must be 1" }
    return nil
  }

  static func describe(_ ports: [ModelFacts.Port]) -> String {
    let texts = ports.prefix(12).map { port in
      let axes = port.extents.map { $0.map { $0.map(String.init) ?? "?" } } ?? ["unknown"]
      return "\(port.name) [\(axes.joined(separator: ", "))] \(port.type.rawValue)"
    }
    return texts.joined(separator: "; ") + (ports.count > 12 ? "; …" : "")
  }
}
