import Glibc
package import OcelliVocabulary

/// One vector of the whole picture, scaled to length one: to compare persons, faces, scenes.
package struct EmbeddingHead: WholeHead {
  package static let name = "embed"
  package static let expects = "one output [1, numbers]"

  package var output: Int
  package var count: Int

  package init(output: Int = 0, count: Int) {
    self.output = output
    self.count = count
  }

  package var task: VisionTask { .embed }
  package var classCount: Int { 0 }
  package var reads: [(output: Int, count: Int)] { [(output, count)] }

  package func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings {
    outputs.withOutput(output) { values in
      var square = 0.0
      for index in 0..<count { square += Double(values[index]) * Double(values[index]) }
      let length = square.squareRoot()
      guard length.isFinite, length > 0 else { return .embedding([]) }
      return .embedding((0..<count).map { Float(Double(values[$0]) / length) })
    }
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 1, let extents = facts.outputs[0].extents, extents.count >= 2,
      let count = extents[1], count > 1, extents.dropFirst(2).allSatisfy({ $0 == 1 })
    else { return nil }
    let tail = facts.tails[0]
    let name = facts.outputs[0].name.lowercased()
    let isNamed = ["embed", "feature", "feat"].contains { name.contains($0) }
    let isPower = count >= 64 && count & (count - 1) == 0
    let isUsual = isPower || [192, 384, 768, 1536].contains(count)
    guard asked || isNamed || (isUsual && tail.isDisjoint(with: ["Softmax", "LogSoftmax"]))
    else { return nil }
    let isTall = size.height == 2 * size.width
    let isFace = size.height == 112 && size.width == 112
    let picture: Conclusion<PictureConvention> =
      isFace
      ? Conclusion(
        PictureConvention(
          color: .rgb, mean: [127.5, 127.5, 127.5], scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
          resize: .stretch, pad: 0),
        .likely, "112×112 is ArcFace's: RGB, (value − 127.5) / 127.5")
      : Conclusion(
        .imageNet, isTall ? .likely : .guess,
        isTall
          ? "an input twice as tall as wide re-identifies persons: RGB with ImageNet's statistics"
          : "RGB with ImageNet's statistics is the most usual")
    return Recognition(
      head: EmbeddingHead(count: count),
      sureness: asked
        ? .certain
        : isNamed || tail.contains("BatchNormalization") || isTall
          ? .likely : .guess,
      reason: "one vector of \(count) numbers without a softmax"
        + (isNamed ? ", and its name says so" : isPower ? ", a power of two" : "")
        + ": an embedding",
      picture: picture)
  }
}
