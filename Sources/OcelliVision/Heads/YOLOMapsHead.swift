import OcelliVocabulary

/// YOLOv5's maps before they are decoded: a level an output, three anchors a cell, each with box,
/// objectness and classes. Source: YOLOv5 (Ultralytics), YOLOv7.
package struct YOLOMapsHead: Head {
  package static let name = "yolo-maps"
  package static let expects =
    "a level an output, [1, 3, H, W, 5 + classes], [1, 3 · (5 + classes), H, W] or the same with "
    + "channels last"

  /// Where a map's numbers stand. Units: elements from one to the next.
  package struct Strides: Sendable, Equatable {
    package var anchor: Int
    package var cell: Int
    package var number: Int

    package init(anchor: Int, cell: Int, number: Int) {
      self.anchor = anchor
      self.cell = cell
      self.number = number
    }
  }

  package struct Level: Sendable, Equatable {
    package var output: Int
    package var grid: GridLevel
    package var strides: Strides
    /// Width and height of each anchor. Units: pixels of the input.
    package var anchors: [[Float]]

    package init(output: Int, grid: GridLevel, strides: Strides, anchors: [[Float]]) {
      self.output = output
      self.grid = grid
      self.strides = strides
      self.anchors = anchors
    }
  }

  package var levels: [Level]
  package var classCount: Int
  /// The maps still want a sigmoid.
  package var areLogits: Bool

  package init(levels: [Level], classCount: Int, areLogits: Bool) {
    self.levels = levels
    self.classCount = classCount
    self.areLogits = areLogits
  }

  package var reads: [(output: Int, count: Int)] {
    levels.map { ($0.output, $0.anchors.count * $0.grid.count * (5 + classCount)) }
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    var first = 0
    for level in levels {
      outputs.withOutput(level.output) { scan($0, level, threshold, first, &candidates) }
      first += level.anchors.count * level.grid.count
    }
  }

  private func scan(
    _ values: Span<Float>, _ level: Level, _ threshold: Float, _ first: Int,
    _ candidates: inout Candidates
  ) {
    let floor = areLogits ? Scores.logit(threshold) : threshold
    let stride = Float(level.grid.stride)
    let step = level.strides.number
    func share(_ x: Float) -> Float { areLogits ? Scores.sigmoid(x) : x }
    for (anchor, extent) in level.anchors.enumerated() {
      for cell in 0..<level.grid.count {
        let at = anchor * level.strides.anchor + cell * level.strides.cell
        let objectness = values[at + 4 * step]
        if objectness < floor { continue }
        guard
          let best = Scores.best(
            values, from: at + 5 * step, step: step, count: classCount,
            atLeast: -.greatestFiniteMagnitude)
        else { continue }
        let confidence = share(objectness) * share(best.score)
        if confidence < threshold { continue }
        let x = (2 * share(values[at]) - 0.5 + Float(cell % level.grid.columns)) * stride
        let y = (2 * share(values[at + step]) - 0.5 + Float(cell / level.grid.columns)) * stride
        let (w, h) = (2 * share(values[at + 2 * step]), 2 * share(values[at + 3 * step]))
        let (halfWidth, halfHeight) = (w * w * extent[0] / 2, h * h * extent[1] / 2)
        candidates.append(
          Candidate(
            box: PixelBox(
              left: x - halfWidth, top: y - halfHeight, right: x + halfWidth,
              bottom: y + halfHeight),
            confidence: confidence, classID: best.classID,
            cell: first + anchor * level.grid.count + cell))
      }
    }
  }

  /// YOLOv5's own anchors, which most of its trainings keep. Units: pixels.
  private static let usual: [Int: [[Float]]] = [
    8: [[10, 13], [16, 30], [33, 23]], 16: [[30, 61], [62, 45], [59, 119]],
    32: [[116, 90], [156, 198], [373, 326]],
  ]

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 3 else { return nil }
    var levels: [Level] = []
    var classCount = 0
    for stride in [8, 16, 32] {
      let grid = GridLevel(stride: stride, over: size)
      var found: Level?
      for output in facts.outputs.indices {
        guard let (strides, numbers) = layout(facts.trailing(output), grid), numbers > 5,
          let anchors = usual[stride]
        else { continue }
        found = Level(output: output, grid: grid, strides: strides, anchors: anchors)
        guard classCount == 0 || classCount == numbers - 5 else { return nil }
        classCount = numbers - 5
      }
      guard let found else { return nil }
      levels.append(found)
    }
    let named = Labels.parse(facts.metadata["names"] ?? "")?.count
    guard named == nil || named == classCount else { return nil }
    let areLogits = !facts.tails[levels[0].output].contains("Sigmoid")
    return Recognition(
      head: YOLOMapsHead(levels: levels, classCount: classCount, areLogits: areLogits),
      sureness: .likely,
      reason: "three maps at strides 8, 16, 32 of 3 · (5 + \(classCount)) numbers a cell, not "
        + "decoded: YOLOv5; its usual anchors are taken, which the file does not hold",
      picture: YOLORowsHead.ultralytics)
  }

  private static func layout(
    _ extents: [Int]?, _ grid: GridLevel
  ) -> (strides: Strides, numbers: Int)? {
    guard let extents else { return nil }
    let cells = grid.count
    if extents.count == 4, extents[0] == 3, extents[1] == grid.rows, extents[2] == grid.columns {
      let numbers = extents[3]
      return (Strides(anchor: cells * numbers, cell: numbers, number: 1), numbers)
    }
    guard extents.count == 3 else { return nil }
    if extents[1] == grid.rows, extents[2] == grid.columns, extents[0] % 3 == 0 {
      let numbers = extents[0] / 3
      return (Strides(anchor: numbers * cells, cell: 1, number: cells), numbers)
    }
    if extents[0] == grid.rows, extents[1] == grid.columns, extents[2] % 3 == 0 {
      let numbers = extents[2] / 3
      return (Strides(anchor: numbers, cell: 3 * numbers, number: 1), numbers)
    }
    return nil
  }
}
