import Glibc
package import OcelliVocabulary

/// For each stride `cls`, `obj` `[1, cells, 1]`, `bbox` `[1, cells, 4]` and `kps` `[1, cells, 10]`:
/// probabilities, a box and five landmarks relative to the cell's corner. Source: YuNet (Wu, 2023).
package struct YuNetHead: Head {
  package static let name = "yunet"
  package static let expects = "twelve outputs, cls_, obj_, bbox_ and kps_ at strides 8, 16, 32"

  /// The outputs of one stride.
  package struct Level: Sendable {
    package var grid: GridLevel
    package var scores: Int
    package var objectness: Int
    package var boxes: Int
    package var landmarks: Int

    package init(grid: GridLevel, scores: Int, objectness: Int, boxes: Int, landmarks: Int) {
      self.grid = grid
      self.scores = scores
      self.objectness = objectness
      self.boxes = boxes
      self.landmarks = landmarks
    }
  }

  package var levels: [Level]

  package init(levels: [Level]) { self.levels = levels }

  package var classCount: Int { 1 }

  package var reads: [(output: Int, count: Int)] {
    levels.flatMap { level in
      let cells = level.grid.count
      return [
        (level.scores, cells), (level.objectness, cells), (level.boxes, 4 * cells),
        (level.landmarks, 10 * cells),
      ]
    }
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    var first = 0
    for level in levels {
      outputs.withOutput(level.scores) { scores in
        outputs.withOutput(level.objectness) { objectness in
          outputs.withOutput(level.boxes) { boxes in
            scan(scores, objectness, boxes, level.grid, threshold, firstCell: first, &candidates)
          }
        }
      }
      first += level.grid.count
    }
  }

  private func scan(
    _ scores: Span<Float>, _ objectness: Span<Float>, _ boxes: Span<Float>, _ grid: GridLevel,
    _ threshold: Float, firstCell: Int, _ candidates: inout Candidates
  ) {
    let stride = Float(grid.stride)
    let square = threshold * threshold
    for cell in 0..<grid.count {
      let product = min(max(scores[cell], 0), 1) * min(max(objectness[cell], 0), 1)
      if scores[cell].isNaN || objectness[cell].isNaN {
        candidates.countInvalid()
        continue
      }
      if product < square { continue }
      let x = (Float(cell % grid.columns) + boxes[4 * cell]) * stride
      let y = (Float(cell / grid.columns) + boxes[4 * cell + 1]) * stride
      let halfWidth = exp(boxes[4 * cell + 2]) * stride / 2
      let halfHeight = exp(boxes[4 * cell + 3]) * stride / 2
      candidates.append(
        Candidate(
          box: PixelBox(
            left: x - halfWidth, top: y - halfHeight, right: x + halfWidth,
            bottom: y + halfHeight),
          confidence: product.squareRoot(), classID: 0, cell: firstCell + cell))
    }
  }

  package func keypoints(
    of candidate: Candidate, _ outputs: some HeadOutputs
  ) -> [Keypoint] {
    var cell = candidate.cell
    for level in levels {
      guard cell >= level.grid.count else {
        let grid = level.grid
        return outputs.withOutput(level.landmarks) { values in
          (0..<5).map {
            let stride = Float(grid.stride)
            return Keypoint(
              x: (values[10 * cell + 2 * $0] + Float(cell % grid.columns)) * stride,
              y: (values[10 * cell + 2 * $0 + 1] + Float(cell / grid.columns)) * stride,
              confidence: nil)
          }
        }
      }
      cell -= level.grid.count
    }
    return []
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    var levels: [Level] = []
    for stride in [8, 16, 32] {
      guard let scores = facts.output(named: "cls_\(stride)"),
        let objectness = facts.output(named: "obj_\(stride)"),
        let boxes = facts.output(named: "bbox_\(stride)"),
        let landmarks = facts.output(named: "kps_\(stride)")
      else { return nil }
      levels.append(
        Level(
          grid: GridLevel(stride: stride, over: size), scores: scores, objectness: objectness,
          boxes: boxes, landmarks: landmarks))
    }
    guard facts.outputs.count == 12 else { return nil }
    return Recognition(
      head: YuNetHead(levels: levels), sureness: .certain,
      reason: "the outputs are named cls_, obj_, bbox_ and kps_ at strides 8, 16, 32: YuNet",
      picture: Conclusion(
        .plain(.bgr, .topLeft, pad: 0), .likely, "YuNet takes BGR, 0 to 255, padded with black"),
      labels: Conclusion(["face"], .certain, "YuNet finds faces"),
      overlap: Conclusion(0.3, .likely, "YuNet's usual detector suppresses at 0.3"))
  }
}
