package import OcelliVocabulary

/// A map of how likely each pixel belongs to a text, `[1, 1, H, W]`: its islands become rotated
/// rectangles, widened again as the training shrank them. Source: DB (Liao et al., 2019).
package struct TextRegionHead: WholeHead {
  package static let name = "text-regions"
  package static let expects = "one map [1, 1, H, W] of probabilities"

  /// What a pixel must have, and an island in the mean; by how much an island was shrunk.
  static let pixel: Float = 0.3
  static let island: Float = 0.6
  static let growth: Float = 1.5
  /// The least side of an island. Units: cells of the map.
  static let side: Float = 3
  /// The most islands that are looked at.
  static let limit = 1000

  package var output: Int
  package var rows: Int
  package var columns: Int
  package var size: InputSize

  package init(output: Int, rows: Int, columns: Int, size: InputSize) {
    self.output = output
    self.rows = rows
    self.columns = columns
    self.size = size
  }

  package var task: VisionTask { .detect }
  package var classCount: Int { 1 }
  package var reads: [(output: Int, count: Int)] { [(output, rows * columns)] }

  package func find(_ outputs: some HeadOutputs, _ request: FindRequest) -> Findings {
    guard request.admits(0) else { return .objects([]) }
    let found = outputs.withOutput(output) { values in regions(values) }
    let (scaleX, scaleY) = (
      Float(size.width) / Float(columns), Float(size.height) / Float(rows)
    )
    return .objects(
      found.compactMap { rectangle, confidence in
        guard confidence >= max(request.threshold, Self.island) else { return nil }
        let corners = rectangle.corners.map {
          request.place.toPicture(x: $0.x * scaleX, y: $0.y * scaleY)
        }
        guard let box = PixelBox(around: corners) else { return nil }
        let clipped = box.clipped(width: request.place.width, height: request.place.height)
        guard clipped.area > 0 else { return nil }
        return Detection(
          classID: 0, label: request.label(0), confidence: min(confidence, 1), box: clipped,
          polygon: corners)
      }
      .sorted { $0.confidence > $1.confidence })
  }

  /// Every island's rectangle in cells of the map, with the mean inside before it is widened.
  private func regions(_ values: Span<Float>) -> [(rectangle: RotatedRectangle, mean: Float)] {
    var seen = [Bool](repeating: false, count: rows * columns)
    var found: [(rectangle: RotatedRectangle, mean: Float)] = []
    for start in 0..<rows * columns where values[start] > Self.pixel && !seen[start] {
      if found.count == Self.limit { break }
      let points = island(values, from: start, &seen)
      guard let rectangle = RotatedRectangle(around: points),
        min(rectangle.width, rectangle.height) >= Self.side
      else { continue }
      let mean = mean(values, in: rectangle)
      let grown = rectangle.grown(
        by: rectangle.width * rectangle.height * Self.growth
          / (2 * (rectangle.width + rectangle.height)))
      guard min(grown.width, grown.height) >= Self.side + 2 else { continue }
      found.append((grown, mean))
    }
    return found
  }

  /// The pixels of the island, corners counting as neighbours: the first and last of each row.
  private func island(
    _ values: Span<Float>, from start: Int, _ seen: inout [Bool]
  ) -> [PixelPoint] {
    var ends: [Int: (first: Int, last: Int)] = [:]
    var open = [start]
    seen[start] = true
    while let cell = open.popLast() {
      let (x, y) = (cell % columns, cell / columns)
      let span = ends[y] ?? (x, x)
      ends[y] = (min(span.first, x), max(span.last, x))
      for ny in max(y - 1, 0)...min(y + 1, rows - 1) {
        for nx in max(x - 1, 0)...min(x + 1, columns - 1) {
          let next = ny * columns + nx
          if !seen[next], values[next] > Self.pixel {
            seen[next] = true
            open.append(next)
          }
        }
      }
    }
    return ends.flatMap { y, span in
      [
        PixelPoint(x: Float(span.first) + 0.5, y: Float(y) + 0.5),
        PixelPoint(x: Float(span.last) + 0.5, y: Float(y) + 0.5),
      ]
    }
  }

  private func mean(_ values: Span<Float>, in rectangle: RotatedRectangle) -> Float {
    guard let box = PixelBox(around: rectangle.corners)?.clipped(width: columns, height: rows)
    else { return 0 }
    var sum: Float = 0
    var count: Float = 0
    for y in Int(box.top)..<min(rows, Int(box.bottom.rounded(.up))) {
      for x in Int(box.left)..<min(columns, Int(box.right.rounded(.up)))
      where rectangle.contains(PixelPoint(x: Float(x) + 0.5, y: Float(y) + 0.5)) {
        sum += values[y * columns + x]
        count += 1
      }
    }
    return count > 0 ? sum / count : 0
  }

  package static func recognize(
    _ facts: ModelFacts, size: InputSize, asked: Bool
  ) -> Recognition? {
    guard facts.outputs.count == 1, let extents = facts.trailing(0), extents.count == 3,
      extents[0] == 1, extents[1] == size.height || asked, extents[2] == size.width || asked
    else { return nil }
    let isPaddle =
      facts.outputs[0].name.hasPrefix("sigmoid_")
      || facts.outputs[0].name.hasPrefix("save_infer_model")
      || facts.outputs[0].name.hasPrefix("fetch_name")
    let grows = facts.operators.contains("ConvTranspose")
    guard asked || (isPaddle && facts.tails[0].contains("Sigmoid")) else { return nil }
    return Recognition(
      head: TextRegionHead(output: 0, rows: extents[1], columns: extents[2], size: size),
      sureness: asked ? .certain : grows ? .likely : .guess,
      reason: "one map as large as the picture behind a sigmoid, named as PaddlePaddle names "
        + "outputs: DB text detection",
      picture: Conclusion(
        PictureConvention(
          color: .bgr, mean: PictureConvention.imageNet.mean,
          scale: PictureConvention.imageNet.scale, resize: .topLeft, pad: 0),
        .likely, "PaddleOCR takes BGR with ImageNet's R, G, B statistics, its shape kept"),
      labels: Conclusion(["text"], .certain, "the map is of text"))
  }
}
