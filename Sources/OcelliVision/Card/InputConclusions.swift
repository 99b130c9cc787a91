import OcelliTensor

/// What a model's inputs want, concluded from their shapes and types and from the family.
enum InputConclusions {
  static func layout(_ facts: ModelFacts) -> Conclusion<TensorLayout> {
    let extents = facts.inputs.first?.extents ?? [nil, nil, nil, nil]
    guard extents.count == 4 else {
      return Conclusion(.nchw, .guess, "the input's axes are not known")
    }
    for channels in [3, 1] {
      // A side of one pixel is no picture: where both ends are 1 the second axis is the channels.
      if extents[1] == channels {
        return Conclusion(.nchw, .certain, "the input's second axis is \(channels)")
      }
      if extents[3] == channels {
        return Conclusion(.nhwc, .certain, "the input's last axis is \(channels)")
      }
    }
    if let axes = facts.pictureAxes, [1, 3].contains(axes.channelAxis) {
      return Conclusion(
        axes.channelAxis == 1 ? .nchw : .nhwc, .likely,
        "the first convolution takes its \(axes.channels) channels from axis \(axes.channelAxis)")
    }
    return Conclusion(.nchw, .guess, "no axis of the input is 3 or 1")
  }

  /// Colours of the input; 3 where the file leaves them open.
  static func channels(_ facts: ModelFacts, _ layout: TensorLayout) -> Int {
    let axis = layout == .nchw ? 1 : 3
    let found = facts.pictureAxes.flatMap { $0.channelAxis == axis ? $0.channels : nil } ?? 3
    guard let extents = facts.inputs.first?.extents, extents.count == 4 else { return found }
    return extents[axis] ?? found
  }

  static func size(
    _ facts: ModelFacts, _ layout: TensorLayout, _ said: Conclusion<InputSize>?
  ) throws(VisionError) -> Conclusion<InputSize> {
    let extents = facts.inputs.first?.extents ?? []
    let isImage = extents.count == 4
    let height = isImage ? extents[layout == .nchw ? 2 : 1] : nil
    let width = isImage ? extents[layout == .nchw ? 3 : 2] : nil
    if let width, let height, width > 0, height > 0 {
      let size = InputSize(width: width, height: height)
      if let said, said.value != size {
        throw .model(
          "--size \(said.value): the model's input is fixed at \(size)"
            + (said.reason == "given" ? "" : " (\(said.reason))"))
      }
      return Conclusion(size, .certain, "the input's shape")
    }
    if let said { return said }
    if let stated = imageSize(facts.metadata["imgsz"]) {
      return Conclusion(stated, .certain, "the metadata's `imgsz`")
    }
    // A fixed low side and an open width are a line of text.
    if width == nil, let height, (1...64).contains(height) {
      return Conclusion(
        InputSize(width: 320, height: height), .guess,
        "the file leaves the width open, and lines of text are about so wide; --size says otherwise"
      )
    }
    let isVector = facts.outputs.allSatisfy { ($0.extents?.count ?? 4) <= 2 }
    let side = isVector && !facts.outputs.contains { $0.extents == nil } ? 224 : 640
    return Conclusion(
      InputSize(width: width ?? side, height: height ?? side), .guess,
      "the file leaves the size open; --size says otherwise")
  }

