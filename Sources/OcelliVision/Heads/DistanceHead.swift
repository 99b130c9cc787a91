import Glibc
import OcelliVocabulary

/// Levels of `[1, classes + 4, H, W]`: class logits, then the distances left, top, right, bottom from
/// a cell's centre as `exp(clamp(v)) · stride`. The head of our own detectors.
package struct DistanceHead: Head {
  package static let name = "distance"
  package static let expects =
    "a level an output, [1, classes + 4, H, W], with strides that double"

  package var levels: [GridLevel]
  /// The output of each level.
  package var outputs: [Int]
  package var classCount: Int
  /// What the logarithm of a distance is held within.
  package var clamp: ClosedRange<Float>

  package init(levels: [GridLevel], outputs: [Int], classCount: Int, clamp: ClosedRange<Float>) {
    self.levels = levels
    self.outputs = outputs
    self.classCount = classCount
    self.clamp = clamp
  }

  package var reads: [(output: Int, count: Int)] {
    zip(outputs, levels).map { ($0, (classCount + 4) * $1.count) }
  }

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    var cell = 0
    for (level, output) in zip(levels, self.outputs) {
      outputs.withOutput(output) {
        scan($0, level, Scores.logit(threshold), firstCell: cell, &candidates)
      }
      cell += level.count
    }
  }

  private func scan(
    _ values: Span<Float>, _ level: GridLevel, _ floor: Float, firstCell: Int,
    _ candidates: inout Candidates
  ) {
    let plane = level.count
    let stride = Float(level.stride)
    func distance(_ channel: Int, _ cell: Int) -> Float {
      let v = values[(classCount + channel) * plane + cell]
      return exp(Swift.min(Swift.max(v, clamp.lowerBound), clamp.upperBound)) * stride
    }
    for cell in 0..<plane {
      guard
        let best = Scores.best(values, from: cell, step: plane, count: classCount, atLeast: floor)
      else { continue }
      let x = (Float(cell % level.columns) + 0.5) * stride
      let y = (Float(cell / level.columns) + 0.5) * stride
      candidates.append(
        Candidate(
          box: PixelBox(
            left: x - distance(0, cell), top: y - distance(1, cell),
            right: x + distance(2, cell), bottom: y + distance(3, cell)),
          confidence: Scores.sigmoid(best.score), classID: best.classID, cell: firstCell + cell))
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    let strides = numbers(facts.metadata["strides"] ?? "").map { Int($0) }
    guard !strides.isEmpty, strides.count == facts.outputs.count,
      strides.allSatisfy({ (1...1024).contains($0) })
    else { return nil }
    let levels = strides.map { GridLevel(stride: $0, over: size) }
    var classCount = -1
    for (index, level) in levels.enumerated() {
      guard let extents = facts.trailing(index), extents.count == 3, extents[0] > 4,
        extents[1] == level.rows, extents[2] == level.columns,
        classCount < 0 || classCount == extents[0] - 4
      else { return nil }
      classCount = extents[0] - 4
    }
    let rule = facts.metadata["head"] ?? ""
    let says = rule.contains("left,top,right,bottom") && rule.contains("exp(clamp")
    let bounds = numbers(rule.split(separator: "clamp(x,").last.map(String.init) ?? "").prefix(2)
    let isRange = says && bounds.count == 2 && bounds[0] < bounds[1]
    let clamp = isRange ? bounds[0]...bounds[1] : -4...4.5
    return Recognition(
      head: DistanceHead(
        levels: levels, outputs: Array(levels.indices), classCount: classCount, clamp: clamp),
      sureness: says ? .certain : .likely,
      reason: says
        ? "the metadata's `head` and `strides` say so, and the outputs' shapes agree"
        : "the metadata gives strides and each output is [1, \(classCount) + 4, H, W] at its stride",
      picture: picture(facts.metadata["input"]), labels: nil,
      overlap: Conclusion(0.6, .likely, "our own detectors are evaluated at 0.6"))
  }

  /// What the metadata's `input` says in words.
  private static func picture(_ text: String?) -> Conclusion<PictureConvention> {
    guard let text else {
      return Conclusion(
        .unit(.rgb, .topLeft, pad: 114), .likely, "our own detectors take RGB, value / 255")
    }
    let color: ColorOrder = text.contains("BGR") ? .bgr : .rgb
    let resize: ResizeMode =
      text.contains("stretched") ? .stretch : text.contains("top left") ? .topLeft : .center
    let pad = numbers(text.split(separator: "padded with").last.map(String.init) ?? "").first
    let grey = pad.flatMap { (0...255).contains($0) ? $0 : nil } ?? 114
    let convention: PictureConvention =
      text.contains("0..1 ") || text.contains("/ 255")
      ? .unit(color, resize, pad: grey) : .plain(color, resize, pad: grey)
    return Conclusion(convention, .certain, "the metadata's `input` says so")
  }

  /// The decimal numbers in a text, in order.
  private static func numbers(_ text: String) -> [Float] {
    text.split(whereSeparator: { !($0.isASCII && ($0.isNumber || $0 == "." || $0 == "-")) })
      .compactMap { Float($0) }
  }
}
