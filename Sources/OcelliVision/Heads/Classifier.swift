import Glibc

/// One output `[1, classes]` (further axes of extent 1 allowed): probabilities or logits.
package struct Classifier: Sendable, Equatable {
  package static let name = "classify"
  package static let expects = "one output of [1, classes]"
  /// How many classes a finding lists.
  package static let listed = 5

  package var output: Int
  package var classCount: Int
  /// The graph ends in a softmax; where not, one is applied here.
  package var isNormalized: Bool

  package init(output: Int = 0, classCount: Int, isNormalized: Bool) {
    self.output = output
    self.classCount = classCount
    self.isNormalized = isNormalized
  }

  /// The best classes, best first; of equals the lower number. What is not finite counts as absent.
  package func decode(
    _ outputs: some HeadOutputs
  ) -> [(classID: Int, confidence: Float)] {
    outputs.withOutput(output) { rank($0) }
  }

  private func rank(_ values: Span<Float>) -> [(classID: Int, confidence: Float)] {
    var top: [(classID: Int, confidence: Float)] = []
    for index in 0..<classCount {
      let value = values[index]
      if !value.isFinite { continue }
      if top.count == Self.listed, value <= top[top.count - 1].confidence { continue }
      let place = top.firstIndex { value > $0.confidence } ?? top.count
      top.insert((index, value), at: place)
      if top.count > Self.listed { top.removeLast() }
    }
    guard !isNormalized, let best = top.first?.confidence else { return top }
    var sum: Float = 0
    for index in 0..<classCount where values[index].isFinite { sum += exp(values[index] - best) }
    return top.map { ($0.classID, exp($0.confidence - best) / sum) }
  }

  /// The classifier that these outputs are, with the reason; nil where they are none.
  static func recognize(_ facts: ModelFacts, given: Bool) -> Conclusion<Classifier>? {
    guard facts.outputs.count == 1, let extents = facts.outputs[0].extents, extents.count >= 2,
      let classCount = extents[1], classCount > 1, extents.dropFirst(2).allSatisfy({ $0 == 1 })
    else { return nil }
    let isNormalized = facts.tails[0].contains("Softmax")
    let classifier = Classifier(classCount: classCount, isNormalized: isNormalized)
    let end = isNormalized ? "a softmax ends the graph" : "no softmax ends the graph: logits"
    if given { return Conclusion(classifier, .certain, "given; \(end)") }
    let names = Labels.parse(facts.metadata["names"] ?? "")
    if facts.metadata["task"] == "classify" || names?.count == classCount {
      return Conclusion(classifier, .certain, "the metadata tells of \(classCount) classes; \(end)")
    }
    if classCount == 1000 {
      return Conclusion(classifier, .likely, "1000 numbers are ImageNet's classes; \(end)")
    }
    if isNormalized {
      return Conclusion(classifier, .likely, "a softmax over \(classCount) numbers ends the graph")
    }
    return nil
  }
}
