import Glibc
import OcelliVocabulary

/// A fixed set of queries: class logits `[1, Q, classes]` and boxes `[1, Q, 4]` (centre, size, shares
/// of the input). Source: DETR (Carion, 2020) with a last class for nothing; RT-DETR with sigmoids.
package struct DETRHead: Head {
  package static let name = "detr"
  package static let expects = "two outputs, logits [1, Q, classes] and boxes [1, Q, 4]"

  /// What makes probabilities of the scores.
  package enum Activation: Sendable { case none, sigmoid, softmax }

  package var scoreOutput: Int
  package var boxOutput: Int
  package var count: Int
  /// Numbers a query, the one for nothing included.
  package var scoreCount: Int
  package var activation: Activation
  package var hasNothing: Bool
  package var size: InputSize

  package init(
    scoreOutput: Int, boxOutput: Int, count: Int, scoreCount: Int, activation: Activation,
    hasNothing: Bool, size: InputSize
  ) {
    self.scoreOutput = scoreOutput
    self.boxOutput = boxOutput
    self.count = count
    self.scoreCount = scoreCount
    self.activation = activation
    self.hasNothing = hasNothing
    self.size = size
  }

  package var classCount: Int { scoreCount - (hasNothing ? 1 : 0) }
  package var isSuppressed: Bool { true }
  package var reads: [(output: Int, count: Int)] {
    [(scoreOutput, count * scoreCount), (boxOutput, count * 4)]
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
    for query in 0..<count {
      let at = query * scoreCount
      guard
        let best = Scores.best(
          scores, from: at, step: 1, count: classCount, atLeast: -.greatestFiniteMagnitude)
      else { continue }
      let confidence: Float
      switch activation {
      case .none: confidence = best.score
      case .sigmoid: confidence = Scores.sigmoid(best.score)
      case .softmax:
        var sum: Float = 0
        for index in 0..<scoreCount { sum += exp(scores[at + index] - best.score) }
        confidence = 1 / sum
      }
      if confidence < threshold { continue }
      let box = 4 * query
      let (x, y) = (boxes[box] * width, boxes[box + 1] * height)
      let (halfWidth, halfHeight) = (boxes[box + 2] * width / 2, boxes[box + 3] * height / 2)
      candidates.append(
        Candidate(
          box: PixelBox(
            left: x - halfWidth, top: y - halfHeight, right: x + halfWidth,
            bottom: y + halfHeight),
          confidence: confidence, classID: best.classID, cell: query))
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count <= 8 else { return nil }
    let boxOutputs = facts.outputs(rank: 3, last: 4)
    guard boxOutputs.count == 1, let boxes = boxOutputs.first,
      let count = facts.trailing(boxes)?.first, count <= 2000
    else { return nil }
    let others = facts.outputs.indices.filter { index in
      guard index != boxes, let extents = facts.trailing(index) else { return false }
      return extents.count == 2 && extents[0] == count && extents[1] > 1
    }
    let name = { (index: Int) in facts.outputs[index].name.lowercased() }
    let named = others.filter { name($0).contains("logit") || name($0).contains("class") }
    let choice = others.count == 1 ? others.first : named.count == 1 ? named.first : nil
    guard let scores = choice, let width = facts.trailing(scores)?[1] else { return nil }
    // Boxes that a sigmoid ends are shares with a centre; corners come from other arithmetic.
    let isNamed = name(scores).contains("logit") || name(boxes).contains("pred_box")
    guard asked || isNamed || facts.tails[boxes].contains("Sigmoid") else { return nil }
    let activation: Activation =
      facts.tails[scores].contains("Softmax")
      ? .none
      : facts.tails[scores].contains("Sigmoid")
        ? .none
        : [92, 251].contains(width)
          ? .softmax : .sigmoid
    let hasNothing = activation == .softmax || facts.tails[scores].contains("Softmax")
    let classes = width - (hasNothing ? 1 : 0)
    // Without either function in the graph the number of classes alone tells the family.
    let isKnown =
      hasNothing || facts.tails[scores].contains("Sigmoid") || asked
      || [80, 91, 365, 366].contains(width)
    return Recognition(
      head: DETRHead(
        scoreOutput: scores, boxOutput: boxes, count: count, scoreCount: width,
        activation: activation, hasNothing: hasNothing, size: size),
      sureness: isKnown ? .likely : .guess,
      reason: "\(count) queries with \(classes) classes"
        + (hasNothing ? ", one number for nothing" : "") + " and a box each: DETR's kin"
        + (isKnown ? "" : "; whether classes exclude each other the file does not tell"),
      picture: hasNothing
        ? Conclusion(.imageNet, .likely, "DETR takes ImageNet's statistics")
        : Conclusion(
          .unit(.rgb, .stretch, pad: 0), isKnown ? .likely : .guess,
          "RT-DETR takes RGB, value / 255, stretched"),
      overlap: Conclusion(1, .certain, "queries do not repeat each other: nothing is suppressed"))
  }
}
