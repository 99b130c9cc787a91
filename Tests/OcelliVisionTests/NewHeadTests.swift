import OcelliPicture
import OcelliVision
import OcelliVocabulary
import Testing

/// A picture of `size` that fills an input of the same size.
func placement(_ size: InputSize) -> Placement {
  Placement(
    LetterboxGeometry(
      sourceWidth: size.width, sourceHeight: size.height, width: size.width, height: size.height,
      fit: .stretch))
}

@Suite("Heads of points, masks and finished boxes")
struct NewHeadTests {
  @Test("SCRFD measures from a cell's corner, two anchors a cell")
  func scrfd() {
    let head = SCRFDHead(levels: [
      .init(
        grid: GridLevel(stride: 8, columns: 2, rows: 1), scores: 0, distances: 1, landmarks: 2)
    ])
    var landmarks = [Float](repeating: 0, count: 40)
    landmarks[30] = 1  // the first x of anchor 3
    let arrays: [[Float]] = [
      [0, 0, 0, 0.75], [Float](repeating: 0, count: 12) + [0.5, 0, 1, 2], landmarks,
    ]
    let found = head.found(arrays, threshold: 0.5).list
    #expect(found.count == 1)
    #expect(isNear(found[0].box, PixelBox(left: 4, top: 0, right: 16, bottom: 16)))
    let points = head.keypoints(of: found[0], ArrayOutputs(arrays: arrays))
    #expect(points.count == 5 && points[0].x == 16 && points[1].x == 8)
  }

  @Test("MediaPipe's offsets are pixels from the middle of a cell")
  func mediaPipe() {
    let head = MediaPipeHead(
      regressors: 0, scores: 1, points: 1,
      levels: [.init(grid: GridLevel(stride: 8, columns: 2, rows: 1), anchors: 2)])
    var regressors = [Float](repeating: 0, count: 24)
    regressors.replaceSubrange(12..<18, with: [1, 2, 8, 4, -3, 0])  // anchor 2: cell 1
    let arrays: [[Float]] = [regressors, [-9, -9, 2, -9]]
    let found = head.found(arrays, threshold: 0.5).list
    #expect(found.map(\.cell) == [2])
    #expect(isNear(found[0].box, PixelBox(left: 9, top: 4, right: 17, bottom: 8)))
    let points = head.keypoints(of: found[0], ArrayOutputs(arrays: arrays))
    #expect(points == [Keypoint(x: 9, y: 4, confidence: nil)])
  }

