import OcelliVocabulary

/// `scores [1, N, 2]` (background, face) and `boxes [1, N, 4]`: corners that the graph has decoded
/// from its priors, 0…1 of the input. Source: Ultra-Light-Fast-Generic-Face-Detector-1MB.
package struct UltraFaceHead: Head {
  package static let name = "ultraface"
  package static let expects = "two outputs, scores [1, N, 2] and boxes [1, N, 4]"

  package var scoreOutput: Int
  package var boxOutput: Int
  package var count: Int
  package var size: InputSize

  package init(scoreOutput: Int, boxOutput: Int, count: Int, size: InputSize) {
    self.scoreOutput = scoreOutput
    self.boxOutput = boxOutput
    self.count = count
    self.size = size
  }

  package var classCount: Int { 1 }

  package var reads: [(output: Int, count: Int)] {
    [(scoreOutput, count * 2), (boxOutput, count * 4)]
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    outputs.withOutput(scoreOutput) { scores in
      outputs.withOutput(boxOutput) { boxes in scan(scores, boxes, threshold, &candidates) }
    }
  }

  private func scan(
    _ scores: Span<Float>, _ boxes: Span<Float>, _ threshold: Float,
    _ candidates: inout Candidates
  ) {
    let (width, height) = (Float(size.width), Float(size.height))
    for index in 0..<count {
      let score = scores[2 * index + 1]
      if score < threshold { continue }
      candidates.append(
        Candidate(
          box: PixelBox(
            left: boxes[4 * index] * width, top: boxes[4 * index + 1] * height,
            right: boxes[4 * index + 2] * width, bottom: boxes[4 * index + 3] * height),
          confidence: score, classID: 0, cell: index))
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 2, let scores = facts.outputs(rank: 3, last: 2).first,
      let boxes = facts.outputs(rank: 3, last: 4).first,
      let count = facts.trailing(scores)?.first, facts.trailing(boxes)?.first == count
    else { return nil }
    return Recognition(
      head: UltraFaceHead(scoreOutput: scores, boxOutput: boxes, count: count, size: size),
      sureness: .likely,
      reason: "\(count) priors with 2 scores and 4 corners: UltraFace, decoded in the graph",
      picture: Conclusion(
        PictureConvention(
          color: .rgb, mean: [127, 127, 127], scale: [1 / 128, 1 / 128, 1 / 128],
          resize: .stretch, pad: 0),
        .likely, "UltraFace takes RGB, (value − 127) / 128, stretched"),
      labels: Conclusion(["face"], .likely, "UltraFace finds faces"),
      overlap: Conclusion(0.3, .likely, "UltraFace's own demonstration suppresses at 0.3"))
  }
}
