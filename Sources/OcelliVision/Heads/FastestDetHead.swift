import Glibc
import OcelliVocabulary

/// One level `[1, 5 + classes, H, W]`: objectness, a box (tanh offset, sigmoid size of the whole
/// input), class probabilities. Source: FastestDet; score = objectness^0.6 · class^0.4.
package struct FastestDetHead: Head {
  package static let name = "fastestdet"
  package static let expects = "one output [1, 5 + classes, H, W] at stride 16"

  package var output: Int
  package var grid: GridLevel
  package var classCount: Int
  package var size: InputSize

  package init(output: Int = 0, grid: GridLevel, classCount: Int, size: InputSize) {
    self.output = output
    self.grid = grid
    self.classCount = classCount
    self.size = size
  }

  package var reads: [(output: Int, count: Int)] { [(output, (5 + classCount) * grid.count)] }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    outputs.withOutput(output) { scan($0, threshold, &candidates) }
  }

  private func scan(_ values: Span<Float>, _ threshold: Float, _ candidates: inout Candidates) {
    let plane = grid.count
    // Class probabilities are at most 1, so objectness alone must reach threshold^(1 / 0.6).
    let floor = pow(threshold, 1 / 0.6)
    for cell in 0..<plane {
      let objectness = values[cell]
      if objectness < floor { continue }
      guard
        let best = Scores.best(
          values, from: 5 * plane + cell, step: plane, count: classCount, atLeast: 0)
      else { continue }
      let confidence = pow(objectness, 0.6) * pow(best.score, 0.4)
      if confidence < threshold { continue }
      let x = (Float(cell % grid.columns) + tanh(values[plane + cell])) / Float(grid.columns)
      let y = (Float(cell / grid.columns) + tanh(values[2 * plane + cell])) / Float(grid.rows)
      let halfWidth = Scores.sigmoid(values[3 * plane + cell]) / 2
      let halfHeight = Scores.sigmoid(values[4 * plane + cell]) / 2
      let (width, height) = (Float(size.width), Float(size.height))
      candidates.append(
        Candidate(
          box: PixelBox(
            left: (x - halfWidth) * width, top: (y - halfHeight) * height,
            right: (x + halfWidth) * width, bottom: (y + halfHeight) * height),
          confidence: confidence, classID: best.classID, cell: cell))
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 1, let extents = facts.trailing(0), extents.count == 3,
      extents[0] > 5, extents[1...] == [size.height / 16, size.width / 16],
      facts.tails[0].isSuperset(of: ["Sigmoid", "Softmax"])
    else { return nil }
    let classCount = extents[0] - 5
    return Recognition(
      head: FastestDetHead(
        grid: GridLevel(stride: 16, over: size), classCount: classCount, size: size),
      sureness: .likely,
      reason: "one level at stride 16 of 5 + \(classCount) planes, a sigmoid over the first and a "
        + "softmax over the classes: FastestDet",
      picture: Conclusion(
        .unit(.bgr, .stretch, pad: 0), .likely, "FastestDet takes BGR, value / 255, stretched"),
      labels: nil,
      overlap: Conclusion(0.45, .likely, "FastestDet is evaluated at 0.45"))
  }
}
