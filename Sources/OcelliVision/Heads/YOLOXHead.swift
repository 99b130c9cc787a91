import Glibc
import OcelliVocabulary

/// `[1, cells, 5 + classes]` of a grid, not decoded: dx, dy, log w, log h, objectness, class scores.
/// Source: YOLOX (Ge et al., 2021), exported without `decode_in_inference`.
package struct YOLOXHead: Head {
  package static let name = "yolox"
  package static let expects =
    "one output [1, cells, 5 + classes], cells those of the strides 8, 16, 32"

  package var levels: [GridLevel]
  package var output: Int
  package var classCount: Int

  package init(levels: [GridLevel], output: Int = 0, classCount: Int) {
    self.levels = levels
    self.output = output
    self.classCount = classCount
  }

  package var reads: [(output: Int, count: Int)] {
    [(output, levels.reduce(0) { $0 + $1.count } * (5 + classCount))]
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    outputs.withOutput(output) { scan($0, threshold, &candidates) }
  }

  private func scan(
    _ values: Span<Float>, _ threshold: Float, _ candidates: inout Candidates
  ) {
    let row = 5 + classCount
    var first = 0
    for level in levels {
      let stride = Float(level.stride)
      for cell in 0..<level.count {
        let at = (first + cell) * row
        let objectness = values[at + 4]
        if objectness < threshold { continue }  // the product cannot pass; NaN goes on
        guard
          let best = Scores.best(
            values, from: at + 5, step: 1, count: classCount, atLeast: 0)
        else { continue }
        let confidence = objectness * best.score
        if confidence < threshold { continue }
        let x = (values[at] + Float(cell % level.columns)) * stride
        let y = (values[at + 1] + Float(cell / level.columns)) * stride
        let halfWidth = exp(values[at + 2]) * stride / 2
        let halfHeight = exp(values[at + 3]) * stride / 2
        candidates.append(
          Candidate(
            box: PixelBox(
              left: x - halfWidth, top: y - halfHeight, right: x + halfWidth,
              bottom: y + halfHeight),
            confidence: confidence, classID: best.classID, cell: first + cell))
      }
      first += level.count
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 1, let extents = facts.trailing(0), extents.count == 2,
      extents[1] > 5, let levels = GridLevel.levels(adding: extents[0], over: size),
      facts.tails[0].isDisjoint(with: ["Exp", "Mul", "Add", "Pow", "Sub"])
    else { return nil }
    let classCount = extents[1] - 5
    return Recognition(
      head: YOLOXHead(levels: levels, classCount: classCount),
      sureness: .likely,
      reason: "\(extents[0]) = \(GridLevel.describe(levels)) cells of 5 + \(classCount) numbers, "
        + "and nothing behind the last convolutions decodes them: YOLOX's grid",
      picture: convention, labels: nil, overlap: evaluatedOverlap)
  }

  /// What YOLOX wants of its pictures, decoded or not.
  static let convention = Conclusion(
    PictureConvention.plain(.bgr, .topLeft, pad: 114, cutsSize: true), .likely,
    "YOLOX takes BGR, 0 to 255, put top left on 114")
  static let evaluatedOverlap = Conclusion<Float>(0.65, .likely, "YOLOX is evaluated at 0.65")
}
