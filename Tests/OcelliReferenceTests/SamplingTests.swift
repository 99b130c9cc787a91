import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

private func floats(_ elements: [Float], _ shape: Shape) throws -> Tensor {
  try Tensor(elements, shape: shape)
}

private func run(_ op: any Operator, _ inputs: Tensor?...) throws -> Tensor {
  try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)[0]
}

@Suite struct SamplingTests {
  @Test(arguments: [GridSample.Border.zeros, .border, .reflection])
  func `places far outside, infinite or not numbers are sampled and trap nothing`(
    _ border: GridSample.Border
  ) throws {
    let x = try floats([1, 2, 3, 4], [1, 1, 2, 2])
    let odd: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, 3, -3, 0]
    let grid = try floats(odd.flatMap { [$0, $0] }, [1, 1, odd.count, 2])
    for mode in [GridSample.Mode.nearest, .linear, .cubic] {
      for aligned in [true, false] {
        let y = try run(GridSample(mode: mode, border: border, alignCorners: aligned), x, grid)
        for value in y.array(of: Float.self) { #expect(abs(value) < 8) }
      }
    }
  }

  @Test func `a region that is huge or no region is an error, not hours`() throws {
    let x = try floats([Float](repeating: 1, count: 16), [1, 1, 4, 4])
    let places = try Tensor([0] as [Int64], shape: [1])
    let op = RoiAlign(
      mode: .average, height: 7, width: 7, samples: 0, scale: 1, halfPixel: true)
    for corner: Float in [.nan, .infinity, 1e30, 8e6] {
      #expect(throws: OperatorError.self) {
        try run(op, x, try floats([0, 0, corner, corner], [1, 4]), places)
      }
    }
    #expect(try run(op, x, floats([4, 4, 0, 0], [1, 4]), places).array(of: Float.self)[0] == 0)
  }

  @Test func `resizing in groups of axes, by bounds, by region`() throws {
    let x = try floats([1, 2, 3, 4], [1, 1, 2, 2])
    var op = Resize(mode: .nearest, coordinates: .asymmetric, rounding: .floor)
    op.axes = [-1]
    let wide = try run(op, x, floats([2], [1]))
    #expect(wide.shape == [1, 1, 2, 4])
    #expect(wide.array() == [1, 1, 2, 2, 3, 3, 4, 4] as [Float])
    op.axes = [2, 3]
    op.policy = .notLarger
    let sizes = try Tensor([6, 4] as [Int64], shape: [2])
    #expect(try run(op, x, nil, sizes).shape == [1, 1, 4, 4])
    op.policy = .notSmaller
    #expect(try run(op, x, nil, sizes).shape == [1, 1, 6, 6])

    var crop = Resize(mode: .linear, coordinates: .tfCropAndResize, rounding: .floor)
    crop.axes = [2, 3]
    crop.extrapolation = 9
    let region = try floats([0, 0, 2, 1], [4])
    let two = try Tensor([2, 2] as [Int64], shape: [2])
    #expect(try run(crop, x, nil, two, region).array() == [1, 2, 9, 9] as [Float])
    for bad: Float in [.nan, .infinity, 1e30] {
      let y = try run(crop, x, nil, two, floats([0, 0, bad, 1], [4]))
      #expect(y.shape == [1, 1, 2, 2])
    }
  }

  @Test func `a transposed convolution is the way back, to extents that are stated too`() throws {
    let x = try floats([1, 2], [1, 1, 2])
    let w = try floats([1, 10, 100], [1, 1, 3])
    var op = TransposedConvolution(
      strides: [2], dilations: [1], padding: .explicit([]), outputPadding: [0],
      outputExtents: nil, groups: 1)
    #expect(try run(op, x, w).array() == [1, 10, 102, 20, 200] as [Float])
    op.outputPadding = [1]
    #expect(try run(op, x, w).array() == [1, 10, 102, 20, 200, 0] as [Float])
    op.outputPadding = [0]
    op.padding = .sameUpper
    #expect(try run(op, x, w).array() == [1, 10, 102, 20] as [Float])
    op.padding = .explicit([])
    op.outputExtents = [4]
    #expect(try run(op, x, w).array() == [10, 102, 20, 200] as [Float])
    op.outputExtents = [7]
    #expect(try run(op, x, w).array() == [1, 10, 102, 20, 200, 0, 0] as [Float])
    op.outputExtents = [Int.max]
    #expect(throws: OperatorError.self) { try run(op, x, w) }
  }

  @Test func `of overlapping boxes the best stays`() throws {
    let boxes = try floats([0, 0, 1, 1, 1, 1, 0, 0, 0, 2, 1, 3, .nan, 0, 1, 1], [1, 4, 4])
    let scores = try floats([0.5, 0.9, 0.3, .nan], [1, 1, 4])
    let most = try Tensor([10] as [Int64], shape: [1])
    let overlap = try floats([0.5], [1])
    let op = NonMaxSuppression(hasCenters: false)
    #expect(
      try run(op, boxes, scores, most, overlap).array(of: Int64.self) == [0, 0, 1, 0, 0, 2])
    #expect(
      try run(op, boxes, scores, most, overlap, floats([0.3], [])).array(of: Int64.self)
        == [0, 0, 1])
    #expect(try run(op, boxes, scores, nil, overlap).shape == [0, 3])
    let none = try Tensor([.min] as [Int64], shape: [])
    #expect(try run(op, boxes, scores, none, overlap).shape == [0, 3])
  }

  // A thousand million comparisons: seconds where the code is optimised, minutes where it is not.
  @Test(.enabled(if: !_isDebugAssertConfiguration()))
  func `more boxes than can be compared are an error`() throws {
    let overlap = try floats([0.5], [1])
    let op = NonMaxSuppression(hasCenters: false)
    let count = 60_000
    let apart: [Float] = (0..<count).flatMap {
      [0, Float(2 * $0), 1, Float(2 * $0 + 1)] as [Float]
    }
    #expect(throws: OperatorError.self) {
      try run(
        op, try floats(apart, [1, count, 4]),
        try floats([Float](repeating: 1, count: count), [1, 1, count]),
        try Tensor([.max] as [Int64], shape: []), overlap)
    }
  }

  @Test func `windows of float64 and of integers`() throws {
    let x = try Tensor([1, 2, 3, 4] as [Double], shape: [1, 1, 4])
    let w = try Tensor([1, 1] as [Double], shape: [1, 1, 2])
    let convolution = Convolution(strides: [1], dilations: [1], padding: .valid, groups: 1)
    #expect(try run(convolution, x, w).array() == [3, 5, 7] as [Double])
    let mean = Pool(kind: .average, kernel: [2], strides: [2], dilations: [1], padding: .valid)
    #expect(try run(mean, x).array() == [1.5, 3.5] as [Double])
    let largest = Pool(kind: .max, kernel: [2], strides: [2], dilations: [1], padding: .valid)
    let bytes = try Tensor([-7, -8, 1, 0] as [Int8], shape: [1, 1, 4])
    #expect(try run(largest, bytes).array(of: Int8.self) == [-7, 1])
    let odd = try floats([.nan, 1, -.infinity, -.infinity], [1, 1, 4])
    let y = try run(largest, odd).array(of: Float.self)
    #expect(y[0].isNaN && y[1] == -.infinity)
  }
}
