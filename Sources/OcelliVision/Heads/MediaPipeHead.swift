package import OcelliVocabulary

/// Regressors `[1, N, 4 + 2 · points]` and logits `[1, N, 1]` over anchors of one size: MediaPipe's
/// detectors of faces, palms and bodies. Offsets are pixels of the input from an anchor's centre.
package struct MediaPipeHead: Head {
  package static let name = "mediapipe"
  package static let expects =
    "two outputs, regressors [1, N, 4 + 2 · points] and logits [1, N, 1], N those of MediaPipe's anchors"

  package var regressors: Int
  package var scores: Int
  package var points: Int
  /// The anchors' centres, as cells of levels with so many anchors each.
  package var levels: [Level]

  package struct Level: Sendable, Equatable {
    package var grid: GridLevel
    package var anchors: Int

    package init(grid: GridLevel, anchors: Int) {
      self.grid = grid
      self.anchors = anchors
    }

    var count: Int { grid.count * anchors }
  }

  package init(regressors: Int, scores: Int, points: Int, levels: [Level]) {
    self.regressors = regressors
    self.scores = scores
    self.points = points
    self.levels = levels
  }

  package var classCount: Int { 1 }
  private var count: Int { levels.reduce(0) { $0 + $1.count } }
  private var row: Int { 4 + 2 * points }
  package var reads: [(output: Int, count: Int)] { [(regressors, count * row), (scores, count)] }

  /// Beyond this a sigmoid says nothing more; MediaPipe cuts there too.
  private static let limit: Float = 100

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    outputs.withOutput(scores) { scores in
      outputs.withOutput(regressors) { values in
        let floor = Scores.logit(threshold)
        var anchor = 0
        for level in levels {
          for local in 0..<level.count {
            defer { anchor += 1 }
            if scores[anchor] < floor { continue }
            let centre = centre(local, level)
            let at = anchor * row
            let (x, y) = (centre.x + values[at], centre.y + values[at + 1])
            let (halfWidth, halfHeight) = (values[at + 2] / 2, values[at + 3] / 2)
            let logit = min(max(scores[anchor], -Self.limit), Self.limit)
            candidates.append(
              Candidate(
                box: PixelBox(
                  left: x - halfWidth, top: y - halfHeight, right: x + halfWidth,
                  bottom: y + halfHeight),
                confidence: scores[anchor].isNaN ? .nan : Scores.sigmoid(logit), classID: 0,
                cell: anchor))
          }
        }
      }
    }
  }

  private func centre(_ local: Int, _ level: Level) -> (x: Float, y: Float) {
    let cell = local / level.anchors
    let stride = Float(level.grid.stride)
    return (
      (Float(cell % level.grid.columns) + 0.5) * stride,
      (Float(cell / level.grid.columns) + 0.5) * stride
    )
  }

  package func keypoints(of candidate: Candidate, _ outputs: some HeadOutputs) -> [Keypoint] {
    var local = candidate.cell
    for level in levels {
      guard local >= level.count else {
        let centre = centre(local, level)
        return outputs.withOutput(regressors) { values in
          (0..<points).map {
            let at = candidate.cell * row + 4 + 2 * $0
            return Keypoint(
              x: centre.x + values[at], y: centre.y + values[at + 1], confidence: nil)
          }
        }
      }
      local -= level.count
    }
    return []
  }

  /// The pyramids of MediaPipe's published detectors: stride and anchors a cell.
  private static let pyramids: [[(stride: Int, anchors: Int)]] = [
    [(8, 2), (16, 6)], [(16, 2), (32, 6)], [(8, 2), (16, 2), (32, 6)], [(4, 1)],
  ]

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 2, let scores = facts.outputs(rank: 3, last: 1).first,
      let shape = facts.trailing(1 - scores), shape.count == 2, shape[1] > 4, shape[1] % 2 == 0,
      facts.trailing(scores)?.first == shape[0]
    else { return nil }
    let fitting = pyramids.first { pyramid in
      pyramid.reduce(0) { $0 + GridLevel(stride: $1.stride, over: size).count * $1.anchors }
        == shape[0]
    }
    guard let fitting else { return nil }
    let points = (shape[1] - 4) / 2
    // Faces have six points, palms seven, bodies four.
    let what = [6: "face", 7: "palm", 4: "person"][points]
    let words = fitting.map { "\($0.anchors) a cell at stride \($0.stride)" }
    return Recognition(
      head: MediaPipeHead(
        regressors: 1 - scores, scores: scores, points: points,
        levels: fitting.map {
          Level(grid: GridLevel(stride: $0.stride, over: size), anchors: $0.anchors)
        }),
      sureness: .certain,
      reason: "\(shape[0]) anchors, \(words.joined(separator: " and ")), with a box, \(points) "
        + "points and a logit each: MediaPipe",
      picture: points == 7
        ? Conclusion(
          .unit(.rgb, .center, pad: 0), .likely, "MediaPipe's palms take RGB, value / 255, centred")
        : Conclusion(
          .signed(.rgb, .center, pad: 0), .likely,
          "MediaPipe's faces and bodies take RGB, −1 to 1, centred on black"),
      labels: what.map { Conclusion([$0], .likely, "\(points) points are a \($0)'s") },
      overlap: Conclusion(0.3, .likely, "MediaPipe suppresses at 0.3"))
  }
}
