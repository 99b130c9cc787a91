package import OcelliVocabulary

/// The landmarks of one thing that fills the input: MediaPipe's face mesh, hand and body, MoveNet.
package struct LandmarkHead: WholeHead {
  package static let name = "landmarks"
  package static let expects =
    "landmarks of three numbers each in one output ([1, 1434], [1, 1, 17, 3]) and perhaps a score"

  /// What a landmark's three numbers are.
  package enum Form: Sendable, Equatable {
    /// x, y and a depth in pixels of the input.
    case pixels
    /// y, x and a confidence, shares of the input.
    case shares
  }

  package var output: Int
  package var count: Int
  package var form: Form
  /// The output that says whether anything is there.
  package var score: Int?
  package var scoreIsLogit: Bool
  package var size: InputSize

  package init(
    output: Int, count: Int, form: Form, score: Int?, scoreIsLogit: Bool, size: InputSize
  ) {
    self.output = output
    self.count = count
    self.form = form
    self.score = score
    self.scoreIsLogit = scoreIsLogit
    self.size = size
  }

  package var task: VisionTask { .detect }
  package var classCount: Int { 1 }
  package var reads: [(output: Int, count: Int)] {
    [(output, 3 * count)] + (score.map { [($0, 1)] } ?? [])
  }

  package func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings {
    guard request.admits(0) else { return .objects([]) }
    let points = outputs.withOutput(output) { values in
      (0..<count).map { index in
        let (a, b, c) = (values[3 * index], values[3 * index + 1], values[3 * index + 2])
        return request.place.toPicture(
          form == .pixels
            ? Keypoint(x: a, y: b, confidence: nil)
            : Keypoint(x: b * Float(size.width), y: a * Float(size.height), confidence: c))
      }
    }
    let confidence: Float =
      if let score {
        outputs.withOutput(score) { scoreIsLogit ? Scores.sigmoid($0[0]) : $0[0] }
      } else {
        points.reduce(0) { $0 + ($1.confidence ?? 0) } / Float(max(count, 1))
      }
    let seen = points.filter { ($0.confidence ?? 1) >= request.threshold }
    guard confidence >= request.threshold, points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }),
      let box = PixelBox(around: seen.map { PixelPoint(x: $0.x, y: $0.y) })
    else { return .objects([]) }
    return .objects([
      Detection(
        classID: 0, label: request.label(0), confidence: min(confidence, 1),
        box: box.clipped(width: request.place.width, height: request.place.height),
        keypoints: points)
    ])
  }

  /// MediaPipe's meshes and hands by their number of landmarks.
  private static let known = [468: "face", 478: "face", 21: "hand", 33: "person", 39: "person"]

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    let counts = facts.outputs.map { port in
      port.extents.flatMap { extents in
        let known = extents.dropFirst().compactMap { $0 }
        return known.count == extents.count - 1 ? known.reduce(1, *) : nil
      }
    }
    if facts.outputs.count == 1, facts.trailing(0) == [1, 17, 3] {
      return Recognition(
        head: LandmarkHead(
          output: 0, count: 17, form: .shares, score: nil, scoreIsLogit: false, size: size),
        sureness: .likely, reason: "17 landmarks of y, x and confidence: MoveNet",
        picture: Conclusion(
          .plain(.rgb, .center, pad: 0), .likely, "MoveNet takes RGB, 0 to 255, centred"),
        labels: Conclusion(["person"], .likely, "MoveNet finds one person"))
    }
    let found = counts.indices.filter { index in
      counts[index].map { $0 % 3 == 0 && known[$0 / 3] != nil } ?? false
    }
    // MediaPipe's hands give their landmarks twice: pixels first, then metres.
    guard let output = found.first, let total = counts[output], facts.outputs.count >= 2
    else { return nil }
    let singles = counts.indices.filter { counts[$0] == 1 }
    let logit = singles.first { !facts.tails[$0].contains("Sigmoid") }
    guard let score = logit ?? singles.first else { return nil }
    let what = known[total / 3] ?? "thing"
    return Recognition(
      head: LandmarkHead(
        output: output, count: total / 3, form: .pixels, score: score,
        scoreIsLogit: !facts.tails[score].contains("Sigmoid"), size: size),
      sureness: .likely,
      reason:
        "\(total) = 3 · \(total / 3) numbers and a score: MediaPipe's landmarks of one \(what)",
      picture: Conclusion(
        .unit(.rgb, .stretch, pad: 0), .likely, "MediaPipe's landmarks take RGB, value / 255"),
      labels: Conclusion([what], .likely, "\(total / 3) landmarks are a \(what)'s"))
  }
}
