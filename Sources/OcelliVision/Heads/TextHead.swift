import Glibc
package import OcelliVocabulary

/// A line of text as probabilities of symbols step by step, `[1, T, C]` or `[T, 1, C]`, read by the
/// best path: repetitions fall together, the blank (number 0) falls away. Source: CTC (Graves, 2006).
package struct TextHead: WholeHead {
  package static let name = "text"
  package static let expects =
    "one output of steps, [1, T, symbols] or [T, 1, symbols], the first symbol the blank"

  package var output: Int
  package var steps: Int
  package var classCount: Int
  package var isNormalized: Bool
  /// A second output with classes of the whole line, and how many.
  package var attribute: Int?
  package var attributeCount: Int

  package init(
    output: Int, steps: Int, classCount: Int, isNormalized: Bool, attribute: Int? = nil,
    attributeCount: Int = 0
  ) {
    self.output = output
    self.steps = steps
    self.classCount = classCount
    self.isNormalized = isNormalized
    self.attribute = attribute
    self.attributeCount = attributeCount
  }

  package var task: VisionTask { .text }
  package var reads: [(output: Int, count: Int)] {
    [(output, steps * classCount)] + (attribute.map { [($0, attributeCount)] } ?? [])
  }

  package func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings {
    var symbols: [Int] = []
    var sum: Float = 0
    outputs.withOutput(output) { values in
      var previous = 0
      for step in 0..<steps {
        let at = step * classCount
        guard
          let best = Scores.best(
            values, from: at, step: 1, count: classCount, atLeast: -.greatestFiniteMagnitude),
          !best.score.isNaN
        else { continue }
        if best.classID != 0, best.classID != previous {
          symbols.append(best.classID)
          sum += isNormalized ? best.score : probability(values, at, best.score)
        }
        previous = best.classID
      }
    }
    let confidence = symbols.isEmpty ? 0 : min(max(sum / Float(symbols.count), 0), 1)
    let attributes = attribute.map { index in
      Classifier(output: index, classCount: attributeCount, isNormalized: false)
        .decode(outputs).prefix(1).map {
          Classification(
            classID: $0.classID, label: FindRequest.name($0.classID, request.attributes),
            confidence: $0.confidence)
        }
    }
    guard confidence >= request.threshold else {
      return .text(ReadText(symbols: [], text: nil, confidence: 0))
    }
    return .text(
      ReadText(
        symbols: symbols, text: spell(symbols, request.labels), confidence: confidence,
        attributes: attributes ?? []))
  }

  private func probability(_ values: Span<Float>, _ start: Int, _ best: Float) -> Float {
    var sum: Float = 0
    for index in 0..<classCount { sum += exp(values[start + index] - best) }
    return 1 / sum
  }

  /// The text, where the symbols are named; the blank may have a name too.
  private func spell(_ symbols: [Int], _ labels: [String]) -> String? {
    let first = classCount - labels.count
    guard (0...1).contains(first), !labels.isEmpty else { return nil }
    return symbols.map { labels[$0 - first] }.joined()
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    let steps = facts.outputs.indices.filter { facts.outputs[$0].extents?.count == 3 }
    guard steps.count == 1, let output = steps.first, let extents = facts.outputs[output].extents,
      let classCount = extents[2], classCount > 2, facts.outputs.count <= 2
    else { return nil }
    let isTimeFirst = extents[1] == 1 && extents[0] ?? 2 > 1
    guard let count = isTimeFirst ? extents[0] : extents[1], count > 1,
      isTimeFirst || extents[0] ?? 1 == 1
    else { return nil }
    // A line of text is low and wide, and a step is a few columns of it.
    let isLine = size.width >= 2 * size.height && size.height <= 64
    guard asked || (isLine && count * 2 <= size.width && size.width <= count * 16)
    else { return nil }
    var attribute: (output: Int, count: Int)?
    if facts.outputs.count == 2 {
      guard let other = facts.trailing(1 - output), other.count == 1, other[0] > 1
      else { return nil }
      attribute = (1 - output, other[0])
    }
    let isNormalized = facts.tails[output].contains("Softmax")
    return Recognition(
      head: TextHead(
        output: output, steps: count, classCount: classCount, isNormalized: isNormalized,
        attribute: attribute?.output, attributeCount: attribute?.count ?? 0),
      sureness: asked ? .certain : .likely,
      reason: "\(count) steps of \(classCount) symbols over a line of \(size): CTC text"
        + (isNormalized ? "" : ", without a softmax")
        + (attribute.map { "; the second output sorts it into \($0.count) classes" } ?? ""),
      picture: Conclusion(
        .signed(.rgb, .stretch), .guess, "readers of text often take −1 to 1, stretched"),
      labels: classCount == 37
        ? Conclusion(
          (Array("0123456789abcdefghijklmnopqrstuvwxyz")).map(String.init), .guess,
          "37 symbols are most often a blank, digits and letters")
        : Conclusion([], .certain, "the file names no symbols; --labels or a sidecar does"))
  }
}
