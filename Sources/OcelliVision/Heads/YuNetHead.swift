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
    guard facts.outputs.count == 12 else { return nil }
    let grids = [8, 16, 32].map { GridLevel(stride: $0, over: size) }
    let named = grids.compactMap { grid in
      level(
        grid, scores: facts.output(named: "cls_\(grid.stride)"),
        objectness: facts.output(named: "obj_\(grid.stride)"),
        boxes: facts.output(named: "bbox_\(grid.stride)"),
        landmarks: facts.output(named: "kps_\(grid.stride)"))
    }
    // The scores are multiplied: which of the two is which does not matter.
    let shaped = grids.compactMap { grid in
      let scores = facts.outputs(of: grid, 1)
      return level(
        grid, scores: scores.first, objectness: scores.count == 2 ? scores.last : nil,
        boxes: facts.outputs(of: grid, 4).first, landmarks: facts.outputs(of: grid, 10).first)
    }
    let levels = named.count == 3 ? named : shaped
    guard levels.count == 3 else { return nil }
    return Recognition(
      head: YuNetHead(levels: levels), sureness: named.count == 3 ? .certain : .likely,
      reason: named.count == 3
        ? "the outputs are named cls_, obj_, bbox_ and kps_ at strides 8, 16, 32: YuNet"
        : "twice 1, then 4 and 10 numbers a cell at strides 8, 16, 32: YuNet",
      picture: Conclusion(
        .plain(.bgr, .topLeft, pad: 0), .likely, "YuNet takes BGR, 0 to 255, padded with black"),
      labels: Conclusion(["face"], .certain, "YuNet finds faces"),
      overlap: Conclusion(0.3, .likely, "YuNet's usual detector suppresses at 0.3"))
  }

  private static func level(
    _ grid: GridLevel, scores: Int?, objectness: Int?, boxes: Int?, landmarks: Int?
  ) -> Level? {
    guard let scores, let objectness, let boxes, let landmarks else { return nil }
    return Level(
      grid: grid, scores: scores, objectness: objectness, boxes: boxes, landmarks: landmarks)
  }
}

extension ModelFacts {
  /// The outputs of `numbers` numbers a cell of the grid.
  fileprivate func outputs(of grid: GridLevel, _ numbers: Int) -> [Int] {
    outputs.indices.filter { trailing($0) == [grid.count, numbers] }
  }
}
