package import OcelliVocabulary

/// For each stride, two anchors a cell: scores `[cells · 2, 1]`, distances `[…, 4]` and five landmarks
/// `[…, 10]` from the cell's corner, in strides. Source: SCRFD (Guo et al., 2021), InsightFace.
package struct SCRFDHead: Head {
  package static let name = "scrfd"
  package static let expects =
    "for the strides 8, 16, 32 scores [2 · cells, 1], distances [2 · cells, 4] and, where there "
    + "are landmarks, [2 · cells, 10]"

  /// The outputs of one stride.
  package struct Level: Sendable {
    package var grid: GridLevel
    package var scores: Int
    package var distances: Int
    package var landmarks: Int?

    package init(grid: GridLevel, scores: Int, distances: Int, landmarks: Int?) {
      self.grid = grid
      self.scores = scores
      self.distances = distances
      self.landmarks = landmarks
    }
  }

  package static let anchors = 2
  package var levels: [Level]
  package var scoresAreLogits: Bool

  package init(levels: [Level], scoresAreLogits: Bool = false) {
    self.levels = levels
    self.scoresAreLogits = scoresAreLogits
  }

  package var classCount: Int { 1 }

  package var reads: [(output: Int, count: Int)] {
    levels.flatMap { level in
      let count = Self.anchors * level.grid.count
      return [(level.scores, count), (level.distances, 4 * count)]
        + (level.landmarks.map { [($0, 10 * count)] } ?? [])
    }
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    var first = 0
    for level in levels {
      outputs.withOutput(level.scores) { scores in
        outputs.withOutput(level.distances) { distances in
          scan(scores, distances, level.grid, threshold, first, &candidates)
        }
      }
      first += Self.anchors * level.grid.count
    }
  }

  private func scan(
    _ scores: Span<Float>, _ distances: Span<Float>, _ grid: GridLevel, _ threshold: Float,
    _ first: Int, _ candidates: inout Candidates
  ) {
    let floor = scoresAreLogits ? Scores.logit(threshold) : threshold
    let stride = Float(grid.stride)
    for anchor in 0..<Self.anchors * grid.count {
      let score = scores[anchor]
      if score < floor { continue }
      let (x, y) = corner(anchor, grid)
      let at = 4 * anchor
      candidates.append(
        Candidate(
          box: PixelBox(
            left: x - distances[at] * stride, top: y - distances[at + 1] * stride,
            right: x + distances[at + 2] * stride, bottom: y + distances[at + 3] * stride),
          confidence: scoresAreLogits ? Scores.sigmoid(score) : score, classID: 0,
          cell: first + anchor))
    }
  }

  private func corner(_ anchor: Int, _ grid: GridLevel) -> (x: Float, y: Float) {
    let cell = anchor / Self.anchors
    return (
      Float(cell % grid.columns * grid.stride), Float(cell / grid.columns * grid.stride)
    )
  }

  package func keypoints(of candidate: Candidate, _ outputs: some HeadOutputs) -> [Keypoint] {
    var anchor = candidate.cell
    for level in levels {
      let count = Self.anchors * level.grid.count
      guard anchor >= count else {
        guard let landmarks = level.landmarks else { return [] }
        let (x, y) = corner(anchor, level.grid)
        let stride = Float(level.grid.stride)
        return outputs.withOutput(landmarks) { values in
          (0..<5).map {
            Keypoint(
              x: x + values[10 * anchor + 2 * $0] * stride,
              y: y + values[10 * anchor + 2 * $0 + 1] * stride, confidence: nil)
          }
        }
      }
      anchor -= count
    }
    return []
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard [6, 9].contains(facts.outputs.count) else { return nil }
    let shapes = facts.outputs.map { port in port.extents?.suffix(2).compactMap { $0 } ?? [] }
    var levels: [Level] = []
    for stride in [8, 16, 32] {
      let grid = GridLevel(stride: stride, over: size)
      let count = anchors * grid.count
      guard let scores = shapes.firstIndex(of: [count, 1]),
        let distances = shapes.firstIndex(of: [count, 4])
      else { return nil }
      let landmarks = shapes.firstIndex(of: [count, 10])
      guard (landmarks != nil) == (facts.outputs.count == 9) else { return nil }
      levels.append(
        Level(grid: grid, scores: scores, distances: distances, landmarks: landmarks))
    }
    let areLogits = !facts.tails[levels[0].scores].contains("Sigmoid")
    return Recognition(
      head: SCRFDHead(levels: levels, scoresAreLogits: areLogits), sureness: .certain,
      reason: "for the strides 8, 16, 32 two anchors a cell with a score, four distances"
        + (facts.outputs.count == 9 ? " and five landmarks" : "") + ": SCRFD",
      picture: Conclusion(
        PictureConvention(
          color: .rgb, mean: [127.5, 127.5, 127.5], scale: [1 / 128, 1 / 128, 1 / 128],
          resize: .topLeft, pad: 0),
        .likely, "InsightFace takes RGB, (value − 127.5) / 128, top left on black"),
      labels: Conclusion(["face"], .likely, "SCRFD finds faces"),
      overlap: Conclusion(0.4, .likely, "SCRFD suppresses at 0.4"))
  }
}
