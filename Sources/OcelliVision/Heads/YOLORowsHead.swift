import OcelliVocabulary

/// Boxes that the graph has decoded: centre x, centre y, width, height in pixels of the input, then
/// objectness (YOLOv5, decoded YOLOX) or none (YOLOv8 and later), then class scores.
package struct YOLORowsHead: Head {
  package static let name = "yolo"
  package static let expects =
    "one output of decoded boxes: [1, N, 5 + classes], or [1, 4 + classes, N] without objectness"

  package var output: Int
  package var count: Int
  package var classCount: Int
  package var hasObjectness: Bool
  /// `[1, numbers, N]` instead of `[1, N, numbers]`.
  package var isTransposed: Bool

  package init(
    output: Int = 0, count: Int, classCount: Int, hasObjectness: Bool, isTransposed: Bool
  ) {
    self.output = output
    self.count = count
    self.classCount = classCount
    self.hasObjectness = hasObjectness
    self.isTransposed = isTransposed
  }

  private var numbers: Int { 4 + (hasObjectness ? 1 : 0) + classCount }

  package var reads: [(output: Int, count: Int)] { [(output, count * numbers)] }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    outputs.withOutput(output) { scan($0, threshold, &candidates) }
  }

  private func scan(_ values: Span<Float>, _ threshold: Float, _ candidates: inout Candidates) {
    let step = isTransposed ? count : 1
    let row = isTransposed ? 1 : numbers
    for index in 0..<count {
      let at = index * row
      let objectness = hasObjectness ? values[at + 4 * step] : 1
      if objectness < threshold { continue }
      guard
        let best = Scores.best(
          values, from: at + (numbers - classCount) * step, step: step, count: classCount,
          atLeast: hasObjectness ? 0 : threshold)
      else { continue }
      let confidence = objectness * best.score
      if confidence < threshold { continue }
      let (x, y) = (values[at], values[at + step])
      let (width, height) = (values[at + 2 * step], values[at + 3 * step])
      candidates.append(
        Candidate(
          box: PixelBox(
            left: x - width / 2, top: y - height / 2, right: x + width / 2,
            bottom: y + height / 2),
          confidence: confidence, classID: best.classID, cell: index))
    }
  }

  package static func recognize(_ facts: ModelFacts, size: InputSize) -> Recognition? {
    guard facts.outputs.count == 1, let extents = facts.trailing(0), extents.count == 2
    else { return nil }
    return columns(facts, extents, size) ?? rows(facts, extents, size)
  }

  private static let ultralytics = Conclusion(
    PictureConvention.unit(.rgb, .center, pad: 114), .likely,
    "Ultralytics models take RGB, value / 255, centred on 114")

  /// `[4 + classes, N]`.
  private static func columns(
    _ facts: ModelFacts, _ extents: [Int], _ size: InputSize
  ) -> Recognition? {
    let named = Labels.parse(facts.metadata["names"] ?? "")?.count
    let (numbers, count) = (extents[0], extents[1])
    guard numbers > 4, numbers < count, facts.metadata["task"] ?? "detect" == "detect",
      GridLevel.levels(adding: count, over: size) != nil,
      named == numbers - 4 || (named == nil && numbers == 84)
    else { return nil }
    return Recognition(
      head: YOLORowsHead(
        count: count, classCount: numbers - 4, hasObjectness: false, isTransposed: true),
      classCount: numbers - 4, sureness: named == nil ? .likely : .certain,
      reason: "[4 + \(numbers - 4), \(count)]: the decoded boxes of YOLOv8 and its successors",
      picture: ultralytics, labels: nil, overlap: nil)
  }

  /// `[N, 5 + classes]`: one box a cell (YOLOX) or three (YOLOv5).
  private static func rows(
    _ facts: ModelFacts, _ extents: [Int], _ size: InputSize
  ) -> Recognition? {
    let named = Labels.parse(facts.metadata["names"] ?? "")?.count
    let (count, numbers) = (extents[0], extents[1])
    guard numbers > 5, named == numbers - 5 || (named == nil && numbers == 85) else { return nil }
    let head = YOLORowsHead(
      count: count, classCount: numbers - 5, hasObjectness: true, isTransposed: false)
    if facts.tails[0].contains("Exp"), GridLevel.levels(adding: count, over: size) != nil {
      return Recognition(
        head: head, classCount: numbers - 5, sureness: .likely,
        reason: "\(count) rows of 5 + \(numbers - 5) numbers, decoded in the graph by an "
          + "exponential: YOLOX with `decode_in_inference`",
        picture: YOLOXHead.convention, labels: nil, overlap: YOLOXHead.evaluatedOverlap)
    }
    guard GridLevel.levels(adding: count, over: size, anchors: 3) != nil else { return nil }
    return Recognition(
      head: head, classCount: numbers - 5, sureness: .likely,
      reason: "\(count) = 3 anchors a cell of 5 + \(numbers - 5) numbers, decoded in the graph: "
        + "YOLOv5",
      picture: ultralytics, labels: nil, overlap: nil)
  }
}