  @Test("Finished rows are read in their order, as pixels or as shares")
  func finishedRows() {
    let size = InputSize(width: 100, height: 50)
    let pixels = FinishedRowsHead(count: 2, numbers: 6, size: size, classCount: 0)
    let found = pixels.found([[10, 10, 30, 20, 0.9, 3, 0, 0, 0, 0, 0, 0]], threshold: 0.25).list
    #expect(found.count == 1 && found[0].classID == 3)
    #expect(isNear(found[0].box, PixelBox(left: 10, top: 10, right: 30, bottom: 20)))
    let shares = pixels.found(
      [[0.1, 0.2, 0.3, 0.4, 0.9, 1, 0, 0, 0, 0, 0, 0]], threshold: 0.25
    ).list
    #expect(isNear(shares[0].box, PixelBox(left: 10, top: 10, right: 30, bottom: 20)))
    #expect(
      pixels.found([[1, 1, 30, 20, 0.9, .nan, 0, 0, 0, 0, 0, 0]], threshold: 0.25).invalid == 1)
  }

  @Test("TensorFlow's boxes begin with y, and the count ends them")
  func separateBoxes() {
    let head = SeparateBoxesHead(
      boxOutput: 0, scoreOutput: 1, classOutput: 2, countOutput: 3, count: 2, isRowFirst: true,
      classCount: 0, size: InputSize(width: 100, height: 50))
    let arrays: [[Float]] = [[0.2, 0.1, 0.4, 0.3, 0, 0, 1, 1], [0.8, 0.9], [1, 0], [1]]
    let found = head.found(arrays, threshold: 0.5).list
    #expect(found.map(\.classID) == [1])
    #expect(isNear(found[0].box, PixelBox(left: 10, top: 10, right: 30, bottom: 20)))
  }

  @Test("DETR's last class is nothing, and its softmax counts it")
  func detr() {
    let head = DETRHead(
      scoreOutput: 0, boxOutput: 1, count: 2, scoreCount: 3, activation: .softmax,
      hasNothing: true, size: InputSize(width: 100, height: 50))
    let found = head.found(
      [[0, 3, 0, 0, 0, 9], [0.5, 0.5, 0.2, 0.4, 0.5, 0.5, 1, 1]], threshold: 0.5
    ).list
    #expect(found.map(\.classID) == [1])
    #expect(isNear(found[0].box, PixelBox(left: 40, top: 15, right: 60, bottom: 35)))
  }

  @Test("YOLOv5's maps are decoded with anchors")
  func maps() {
    let grid = GridLevel(stride: 8, columns: 1, rows: 1)
    let head = YOLOMapsHead(
      levels: [
        .init(
          output: 0, grid: grid, strides: .init(anchor: 6, cell: 6, number: 1),
          anchors: [[10, 20]])
      ], classCount: 1, areLogits: true)
    let found = head.found([[0, 0, 0, 0, 9, 9]], threshold: 0.5).list
    // A sigmoid of 0 is ½: the centre of the cell, the anchor itself.
    #expect(isNear(found[0].box, PixelBox(left: -1, top: -6, right: 9, bottom: 14)))
  }

  @Test("Key points in front of classes are read in the box's unit or their own")
  func corners() {
    var head = YOLORowsHead(
      count: 1, classCount: 1, hasObjectness: true, isTransposed: false,
      keypoints: .init(count: 2, numbers: 2, isFirst: true))
    head.size = InputSize(width: 100, height: 100)
    let arrays: [[Float]] = [[0.5, 0.5, 0.2, 0.2, 1, 10, 20, 30, 40, 0.9]]
    let found = head.found(arrays, threshold: 0.5).list
    #expect(isNear(found[0].box, PixelBox(left: 40, top: 40, right: 60, bottom: 60)))
    let points = head.keypoints(of: found[0], ArrayOutputs(arrays: arrays))
    #expect(points.map(\.x) == [10, 30] && points.map(\.y) == [20, 40])
  }

  @Test("A mask is the weighted sum of prototypes inside the box")
  func mask() throws {
    let size = InputSize(width: 8, height: 8)
    var head = YOLORowsHead(
      count: 1, classCount: 1, hasObjectness: false, isTransposed: false,
      prototypes: MaskPrototypes(
        output: 1, channels: 1, rows: 4, columns: 4, isChannelsLast: false))
    head.size = size
    // The left half is in.
    let prototype: [Float] = (0..<16).map { $0 % 4 < 2 ? 1 : -1 }
    let arrays: [[Float]] = [[4, 4, 8, 8, 0.9, 2], prototype]
    let found = head.found(arrays, threshold: 0.5).list
    let mask = try #require(
      head.mask(
        of: found[0], in: found[0].box, placement(size), ArrayOutputs(arrays: arrays)))
    #expect(mask.area == 32)
    #expect(mask.counts == [0, 32, 32])
  }

  @Test("COCO's compressed counts")
  func compressed() {
    let box = PixelBox(left: 1, top: 1, right: 3, bottom: 3)
    let mask = RunLengthMask(width: 4, height: 4, within: box) { _, _ in true }
    #expect(mask.counts == [5, 2, 2, 2, 5])
    // 5, 2, 2, then the differences 0 and 3.
    #expect(String(decoding: mask.compressed, as: UTF8.self) == "52203")
  }
}

