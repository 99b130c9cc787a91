import Glibc
import OcelliTensor
package import OcelliVocabulary

/// One output `[1, classes]` (further axes of extent 1 allowed): probabilities, their logarithms or
/// logits.
package struct Classifier: WholeHead, Equatable {
  package static let name = "classify"
  package static let expects = "one output of [1, classes]"
  /// How many classes a finding lists.
  package static let listed = 5

  package var output: Int
  package var classCount: Int
  /// The graph ends in a softmax; where not, one is applied here.
  package var isNormalized: Bool

  package var task: VisionTask { .classify }
  package var reads: [(output: Int, count: Int)] { [(output, classCount)] }

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

  package func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings {
    .classes(
      decode(outputs).compactMap { classID, confidence in
        guard confidence >= request.threshold, request.admits(classID) else { return nil }
        return Classification(
          classID: classID, label: request.label(classID), confidence: min(max(confidence, 0), 1))
      })
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 1, let extents = facts.outputs[0].extents, extents.count >= 2,
      let classCount = extents[1], classCount > 1, extents.dropFirst(2).allSatisfy({ $0 == 1 })
    else { return nil }
    // A logarithm of probabilities is as good as logits: the softmax gives the probabilities back.
    let isNormalized = facts.tails[0].contains("Softmax")
    let end = isNormalized ? "a softmax ends the graph" : "no softmax ends the graph: logits"
    guard let (sureness, reason) = evidence(facts, classCount, isNormalized, end, asked)
    else { return nil }
    return Recognition(
      head: Classifier(classCount: classCount, isNormalized: isNormalized), sureness: sureness,
      reason: reason, picture: picture(facts))
  }

  private static func evidence(
    _ facts: ModelFacts, _ classCount: Int, _ isNormalized: Bool, _ end: String, _ asked: Bool
  ) -> (Sureness, String)? {
    if asked { return (.certain, end) }
    let names = Labels.parse(facts.metadata["names"] ?? "")
    if facts.metadata["task"] == "classify" || names?.count == classCount {
      return (.certain, "the metadata tells of \(classCount) classes; \(end)")
    }
    if [1000, 1001].contains(classCount) {
      return (.likely, "\(classCount) numbers are ImageNet's classes; \(end)")
    }
    if isNormalized {
      return (.likely, "a softmax over \(classCount) numbers ends the graph")
    }
    if facts.tails[0].contains("LogSoftmax") {
      return (.likely, "a softmax's logarithm over \(classCount) numbers ends the graph")
    }
    let name = facts.outputs[0].name.lowercased()
    if ["logit", "prob", "class"].contains(where: name.contains) {
      return (.likely, "the output's name is \(facts.outputs[0].name); \(end)")
    }
    // Vectors of a power of two are rather embeddings.
    if classCount < 64, classCount & (classCount - 1) != 0 || classCount < 16 {
      return (.guess, "one vector of \(classCount) numbers; \(end)")
    }
    return nil
  }

  private static func picture(_ facts: ModelFacts) -> Conclusion<PictureConvention> {
    if let input = facts.inputs.first, [.uint8, .int8].contains(input.type) {
      return Conclusion(
        .signed(.rgb, .stretch), .likely, "quantised classifiers come from TensorFlow: −1 to 1")
    }
    return facts.isFromTensorFlow
      ? Conclusion(.signed(.rgb, .stretch), .guess, "TensorFlow's classifiers often take −1 to 1")
      : Conclusion(.imageNet, .guess, "most classifiers take ImageNet's statistics")
  }
}