  /// Sizes that models of an open size are made for, where the first guess does not fit; a side that the
  /// file fixes stays.
  static func otherSizes(
    _ facts: ModelFacts, _ layout: TensorLayout, than first: InputSize
  ) -> [InputSize] {
    let extents = facts.inputs.first?.extents ?? []
    let isImage = extents.count == 4
    let height = isImage ? extents[layout == .nchw ? 2 : 1] : nil
    let width = isImage ? extents[layout == .nchw ? 3 : 2] : nil
    let sides = [640, 320, 416, 512, 224, 256, 300, 384, 448, 608, 800, 128, 192, 257, 299, 513]
    let usual = sides.map { ($0, $0) } + [(320, 240), (640, 480), (1024, 512), (128, 256)]
    var sizes: [InputSize] = []
    for (usualWidth, usualHeight) in usual {
      let size = InputSize(width: width ?? usualWidth, height: height ?? usualHeight)
      if size != first, !sizes.contains(size) { sizes.append(size) }
    }
    return sizes
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

  /// All that is done to a picture.
  static func preprocessing(
    _ facts: ModelFacts, layout: Conclusion<TensorLayout>, size: Conclusion<InputSize>,
    picture: Conclusion<PictureConvention>, _ sayings: Sayings
  ) -> Preprocessing {
    var picture = picture
    func part<V>(_ value: V) -> Conclusion<V> {
      Conclusion(value, picture.sureness, picture.reason)
    }
    var color = sayings.said(\.color) ?? part(picture.value.color)
    if channels(facts, layout.value) == 1 {
      color = Conclusion(.grey, .certain, "the input has one channel")
      if Set(picture.value.mean).count > 1 {
        picture = Conclusion(
          .unit(.grey, picture.value.resize, pad: picture.value.pad), .guess,
          "one channel, value / 255 is the most usual")
      }
    }
    var (mean, scale) = (part(picture.value.mean), part(picture.value.scale))
    if color.value != picture.value.color, color.value != .grey {
      // The statistics belong to colours, not to places.
      (mean.value, scale.value) = (mean.value.reversed(), scale.value.reversed())
    }
    if facts.normalizesInside {
      let reason =
        "the graph itself subtracts and scales its input"
        + (facts.takesShares ? ", by numbers that fit 0 to 1" : "")
      mean = Conclusion([0, 0, 0], .likely, reason)
      let factor: Float = facts.takesShares ? 1 / 255 : 1
      scale = Conclusion([factor, factor, factor], .likely, reason)
    }
    if let whole = wholeNumbers(facts, mean.value, scale.value) { (mean, scale) = whole }
    return Preprocessing(
      size: size, layout: layout, color: color, mean: sayings.said(\.mean) ?? mean,
      scale: sayings.said(\.scale) ?? scale,
      resize: sayings.said(\.resize) ?? part(picture.value.resize),
      pad: sayings.said(\.pad) ?? part(picture.value.pad), cutsSize: picture.value.cutsSize)
  }

  /// Mean and scale that give an input of whole numbers its numbers; nil for other types.
  private static func wholeNumbers(
    _ facts: ModelFacts, _ mean: [Float], _ scale: [Float]
  ) -> (mean: Conclusion<[Float]>, scale: Conclusion<[Float]>)? {
    guard let type = facts.inputs.first?.type, [.uint8, .int8, .int32].contains(type)
    else { return nil }
    let range = (facts.inputQuantization?.scale ?? 0) * 255
    let isPlain = range == 0 || [1, 2, 255].contains { abs(range / $0 - 1) < 0.1 }
    guard let quantization = facts.inputQuantization, !isPlain else {
      let zero: Float = type == .int8 ? 128 : 0
      let reason =
        "an input of \(type.rawValue) takes the pixel"
        + (type == .int8 ? " − 128" : " as it is")
        + (range > 0
          ? ": its steps of \(facts.inputQuantization?.scale ?? 0) span a pixel's 255" : "")
      let sureness: Sureness = range > 0 ? .certain : .likely
      return (
        Conclusion([zero, zero, zero], sureness, reason), Conclusion([1, 1, 1], sureness, reason)
      )
    }
    // q = (value − mean) · scale / step + zero
    let step = quantization.scale
    let zero = Float(quantization.zero)
    let reason =
      "the family's statistics, in the input's steps of \(step) from \(quantization.zero)"
    return (
      Conclusion(zip(mean, scale).map { $0 - zero * step / $1 }, .guess, reason),
      Conclusion(scale.map { $0 / step }, .guess, reason)
    )
  }

  /// What the inputs behind the first one get.
  static func fills(_ facts: ModelFacts, _ size: InputSize) -> [InputFill] {
    facts.inputs.dropFirst().compactMap { InputFill.conclude($0, size: size) }
  }

  /// Why no picture can be fed, where that is so.
  static func refusal(
    _ facts: ModelFacts, _ layout: TensorLayout, _ size: InputSize
  ) -> String? {
    guard let input = facts.inputs.first else { return "it has no input" }
    if let extents = input.extents, extents.count != 4 {
      let holds = facts.operators.contains("NonMaxSuppression")
      return "none of its inputs is a picture: \(ModelCard.describe(facts.inputs))"
        + (holds
          ? "; it holds a NonMaxSuppression and is the post-processing of another model's outputs"
          : "")
    }
    let unknown = facts.inputs.dropFirst().filter { InputFill.conclude($0, size: size) == nil }
    if let first = unknown.first {
      return "nobody knows what its input \(ModelCard.describe([first])) wants beside the picture"
    }
    guard [.float32, .float16, .float64, .uint8, .int8, .int32].contains(input.type) else {
      return
        "its input is \(input.type.rawValue); pictures are fed as float32, float16, uint8, int8 "
        + "or int32"
    }
    guard let extents = input.extents else { return nil }
    if let channels = extents[layout == .nchw ? 1 : 3], channels != 3, channels != 1 {
      return "its input has \(channels) channels; pictures are fed as three or one"
    }
    if let batch = extents[0], batch != 1 {
      return "its batch is \(batch); export it with a batch of 1 or with an open one"
    }
    return nil
  }
}
