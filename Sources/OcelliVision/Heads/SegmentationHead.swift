import OcelliTensor
package import OcelliVocabulary

/// A class for each pixel: scores `[1, C, H, W]` or `[1, H, W, C]`, or the class numbers themselves.
package struct SegmentationHead: WholeHead {
  package static let name = "segment"
  package static let expects =
    "a map with scores of each class, [1, C, H, W] or [1, H, W, C], or of class numbers, [1, H, W]"

  /// How the map is read.
  package enum Form: Sendable, Equatable {
    /// Class numbers.
    case numbers
    /// One score, the foreground's; a sigmoid is still wanted or not.
    case foreground(isLogit: Bool)
    /// A score a class.
    case scores
  }

  package var output: Int
  package var classCount: Int
  package var rows: Int
  package var columns: Int
  package var isChannelsLast: Bool
  package var form: Form
  package var size: InputSize

  package init(
    output: Int, classCount: Int, rows: Int, columns: Int, isChannelsLast: Bool, form: Form,
    size: InputSize
  ) {
    self.output = output
    self.classCount = classCount
    self.rows = rows
    self.columns = columns
    self.isChannelsLast = isChannelsLast
    self.form = form
    self.size = size
  }

  package var task: VisionTask { .segment }
  private var channels: Int { form == .scores ? classCount : 1 }
  package var reads: [(output: Int, count: Int)] { [(output, channels * rows * columns)] }

  package func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings {
    let classes = outputs.withOutput(output) { classify($0) }
    let place = request.place
    // Where each column and row of the picture looks.
    let across = (0..<place.width).map { x in
      let u = place.toInput(x: Float(x) + 0.5, y: 0).x * Float(columns) / Float(size.width)
      return min(max(Int(u), 0), columns - 1)
    }
    let down = (0..<place.height).map { y in
      let v = place.toInput(x: 0, y: Float(y) + 0.5).y * Float(rows) / Float(size.height)
      return min(max(Int(v), 0), rows - 1) * columns
    }
    let box = PixelBox(
      left: 0, top: 0, right: Float(place.width), bottom: Float(place.height))
    let masks = Set(classes).sorted().compactMap { number -> ClassMask? in
      let classID = Int(number)
      guard number >= 0, request.admits(classID), request.label(classID) != "background"
      else { return nil }
      let mask = RunLengthMask(width: place.width, height: place.height, within: box) {
        classes[down[$1] + across[$0]] == number
      }
      guard mask.area > 0 else { return nil }
      return ClassMask(classID: classID, label: request.label(classID), mask: mask)
    }
    return .mask(masks)
  }

  /// The class of every cell; −1 where there is none.
  private func classify(_ values: Span<Float>) -> [Int32] {
    let cells = rows * columns
    return (0..<cells).map { cell in
      switch form {
      case .numbers:
        guard let number = Scores.whole(values[cell]), number < classCount else { return -1 }
        return Int32(number)
      case .foreground(let isLogit): return values[cell] > (isLogit ? 0 : 0.5) ? 0 : -1
      case .scores:
        let best = Scores.best(
          values, from: isChannelsLast ? cell * classCount : cell,
          step: isChannelsLast ? 1 : cells, count: classCount,
          atLeast: -.greatestFiniteMagnitude)
        guard let best, !best.score.isNaN else { return -1 }
        return Int32(best.classID)
      }
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    // Auxiliary outputs of a training have the first one's form.
    guard let output = facts.outputs.indices.first, let extents = facts.trailing(output),
      facts.outputs.count == 1
        || facts.outputs.indices.allSatisfy({ facts.trailing($0)?.count == extents.count })
    else { return nil }
    let isWhole = [.int64, .int32, .uint8].contains(facts.outputs[output].type)
    let named = Labels.parse(facts.metadata["names"] ?? "")?.count
    func isMap(_ rows: Int, _ columns: Int) -> Bool {
      rows >= size.height / 8 && columns >= size.width / 8 && rows <= 2 * size.height
        && columns <= 2 * size.width && rows > 1 && columns > 1
    }
    func found(
      _ classes: Int, _ rows: Int, _ columns: Int, last: Bool, _ form: Form, _ reason: String,
      _ sureness: Sureness
    ) -> Recognition {
      Recognition(
        head: SegmentationHead(
          output: output, classCount: classes, rows: rows, columns: columns, isChannelsLast: last,
          form: form, size: size),
        sureness: asked ? .certain : sureness, reason: reason,
        picture: picture(facts), labels: labels(classes, form))
    }
    if isWhole, extents.count == 2 || (extents.count == 3 && extents[0] == 1),
      isMap(extents[extents.count - 2], extents[extents.count - 1])
    {
      return found(
        named ?? 256, extents[extents.count - 2], extents[extents.count - 1], last: false,
        .numbers, "a map of whole numbers as large as the picture: classes of pixels", .likely)
    }
    guard extents.count == 3 else { return nil }
    let isLast = isMap(extents[0], extents[1]) && extents[2] < extents[0]
    let (classes, rows, columns) =
      isLast ? (extents[2], extents[0], extents[1]) : (extents[0], extents[1], extents[2])
    guard isMap(rows, columns), classes <= 1000 else { return nil }
    if classes == 1 {
      let isLogit = !facts.tails[output].contains("Sigmoid")
      guard asked || !isLogit else { return nil }
      return found(
        1, rows, columns, last: isLast, .foreground(isLogit: isLogit),
        "one map as large as the picture behind a sigmoid: a foreground", .guess)
    }
    // Three channels are more often a picture than classes.
    guard asked || named == classes || classes != 3 else { return nil }
    return found(
      classes, rows, columns, last: isLast, .scores,
      "\(classes) maps of \(columns)×\(rows): scores of \(classes) classes for each pixel",
      named == classes || [21, 19, 150].contains(classes) ? .likely : .guess)
  }

  private static func picture(_ facts: ModelFacts) -> Conclusion<PictureConvention> {
    guard facts.isFromTensorFlow else {
      return Conclusion(.imageNet, .guess, "most segmenters take ImageNet's statistics")
    }
    return Conclusion(
      .signed(.rgb, .stretch), .likely,
      "channels last, as TensorFlow has them: its MobileNets take RGB, −1 to 1")
  }

  private static func labels(_ classes: Int, _ form: Form) -> Conclusion<[String]>? {
    if case .foreground = form { return Conclusion(["foreground"], .likely, "there is one map") }
    if classes == 21 { return Conclusion(Labels.voc, .likely, "21 classes are Pascal VOC's") }
    return nil
  }
}

extension ModelFacts {
  /// Whether the file came from TensorFlow: who wrote it, or a picture with channels last.
  var isFromTensorFlow: Bool {
    producer.contains("tf2onnx") || (inputs.first?.extents?.last == 3)
  }
}
