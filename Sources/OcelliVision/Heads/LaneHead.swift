import Glibc
package import OcelliVocabulary

/// Lanes as curves: logits `[1, Q, 2]` (background, lane) and `[1, Q, 8]`, the lowest and highest y and
/// six parameters each. Source: LSTR (Liu et al., 2021).
package struct LaneHead: WholeHead {
  package static let name = "lanes"
  package static let expects = "outputs pred_logits [1, Q, 2] and pred_curves [1, Q, 8]"
  /// Points of a line.
  private static let steps = 40

  package var logits: Int
  package var curves: Int
  package var count: Int
  package var size: InputSize

  package init(logits: Int, curves: Int, count: Int, size: InputSize) {
    self.logits = logits
    self.curves = curves
    self.count = count
    self.size = size
  }

  package var task: VisionTask { .detect }
  package var classCount: Int { 1 }
  package var reads: [(output: Int, count: Int)] { [(logits, 2 * count), (curves, 8 * count)] }

  package func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings {
    guard request.admits(0) else { return .objects([]) }
    let lanes = outputs.withOutput(logits) { scores in
      outputs.withOutput(curves) { values in
        (0..<count).compactMap { lane($0, scores, values, request) }
      }
    }
    return .objects(lanes.sorted { $0.confidence > $1.confidence })
  }

  private func lane(
    _ query: Int, _ scores: Span<Float>, _ values: Span<Float>, _ request: FindRequest
  ) -> Detection? {
    let confidence = Scores.sigmoid(scores[2 * query + 1] - scores[2 * query])
    guard confidence >= max(request.threshold, 0.5) else { return nil }
    let c = (0..<8).map { values[8 * query + $0] }
    var line: [PixelPoint] = []
    for step in 0..<Self.steps {
      let y = c[0] + (c[1] - c[0]) * Float(step) / Float(Self.steps - 1)
      let depth = y - c[3]
      let x = c[2] / (depth * depth) + c[4] / depth + c[5] + c[6] * y - c[7]
      guard x.isFinite, y.isFinite, (0...1).contains(x), (0...1).contains(y) else { continue }
      let point = request.place.toPicture(
        x: x * Float(size.width), y: y * Float(size.height))
      line.append(point)
    }
    guard let box = PixelBox(around: line) else { return nil }
    return Detection(
      classID: 0, label: request.label(0), confidence: confidence,
      box: box.clipped(width: request.place.width, height: request.place.height), line: line)
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard let logits = facts.output(named: "pred_logits"),
      let curves = facts.output(named: "pred_curves"),
      let count = facts.trailing(logits)?.first, facts.trailing(logits) == [count, 2],
      facts.trailing(curves) == [count, 8], count <= 1000
    else { return nil }
    return Recognition(
      head: LaneHead(logits: logits, curves: curves, count: count, size: size),
      sureness: .certain,
      reason: "pred_logits and pred_curves: \(count) lanes as curves of eight numbers, LSTR",
      picture: Conclusion(
        PictureConvention(
          color: .bgr, mean: PictureConvention.imageNet.mean,
          scale: PictureConvention.imageNet.scale, resize: .stretch, pad: 0),
        .likely, "LSTR takes BGR, as OpenCV reads it, with ImageNet's R, G, B statistics"),
      labels: Conclusion(["lane"], .certain, "LSTR finds lanes"))
  }
}

extension PixelBox {
  /// The box around points; nil for fewer than two.
  init?(around points: [PixelPoint]) {
    guard points.count > 1 else { return nil }
    self.init(
      left: points.map(\.x).min() ?? 0, top: points.map(\.y).min() ?? 0,
      right: points.map(\.x).max() ?? 0, bottom: points.map(\.y).max() ?? 0)
  }
}
