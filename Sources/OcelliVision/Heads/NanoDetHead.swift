import Glibc
import OcelliVocabulary

/// For each stride class scores `[1, cells, classes]` and distances `[1, cells, 4 · bins]`, each
/// distance the mean of a distribution over its bins. NanoDet-Plus has one output of both side by side,
/// `[1, cells, classes + 4 · bins]`. Source: NanoDet; generalised focal loss.
package struct NanoDetHead: Head {
  package static let name = "nanodet"
  package static let expects =
    "for each stride two outputs, [1, cells, classes] and [1, cells, 4 · bins], or one of both, "
    + "[1, all cells, classes + 4 · bins]"

  package var levels: [GridLevel]
  package var scoreOutputs: [Int]
  package var distanceOutputs: [Int]
  package var classCount: Int
  package var bins: Int
  /// The scores still want a sigmoid.
  package var scoresAreLogits: Bool
  /// All levels stand one after the other in output 0, scores before distances (NanoDet-Plus).
  package var isJoined: Bool

  package init(
    levels: [GridLevel], scoreOutputs: [Int], distanceOutputs: [Int], classCount: Int, bins: Int,
    scoresAreLogits: Bool = false, isJoined: Bool = false
  ) {
    self.levels = levels
    self.scoreOutputs = scoreOutputs
    self.distanceOutputs = distanceOutputs
    self.classCount = classCount
    self.bins = bins
    self.scoresAreLogits = scoresAreLogits
    self.isJoined = isJoined
  }

  package var reads: [(output: Int, count: Int)] {
    if isJoined {
      return [(0, levels.reduce(0) { $0 + $1.count } * (classCount + 4 * bins))]
    }
    return zip(scoreOutputs, levels).map { ($0, $1.count * classCount) }
      + zip(distanceOutputs, levels).map { ($0, $1.count * 4 * bins) }
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    var first = 0
    for (index, level) in levels.enumerated() {
      if isJoined {
        let row = classCount + 4 * bins
        outputs.withOutput(0) { both in
          scan(
            both, Rows(start: first * row, step: row),
            both, Rows(start: first * row + classCount, step: row), level, threshold, first,
            &candidates)
        }
      } else {
        outputs.withOutput(scoreOutputs[index]) { scores in
          outputs.withOutput(distanceOutputs[index]) { distances in
            scan(
              scores, Rows(start: 0, step: classCount), distances, Rows(start: 0, step: 4 * bins),
              level, threshold, first, &candidates)
          }
        }
      }
      first += level.count
    }
  }

  /// Where a cell's numbers begin.
  private struct Rows {
    var start: Int
    var step: Int

    func at(_ cell: Int) -> Int { start + cell * step }
  }

  private func scan(
    _ scores: Span<Float>, _ scoreRows: Rows, _ distances: Span<Float>, _ distanceRows: Rows,
    _ level: GridLevel, _ threshold: Float, _ firstCell: Int, _ candidates: inout Candidates
  ) {
    let floor = scoresAreLogits ? Scores.logit(threshold) : threshold
    let stride = Float(level.stride)
    // The middle of the cell's pixels, as NanoDet's first versions place it; Plus has its corner.
    let shift = isJoined ? 0 : (stride - 1) / 2
    for cell in 0..<level.count {
      guard
        let best = Scores.best(
          scores, from: scoreRows.at(cell), step: 1, count: classCount, atLeast: floor)
      else { continue }
      let x = Float(cell % level.columns) * stride + shift
      let y = Float(cell / level.columns) * stride + shift
      let at = distanceRows.at(cell)
      candidates.append(
        Candidate(
          box: PixelBox(
            left: x - mean(distances, at) * stride,
            top: y - mean(distances, at + bins) * stride,
            right: x + mean(distances, at + 2 * bins) * stride,
            bottom: y + mean(distances, at + 3 * bins) * stride),
          confidence: scoresAreLogits ? Scores.sigmoid(best.score) : best.score,
          classID: best.classID, cell: firstCell + cell))
    }
  }

  /// The mean bin of the softmax of `bins` logits. Units: strides.
  private func mean(_ logits: Span<Float>, _ start: Int) -> Float {
    var top = -Float.infinity
    for bin in 0..<bins { top = Swift.max(top, logits[start + bin]) }
    var sum: Float = 0
    var weighted: Float = 0
    for bin in 0..<bins {
      let weight = exp(logits[start + bin] - top)
      sum += weight
      weighted += weight * Float(bin)
    }
    return weighted / sum
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    if let joined = recognizeJoined(facts, size) { return joined }
    let strides = [8, 16, 32, 64].prefix(facts.outputs.count / 2)
    guard facts.outputs.count % 2 == 0, strides.count >= 2, strides.count * 2 == facts.outputs.count
    else { return nil }
    let shapes = facts.outputs.indices.map { facts.trailing($0) ?? [] }
    guard shapes.allSatisfy({ $0.count == 2 }) else { return nil }
    let widths = Set(shapes.map { $0[1] })
    // Distances are as wide as four sides of a few bins, and are not scores.
    guard widths.count == 2, let wide = widths.max(), let narrow = widths.min() else { return nil }
    let distanceWidth = [narrow, wide].first { $0 % 4 == 0 && (8...17).contains($0 / 4) }
    guard let distanceWidth else { return nil }
    let classCount = distanceWidth == wide ? narrow : wide
    let levels = strides.map { GridLevel(stride: $0, over: size) }
    var scoreOutputs: [Int] = []
    var distanceOutputs: [Int] = []
    for level in levels {
      guard let scores = shapes.firstIndex(of: [level.count, classCount]),
        let distances = shapes.firstIndex(of: [level.count, distanceWidth])
      else { return nil }
      scoreOutputs.append(scores)
      distanceOutputs.append(distances)
    }
    let scoresAreLogits = !facts.tails[scoreOutputs[0]].contains("Sigmoid")
    return Recognition(
      head: NanoDetHead(
        levels: levels, scoreOutputs: scoreOutputs, distanceOutputs: distanceOutputs,
        classCount: classCount, bins: distanceWidth / 4, scoresAreLogits: scoresAreLogits),
      sureness: .likely,
      reason: "for each of the strides \(strides.map(String.init).joined(separator: ", ")) "
        + "\(classCount) scores and 4 · \(distanceWidth / 4) bins of distances: NanoDet",
      picture: Conclusion(
        PictureConvention(
          color: .bgr, mean: [103.53, 116.28, 123.675],
          scale: [1 / 57.375, 1 / 57.12, 1 / 58.395], resize: .center, pad: 0, cutsSize: true),
        .likely, "NanoDet takes BGR with ImageNet's mean and deviation, centred on black"),
      labels: nil,
      overlap: Conclusion(0.6, .likely, "NanoDet is evaluated at 0.6"))
  }

  /// NanoDet-Plus: one output of scores and distances side by side.
  private static func recognizeJoined(_ facts: ModelFacts, _ size: InputSize) -> Recognition? {
    guard facts.outputs.count == 1, let extents = facts.trailing(0), extents.count == 2,
      extents[1] > 32, facts.pieces[0] == [extents[1] - 32, 32] || extents[1] == 112
    else { return nil }
    let strides = [8, 16, 32, 64]
    let all = strides.map { GridLevel(stride: $0, over: size) }
    guard
      let levels = [all, Array(all.prefix(3))].first(where: {
        $0.reduce(0) { $0 + $1.count } == extents[0]
      })
    else { return nil }
    let classCount = extents[1] - 32
    return Recognition(
      head: NanoDetHead(
        levels: levels, scoreOutputs: [], distanceOutputs: [], classCount: classCount, bins: 8,
        scoresAreLogits: !facts.tails[0].contains("Sigmoid"), isJoined: true),
      sureness: .likely,
      reason: "\(extents[0]) = \(GridLevel.describe(levels)) cells of \(classCount) scores and "
        + "4 · 8 bins of distances in one output: NanoDet-Plus",
      picture: Conclusion(
        PictureConvention(
          color: .bgr, mean: [103.53, 116.28, 123.675],
          scale: [1 / 57.375, 1 / 57.12, 1 / 58.395], resize: .stretch, pad: 0),
        .likely, "NanoDet-Plus takes BGR with ImageNet's mean and deviation, stretched"),
      overlap: Conclusion(0.6, .likely, "NanoDet is evaluated at 0.6"))
  }
}
