import OcelliVision
import OcelliVocabulary
import Testing

/// What heads make of outputs that a broken or hostile model gives.
@Suite("Heads given nonsense")
struct NonsenseTests {
  private static let size = InputSize(width: 64, height: 32)
  private static let grid = GridLevel(stride: 8, columns: 8, rows: 4)
  /// All the same, or in turn, so that comparisons meet each with each.
  private static let fillings: [[Float]] = [
    [.nan], [.infinity], [-.infinity], [3e38], [-3e38], [0x1p-149], [.nan, 1],
    [.infinity, .nan, 0.5], [3e38, -3e38, 1, 0], [-.infinity, .infinity],
  ]

  /// Outputs of the lengths that a head reads, filled in turn.
  private func arrays(_ reads: [(output: Int, count: Int)], _ filling: [Float]) -> [[Float]] {
    var arrays = [[Float]](repeating: [], count: 6)
    for (output, count) in reads {
      // 0: as many as there are.
      arrays[output] = (0..<(count == 0 ? 4096 : count)).map { filling[$0 % filling.count] }
    }
    return arrays
  }

  private static var detectors: [any Head] {
    var points = YOLORowsHead(
      count: 32, classCount: 3, hasObjectness: true, isTransposed: false,
      keypoints: .init(count: 2, numbers: 2, isFirst: true))
    points.size = size
    var masks = YOLORowsHead(
      count: 32, classCount: 3, hasObjectness: false, isTransposed: false,
      prototypes: MaskPrototypes(
        output: 1, channels: 4, rows: 8, columns: 16, isChannelsLast: false))
    masks.size = size
    return [
      SCRFDHead(levels: [.init(grid: grid, scores: 0, distances: 1, landmarks: 2)]),
      MediaPipeHead(
        regressors: 0, scores: 1, points: 6, levels: [.init(grid: grid, anchors: 2)]),
      FinishedRowsHead(count: 32, numbers: 6, size: size, classCount: 0),
      SeparateBoxesHead(
        boxOutput: 0, scoreOutput: 1, classOutput: 2, countOutput: 3, count: 32,
        isRowFirst: true, classCount: 0, size: size),
      DETRHead(
        scoreOutput: 0, boxOutput: 1, count: 32, scoreCount: 3, activation: .softmax,
        hasNothing: true, size: size),
      YOLOMapsHead(
        levels: [
          .init(
            output: 0, grid: grid, strides: .init(anchor: 256, cell: 8, number: 1),
            anchors: [[10, 20]])
        ], classCount: 3, areLogits: true),
      points, masks,
    ]
  }

  @Test("M15: every detector drops boxes that are no numbers, and keeps the rest finite")
  func detectors() {
    for head in Self.detectors {
      for filling in Self.fillings {
        let arrays = arrays(head.reads, filling)
        for candidate in head.found(arrays, threshold: 0.25).list {
          #expect(candidate.confidence.isFinite && candidate.box.area >= 0, "\(head) \(filling)")
          // Neither traps; what is not finite never reaches a line.
          _ = head.keypoints(of: candidate, ArrayOutputs(arrays: arrays))
          _ = head.mask(
            of: candidate, in: candidate.box.clipped(width: 64, height: 32),
            placement(Self.size), ArrayOutputs(arrays: arrays))
        }
      }
    }
  }

  private static let whole: [any WholeHead] = [
    Classifier(classCount: 7, isNormalized: false), Classifier(classCount: 7, isNormalized: true),
    TextHead(output: 0, steps: 9, classCount: 5, isNormalized: true),
    TextHead(
      output: 0, steps: 9, classCount: 5, isNormalized: false, attribute: 1, attributeCount: 3),
    SegmentationHead(
      output: 0, classCount: 3, rows: 8, columns: 16, isChannelsLast: true, form: .scores,
      size: size),
    SegmentationHead(
      output: 0, classCount: 3, rows: 8, columns: 16, isChannelsLast: false, form: .scores,
      size: size),
    EmbeddingHead(count: 8), TextRegionHead(output: 0, rows: 32, columns: 64, size: size),
    LaneHead(logits: 0, curves: 1, count: 6, size: size),
    LandmarkHead(
      output: 0, count: 17, form: .shares, score: nil, scoreIsLogit: false, size: size),
    LandmarkHead(
      output: 0, count: 21, form: .pixels, score: 1, scoreIsLogit: true, size: size),
  ]

  @Test("M15: every head of whole pictures gives finite numbers or nothing")
  func wholePictures() {
    for head in Self.whole {
      for filling in Self.fillings {
        let outputs = ArrayOutputs(arrays: arrays(head.reads, filling))
        let found = head.find(
          outputs, FindRequest(place: placement(Self.size), labels: ["a", "b", "c"]))
        let numbers: [Float] =
          switch found {
          case .objects(let list):
            list.flatMap { [$0.confidence, $0.box.left, $0.box.top, $0.box.right, $0.box.bottom] }
          case .classes(let list): list.map(\.confidence)
          case .text(let text): [text.confidence] + text.attributes.map(\.confidence)
          case .embedding(let vector): vector
          case .mask, .outputs: []
          }
        let areFinite = numbers.allSatisfy { $0.isFinite }
        #expect(areFinite, "\(head) of \(filling): \(numbers)")
      }
    }
  }
}