@Suite("Heads of whole pictures")
struct WholeHeadTests {
  @Test("CTC lets repetitions and blanks fall, and names symbols with the blank or without")
  func text() {
    let head = TextHead(output: 0, steps: 5, classCount: 3, isNormalized: true)
    let outputs = ArrayOutputs(arrays: [
      [0.1, 0.8, 0.1, 0.1, 0.8, 0.1, 0.9, 0.1, 0, 0.1, 0.8, 0.1, 0, 0.2, 0.8]
    ])
    let place = placement(InputSize(width: 10, height: 10))
    for labels in [["#", "a", "b"], ["a", "b"]] {
      guard case .text(let read) = head.find(outputs, FindRequest(place: place, labels: labels))
      else {
        Issue.record("no text")
        return
      }
      #expect(read.symbols == [1, 1, 2] && read.text == "aab")
      #expect(abs(read.confidence - 0.8) < 1e-5)
    }
    guard case .text(let bare) = head.find(outputs, FindRequest(place: place)) else { return }
    #expect(bare.text == nil)
  }

  @Test("A segmenter gives a mask for each class that has pixels, without the background")
  func segments() {
    let size = InputSize(width: 4, height: 2)
    let head = SegmentationHead(
      output: 0, classCount: 3, rows: 2, columns: 4, isChannelsLast: true, form: .scores,
      size: size)
    let scores: [Float] = (0..<8).flatMap { $0 % 4 < 2 ? [1, 0, 0] : [0, 0, 1] as [Float] }
    let found = head.find(
      ArrayOutputs(arrays: [scores]),
      FindRequest(place: placement(size), labels: ["background", "x", "y"]))
    guard case .mask(let masks) = found else {
      Issue.record("no masks")
      return
    }
    #expect(masks.map(\.label) == ["y"] && masks.map(\.mask.area) == [4])
  }

  @Test("An embedding has length one")
  func embedding() {
    let found = EmbeddingHead(count: 2).find(
      ArrayOutputs(arrays: [[3, 4]]),
      FindRequest(place: placement(InputSize(width: 1, height: 1))))
    #expect(found == .embedding([0.6, 0.8]))
  }

  @Test("An island of text becomes a rectangle that has grown")
  func regions() {
    let size = InputSize(width: 32, height: 32)
    let head = TextRegionHead(output: 0, rows: 32, columns: 32, size: size)
    var map = [Float](repeating: 0, count: 1024)
    for y in 12..<18 { for x in 8..<24 { map[y * 32 + x] = 0.9 } }
    guard
      case .objects(let objects) = head.find(
        ArrayOutputs(arrays: [map]), FindRequest(place: placement(size), labels: ["text"]))
    else { return }
    #expect(objects.count == 1 && objects[0].polygon.count == 4)
    // 15 × 5 between outermost centres, grown by 75 · 1.5 / 40 on each side.
    #expect(
      isNear(
        objects[0].box,
        PixelBox(
          left: 8.5 - 2.8125, top: 12.5 - 2.8125, right: 23.5 + 2.8125, bottom: 17.5 + 2.8125),
        within: 0.01))
  }

  @Test("Lanes are lines of a picture; the background's queries are none")
  func lanes() {
    let size = InputSize(width: 100, height: 100)
    let head = LaneHead(logits: 0, curves: 1, count: 2, size: size)
    let curve: [Float] = [0.5, 1, 0, -1, 0, 0.5, 0, 0]  // x = ½ from the middle to the bottom
    guard
      case .objects(let lanes) = head.find(
        ArrayOutputs(arrays: [[0, 5, 5, 0], curve + curve]),
        FindRequest(place: placement(size), labels: ["lane"]))
    else { return }
    #expect(lanes.count == 1)
    #expect(lanes[0].line.allSatisfy { abs($0.x - 50) < 1e-3 })
    #expect(lanes[0].line.first?.y == 50 && lanes[0].line.last?.y == 100)
  }
}
