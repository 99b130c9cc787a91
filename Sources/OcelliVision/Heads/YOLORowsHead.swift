import Glibc
package import OcelliVocabulary

/// Boxes that the graph has decoded: centre x, centre y, width, height, then objectness (YOLOv5,
/// decoded YOLOX) or none (YOLOv8 and later), class scores, key points, mask coefficients, or the angle
/// that the box is turned by.
/// Places are pixels of the input or shares of it: where all of a grid's centres are below 2, shares.
package struct YOLORowsHead: Head {
  package static let name = "yolo"
  package static let expects =
    "one output of decoded boxes, [1, N, 5 + classes] or [1, 4 + classes, N], "
    + "with key points or mask coefficients behind (masks: a second output of prototypes)"

  package var output: Int
  package var count: Int
  package var classCount: Int
  package var hasObjectness: Bool
  /// `[1, numbers, N]` instead of `[1, N, numbers]`.
  package var isTransposed: Bool
  package var keypoints: KeypointLayout?
  package var prototypes: MaskPrototypes?
  /// The last number is the box's angle in radians. Suppression compares the upright boxes around.
  package var hasAngle = false

  /// Where a row's key points stand.
  package struct KeypointLayout: Sendable, Equatable {
    package var count: Int
    /// 2: x, y. 3: x, y, confidence.
    package var numbers: Int
    /// In front of the class scores, as YOLOv5-face and its kin have them.
    package var isFirst: Bool

    package init(count: Int, numbers: Int, isFirst: Bool = false) {
      self.count = count
      self.numbers = numbers
      self.isFirst = isFirst
    }

    var total: Int { count * numbers }
  }

  package init(
    output: Int = 0, count: Int, classCount: Int, hasObjectness: Bool, isTransposed: Bool,
    keypoints: KeypointLayout? = nil, prototypes: MaskPrototypes? = nil
  ) {
    self.output = output
    self.count = count
    self.classCount = classCount
    self.hasObjectness = hasObjectness
    self.isTransposed = isTransposed
    self.keypoints = keypoints
    self.prototypes = prototypes
  }

  private var boxNumbers: Int { hasObjectness ? 5 : 4 }
  private var classStart: Int {
    boxNumbers + (keypoints.map { $0.isFirst ? $0.total : 0 } ?? 0)
  }
  private var keypointStart: Int {
    keypoints?.isFirst == true ? boxNumbers : boxNumbers + classCount
  }
  private var coefficientStart: Int { boxNumbers + classCount + (keypoints?.total ?? 0) }
  private var numbers: Int {
    coefficientStart + (prototypes?.channels ?? 0) + (hasAngle ? 1 : 0)
  }
  private var step: Int { isTransposed ? count : 1 }
  private var row: Int { isTransposed ? 1 : numbers }

  package var reads: [(output: Int, count: Int)] {
    [(output, count * numbers)] + (prototypes.map { [($0.output, $0.count)] } ?? [])
  }

  /// The size that shares are of.
  package var size = InputSize(width: 1, height: 1)

  package func decode(
    _ outputs: some HeadOutputs, threshold: Float, into candidates: inout Candidates
  ) {
    outputs.withOutput(output) { scan($0, threshold, &candidates) }
  }

  /// The factors from the numbers at `first` and `first + 1` of the rows to pixels of the input.
  private func unit(_ values: Span<Float>, at first: Int) -> (x: Float, y: Float) {
    for index in 0..<count {
      let at = index * row + first * step
      if values[at] > 2 || values[at + step] > 2 { return (1, 1) }
    }
    return (Float(size.width), Float(size.height))
  }

  private func scan(_ values: Span<Float>, _ threshold: Float, _ candidates: inout Candidates) {
    let unit = unit(values, at: 0)
    for index in 0..<count {
      let at = index * row
      let objectness = hasObjectness ? values[at + 4 * step] : 1
      if objectness < threshold { continue }
      guard
        let best = Scores.best(
          values, from: at + classStart * step, step: step, count: classCount,
          atLeast: hasObjectness ? 0 : threshold)
      else { continue }
      let confidence = objectness * best.score
      if confidence < threshold { continue }
      candidates.append(
        Candidate(
          box: box(values, at, unit), confidence: confidence, classID: best.classID, cell: index))
    }
  }

  /// The upright box of the row that begins at `at`.
  private func box(_ values: Span<Float>, _ at: Int, _ unit: (x: Float, y: Float)) -> PixelBox {
    if hasAngle {
      let corners = corners(values, at, unit)
      let (across, down) = (corners.map(\.x), corners.map(\.y))
      return PixelBox(
        left: across.min() ?? 0, top: down.min() ?? 0, right: across.max() ?? 0,
        bottom: down.max() ?? 0)
    }
    let (x, y) = (values[at] * unit.x, values[at + step] * unit.y)
    let halfWidth = values[at + 2 * step] * unit.x / 2
    let halfHeight = values[at + 3 * step] * unit.y / 2
    return PixelBox(
      left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight)
  }

  /// The corners of the row that begins at `at`, turned about its centre.
  private func corners(
    _ values: Span<Float>, _ at: Int, _ unit: (x: Float, y: Float)
  ) -> [PixelPoint] {
    let angle = values[at + (numbers - 1) * step]
    let (cosine, sine) = (cos(angle), sin(angle))
    let (x, y) = (values[at] * unit.x, values[at + step] * unit.y)
    let (w, h) = (values[at + 2 * step] * unit.x / 2, values[at + 3 * step] * unit.y / 2)
    return [(w, h), (w, -h), (-w, -h), (-w, h)].map { w, h in
      PixelPoint(x: x + w * cosine - h * sine, y: y + w * sine + h * cosine)
    }
  }

  package func corners(of candidate: Candidate, _ outputs: some HeadOutputs) -> [PixelPoint] {
    guard hasAngle else { return [] }
    return outputs.withOutput(output) { values in
      corners(values, candidate.cell * row, unit(values, at: 0))
    }
  }

  package func keypoints(of candidate: Candidate, _ outputs: some HeadOutputs) -> [Keypoint] {
    guard let keypoints else { return [] }
    return outputs.withOutput(output) { values in
      let unit = unit(values, at: keypointStart)
      return (0..<keypoints.count).map { point in
        let at = candidate.cell * row + (keypointStart + point * keypoints.numbers) * step
        return Keypoint(
          x: values[at] * unit.x, y: values[at + step] * unit.y,
          confidence: keypoints.numbers > 2 ? values[at + 2 * step] : nil)
      }
    }
  }

  package func mask(
    of candidate: Candidate, in box: PixelBox, _ place: Placement, _ outputs: some HeadOutputs
  ) -> RunLengthMask? {
    guard let prototypes else { return nil }
    let coefficients = outputs.withOutput(output) { values in
      (0..<prototypes.channels).map {
        values[candidate.cell * row + (coefficientStart + $0) * step]
      }
    }
    return prototypes.mask(coefficients, in: box, place, size, outputs)
  }
}
