package import OcelliVocabulary

/// Rows that the graph has suppressed already: corners, score, class, then key points or mask
/// coefficients (YOLOv10, `nms=True` exports); YOLOv7's and SSD's rows of seven in their own order.
/// Places are pixels of the input or, where none is above 2, shares of it.
package struct FinishedRowsHead: Head {
  package static let name = "finished"
  package static let expects =
    "one output of suppressed rows, [1, N, 6] (corners, score, class), [N, 7] or [1, 1, N, 7]"

  /// Where a row's numbers stand.
  package struct Order: Sendable, Equatable {
    package var box: Int
    package var score: Int
    package var classID: Int
    package var words: String

    static let ultralytics = Order(box: 0, score: 4, classID: 5, words: "corners, score, class")
    static let yolov7 = Order(box: 1, score: 6, classID: 5, words: "picture, corners, class, score")
    static let ssd = Order(box: 3, score: 2, classID: 1, words: "picture, class, score, corners")
  }

  package var output: Int
  /// nil: as many as a run gives.
  package var count: Int?
  package var numbers: Int
  package var order: Order
  package var keypoints: Int
  package var prototypes: MaskPrototypes?
  package var size: InputSize
  /// 0 where the file does not tell.
  package var classCount: Int

  package var isSuppressed: Bool { true }

  package var reads: [(output: Int, count: Int)] {
    [(output, (count ?? 0) * numbers)] + (prototypes.map { [($0.output, $0.count)] } ?? [])
  }

  package init(
    output: Int = 0, count: Int?, numbers: Int, order: Order = .ultralytics, keypoints: Int = 0,
    prototypes: MaskPrototypes? = nil, size: InputSize, classCount: Int
  ) {
    self.output = output
    self.count = count
    self.numbers = numbers
    self.order = order
    self.keypoints = keypoints
    self.prototypes = prototypes
    self.size = size
    self.classCount = classCount
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    outputs.withOutput(output) { values in
      let rows = values.count / numbers
      let unit = InputShares.unit(values, rows: rows, step: numbers, from: order.box, size)
      for index in 0..<rows {
        let at = index * numbers
        let score = values[at + order.score]
        if score < threshold || score <= 0 { continue }
        guard let classID = Scores.whole(values[at + order.classID]) else {
          candidates.countInvalid()
          continue
        }
        let box = at + order.box
        candidates.append(
          Candidate(
            box: PixelBox(
              left: values[box] * unit.x, top: values[box + 1] * unit.y,
              right: values[box + 2] * unit.x, bottom: values[box + 3] * unit.y),
            confidence: score, classID: classID, cell: index))
      }
    }
  }

  package func keypoints(of candidate: Candidate, _ outputs: some HeadOutputs) -> [Keypoint] {
    guard keypoints > 0 else { return [] }
    return outputs.withOutput(output) { values in
      let unit = InputShares.unit(
        values, rows: values.count / numbers, step: numbers, from: order.box, size)
      return (0..<keypoints).map {
        let at = candidate.cell * numbers + 6 + 3 * $0
        return Keypoint(
          x: values[at] * unit.x, y: values[at + 1] * unit.y, confidence: values[at + 2])
      }
    }
  }

  package func mask(
    of candidate: Candidate, in box: PixelBox, _ place: Placement, _ outputs: some HeadOutputs
  ) -> RunLengthMask? {
    guard let prototypes else { return nil }
    let coefficients = outputs.withOutput(output) { values in
      (0..<prototypes.channels).map { values[candidate.cell * numbers + 6 + $0] }
    }
    return prototypes.mask(coefficients, in: box, place, size, outputs)
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard let output = facts.outputs.indices.first(where: { facts.isRows($0) }),
      let extents = facts.outputs[output].extents, let numbers = extents.last ?? nil
    else { return nil }
    let prototypes = facts.outputs.count == 2 ? MaskPrototypes.find(facts, besides: output) : nil
    guard facts.outputs.count == 1 || prototypes != nil else { return nil }
    let suppresses = facts.operators.contains("NonMaxSuppression")
    let selects = suppresses || facts.tails[output].contains("TopK")
    let count = extents[extents.count - 2]
    let order: Order
    var keypoints = 0
    switch (extents.count, numbers) {
    case (2, 7) where suppresses || asked: order = .yolov7
    case (4, 7) where extents[1] == 1: order = .ssd
    case (3, 6), (2, 6): order = .ultralytics
    case (3, _) where prototypes != nil && numbers == 6 + (prototypes?.channels ?? 0):
      order = .ultralytics
    case (3, _) where numbers > 6 && (numbers - 6) % 3 == 0 && facts.metadata["task"] == "pose":
      order = .ultralytics
      keypoints = (numbers - 6) / 3
    default: return nil
    }
    // As many rows as a grid has cells are cells.
    let isGrid = count.map { GridLevel.levels(adding: $0, over: size) != nil } ?? false
    guard selects || asked || ((count ?? 0) <= 1000 && !isGrid) else { return nil }
    let named = Labels.parse(facts.metadata["names"] ?? "")?.count
    return Recognition(
      head: FinishedRowsHead(
        output: output, count: count, numbers: numbers, order: order, keypoints: keypoints,
        prototypes: prototypes, size: size, classCount: named ?? 0),
      sureness: selects ? .certain : .likely,
      reason: "\(count.map(String.init) ?? "some") rows of \(order.words)"
        + (prototypes.map { " and \($0.channels) mask coefficients" } ?? "")
        + (suppresses ? "; the graph holds a NonMaxSuppression" : selects ? "; a TopK chose" : ""),
      picture: YOLORowsHead.ultralytics,
      labels: named == nil && order != .ssd
        ? Conclusion(
          Labels.coco, .guess, "the file does not say how many classes; most have COCO's")
        : nil,
      overlap: Conclusion(1, .certain, "the graph suppresses overlapping boxes itself"))
  }
}

/// Places as shares of the input or as pixels.
enum InputShares {
  /// The factors to pixels of the input: where no corner of any row is above 2, corners are shares.
  static func unit(
    _ values: Span<Float>, rows: Int, step: Int, from first: Int, _ size: InputSize
  ) -> (x: Float, y: Float) {
    for row in 0..<rows {
      for corner in first..<first + 4 where values[row * step + corner] > 2 { return (1, 1) }
    }
    return (Float(size.width), Float(size.height))
  }
}

extension ModelFacts {
  /// Rows of at least six numbers, few enough to be a result.
  fileprivate func isRows(_ index: Int) -> Bool {
    guard let extents = outputs[index].extents, (2...4).contains(extents.count),
      let numbers = extents[extents.count - 1], (6...600).contains(numbers)
    else { return false }
    if extents.count == 4, extents[1] != 1 { return false }
    if extents.count == 3, extents[0] ?? 1 != 1 { return false }
    guard let count = extents[extents.count - 2] else { return true }
    return count <= 4096 && (extents.count > 2 || numbers <= 7)
  }
}
