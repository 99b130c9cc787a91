import OcelliVision
import OcelliVocabulary
import Testing

@Suite("Heads decode outputs with known answers")
struct HeadTests {
  @Test("The distance head reads class logits and four logarithms from planes")
  func distance() {
    let level = GridLevel(stride: 8, columns: 4, rows: 2)
    let head = DistanceHead(levels: [level], outputs: [0], classCount: 2, clamp: -4...4.5)
    var values = [Float](repeating: -9, count: 6 * 8)
    let cell = 6  // column 2, row 1
    values[1 * 8 + cell] = 2  // class 1
    for side in 0..<4 { values[(2 + side) * 8 + cell] = [0, 0.5, 1, 99][side] }
    let found = head.found([values], threshold: 0.25).list
    #expect(found.count == 1)
    #expect(found[0].classID == 1)
    #expect(abs(found[0].confidence - 0.880797) < 1e-5)
    // The last distance is clamped at 4.5.
    #expect(
      isNear(
        found[0].box,
        PixelBox(
          left: 20 - 8, top: 12 - 8 * 1.6487213, right: 20 + 8 * 2.7182818,
          bottom: 12 + 8 * 90.017131), within: 0.01))
  }

  @Test("The distance head joins levels, each at its stride")
  func distanceLevels() {
    let levels = [
      GridLevel(stride: 8, columns: 2, rows: 2), GridLevel(stride: 16, columns: 1, rows: 1),
    ]
    let head = DistanceHead(levels: levels, outputs: [1, 0], classCount: 1, clamp: -4...4.5)
    var fine = [Float](repeating: -9, count: 5 * 4)
    fine[3] = 1
    let coarse: [Float] = [3, 0, 0, 0, 0]
    let found = head.found([coarse, fine], threshold: 0.5).list
    #expect(found.map(\.cell) == [4, 3])
    #expect(isNear(found[0].box, PixelBox(left: -8, top: -8, right: 24, bottom: 24)))
  }

  @Test("YOLOX decodes offsets and logarithms from the cell's corner")
  func yolox() {
    let levels = [
      GridLevel(stride: 8, columns: 2, rows: 2), GridLevel(stride: 16, columns: 1, rows: 1),
    ]
    let head = YOLOXHead(levels: levels, classCount: 2)
    var values = [Float](repeating: 0, count: 5 * 7)
    values.replaceSubrange(3 * 7..<4 * 7, with: [0.5, 0.25, 0, 0.6931472, 0.8, 0.1, 0.5])
    values.replaceSubrange(4 * 7..<5 * 7, with: [0, 0, 0, 0, 0.9, 0.9, 0.1])
    let found = head.found([values], threshold: 0.3).list
    #expect(found.map(\.classID) == [0, 1])
    #expect(abs(found[1].confidence - 0.4) < 1e-6)
    #expect(isNear(found[1].box, PixelBox(left: 8, top: 2, right: 16, bottom: 18)))
    #expect(isNear(found[0].box, PixelBox(left: -8, top: -8, right: 8, bottom: 8)))
  }

  @Test("A turned box gives its corners, and the upright box around them")
  func turned() throws {
    var head = YOLORowsHead(count: 1, classCount: 1, hasObjectness: false, isTransposed: true)
    head.hasAngle = true
    let arrays: [[Float]] = [[50, 40, 20, 10, 0.9, .pi / 2]]
    let found = head.found(arrays, threshold: 0.25).list
    #expect(found.count == 1)
    #expect(isNear(found[0].box, PixelBox(left: 45, top: 30, right: 55, bottom: 50)))
    let corners = head.corners(of: found[0], ArrayOutputs(arrays: arrays))
    #expect(corners.count == 4)
    #expect(abs(corners[0].x - 45) < 1e-3 && abs(corners[0].y - 50) < 1e-3)
  }

  @Test("YOLOX multiplies before it compares: neither factor alone decides")
  func yoloxProduct() {
    let head = YOLOXHead(levels: [GridLevel(stride: 8, columns: 1, rows: 1)], classCount: 1)
    #expect(head.found([[0, 0, 0, 0, 0.6, 0.4]], threshold: 0.25).list.isEmpty)
    #expect(head.found([[0, 0, 0, 0, 0.6, 0.5]], threshold: 0.25).list.count == 1)
  }

  @Test("Decoded boxes are read by rows and by columns")
  func decoded() {
    let rows = YOLORowsHead(count: 2, classCount: 2, hasObjectness: true, isTransposed: false)
    let found = rows.found(
      [[10, 20, 4, 8, 0.5, 0.9, 0.1, 0, 0, 1, 1, 0.1, 0.1, 0.1]], threshold: 0.3
    ).list
    #expect(found.count == 1)
    #expect(found[0].classID == 0)
    #expect(isNear(found[0].box, PixelBox(left: 8, top: 16, right: 12, bottom: 24)))

    let columns = YOLORowsHead(count: 3, classCount: 2, hasObjectness: false, isTransposed: true)
    let transposed: [Float] = [10, 1, 1, 20, 1, 1, 4, 1, 1, 8, 1, 1, 0.1, 0, 0, 0.7, 0, 0.2]
    let other = columns.found([transposed], threshold: 0.3).list
    #expect(other.map(\.classID) == [1])
    #expect(isNear(other[0].box, PixelBox(left: 8, top: 16, right: 12, bottom: 24)))
  }

  @Test("NanoDet takes the mean of each side's distribution")
  func nanodet() {
    let head = NanoDetHead(
      levels: [GridLevel(stride: 8, columns: 2, rows: 1)], scoreOutputs: [1],
      distanceOutputs: [0], classCount: 2, bins: 8)
    var distances = [Float](repeating: 0, count: 2 * 32)
    for (side, bin) in [1, 2, 3, 4].enumerated() { distances[32 + side * 8 + bin] = 100 }
    let found = head.found([distances, [0.1, 0.1, 0.2, 0.6]], threshold: 0.5).list
    #expect(found.map(\.classID) == [1])
    // The centre of cell 1 stands at 8 + 3.5, and a peak in bin n is n strides.
    #expect(
      isNear(
        found[0].box, PixelBox(left: 11.5 - 8, top: 3.5 - 16, right: 11.5 + 24, bottom: 3.5 + 32)))
    let even = head.found([[Float](repeating: 0, count: 64), [0.9, 0, 0, 0]], threshold: 0.5).list
    #expect(isNear(even[0].box, PixelBox(left: -24.5, top: -24.5, right: 31.5, bottom: 31.5)))
  }

  @Test("UltraFace scales corners of 0…1 to the input")
  func ultraface() {
    let head = UltraFaceHead(
      scoreOutput: 0, boxOutput: 1, count: 2, size: InputSize(width: 320, height: 240))
    let found = head.found(
      [[0.9, 0.1, 0.2, 0.8], [0, 0, 1, 1, 0.25, 0.5, 0.5, 0.75]], threshold: 0.5
    ).list
    #expect(found.map(\.confidence) == [0.8])
    #expect(isNear(found[0].box, PixelBox(left: 80, top: 120, right: 160, bottom: 180)))
  }

  @Test("YuNet takes the root of both probabilities, and five landmarks")
  func yunet() {
    let grid = GridLevel(stride: 16, columns: 2, rows: 2)
    let head = YuNetHead(
      levels: [.init(grid: grid, scores: 0, objectness: 1, boxes: 2, landmarks: 3)])
    var boxes = [Float](repeating: 0, count: 16)
    boxes.replaceSubrange(8..<12, with: [0.5, 0.25, 0.6931472, 0])
    var landmarks = [Float](repeating: 0, count: 40)
    for i in 0..<10 { landmarks[20 + i] = Float(i) / 10 }
    let arrays: [[Float]] = [[0, 0, 0.64, 0], [0, 0, 1.2, 0], boxes, landmarks]
    let found = head.found(arrays, threshold: 0.5).list
    #expect(found.count == 1)
    #expect(abs(found[0].confidence - 0.8) < 1e-6)
    #expect(isNear(found[0].box, PixelBox(left: -8, top: 12, right: 24, bottom: 28)))
    let points = head.keypoints(of: found[0], ArrayOutputs(arrays: arrays))
    #expect(points.count == 5)
    #expect(abs(points[1].x - 3.2) < 1e-4 && abs(points[1].y - (16 + 4.8)) < 1e-4)
  }

  @Test("FastestDet weighs objectness and class by powers")
  func fastestDet() {
    let size = InputSize(width: 32, height: 16)
    let head = FastestDetHead(
      grid: GridLevel(stride: 16, columns: 2, rows: 1), classCount: 2, size: size)
    let values: [Float] = [0.1, 0.9, 0, 0.5493061, 0, 0, 0, 0, 0, 0, 0.5, 0.2, 0.5, 0.8]
    let found = head.found([values], threshold: 0.25).list
    #expect(found.map(\.classID) == [1])
    #expect(abs(found[0].confidence - 0.858_7) < 1e-3)
    // tanh(0.549) = 0.5: the centre is at 1.5 of 2 columns; sigmoid(0) makes half the input.
    #expect(isNear(found[0].box, PixelBox(left: 16, top: -4, right: 32, bottom: 4)))
  }

  @Test("A classifier lists the five best, with or without a softmax of its own")
  func classifier() {
    let logits = Classifier(classCount: 7, isNormalized: false)
    let ranked = logits.decode(ArrayOutputs(arrays: [[0, 1, 2, .nan, 2, -1, 0.5]]))
    #expect(ranked.map(\.classID) == [2, 4, 1, 6, 0])
    #expect(abs(ranked[0].confidence - 0.360_2) < 1e-3)
    let normalized = Classifier(classCount: 3, isNormalized: true)
    #expect(
      normalized.decode(ArrayOutputs(arrays: [[0.2, 0.7, 0.1]])).map(\.confidence) == [
        0.7, 0.2, 0.1,
      ])
  }
}
