import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

/// Operators of channels, grids and places that stand in no other suite.
@Suite struct PlaceTests {
  @Test func `local response normalisation sees as many neighbours as its size says`() throws {
    let x = try Known.floats([1, 2, 3], [1, 3, 1, 1])
    func normalized(_ size: Int, alpha: Float) throws -> [Float] {
      try Known.values(
        LocalResponseNormalization(size: size, alpha: alpha, beta: 1, bias: 1), x)
    }
    #expect(Known.isNear(try normalized(3, alpha: 3), [1 / 6, 2 / 15, 3 / 14]))
    // An even size leans to the later channels.
    #expect(Known.isNear(try normalized(2, alpha: 2), [1 / 6, 2 / 14, 3 / 10]))
    #expect(Known.isNear(try normalized(1, alpha: 0), [1, 2, 3]))
    #expect(try normalized(Int(Int32.max), alpha: 0) == [1, 2, 3])
    for size in [0, -1, Int.max, Int.min] {
      let op = LocalResponseNormalization(size: size, alpha: 1, beta: 1, bias: 1)
      #expect(Known.refusal(op, x) != nil)
    }
  }

  @Test func `an affine grid goes over centres or over corners`() throws {
    let same = try Known.floats([1, 0, 0, 0, 1, 0], [1, 2, 3])
    func grid(_ size: [Int64], aligned: Bool) throws -> [Float] {
      try Known.values(AffineGrid(alignCorners: aligned), same, Known.integers(size))
    }
    #expect(try grid([1, 1, 1, 2], aligned: false) == [-0.5, 0, 0.5, 0])
    #expect(try grid([1, 1, 1, 2], aligned: true) == [-1, -1, 1, -1])
    #expect(try grid([1, 1, 0, 2], aligned: true) == [])
    for size: [Int64] in [[], [1], [1, 1, -1, 2], [2, 1, 1, 2], [1, 1, .max, .max]] {
      #expect(
        Known.refusal(AffineGrid(alignCorners: true), same, try Known.integers(size)) != nil)
    }
  }

  @Test func `a deformable convolution without offsets is one, and offsets may be any number`()
    throws
  {
    let x = try Known.floats([1, 2, 3, 4], [1, 1, 2, 2])
    let w = try Known.floats([1, 10, 100, 1000], [1, 1, 2, 2])
    let op = DeformableConvolution(
      strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], groups: 1, offsetGroups: 1)
    func run(_ offset: Float, mask: Float? = nil) throws -> [Float] {
      try Known.values(
        op, x, w, Known.floats([Float](repeating: offset, count: 8), [1, 8, 1, 1]),
        Known.floats([5]), try mask.map { try Known.floats([$0, $0, $0, $0], [1, 4, 1, 1]) })
    }
    #expect(try run(0) == [4326])
    #expect(try run(0, mask: 0.5) == [2165.5])
    // Half an element down and right: 2.5, then what lies half or wholly outside.
    #expect(Known.isNear(try run(0.5), [2.5 + 10 * 1.5 + 100 * 1.75 + 1000 + 5]))
    #expect(try run(9) == [5])
    for odd: Float in [.nan, .infinity, -.infinity, 1e30, -1e30] { _ = try run(odd) }
  }

  @Test func `columns add up to a picture`() throws {
    func image(_ columns: [Float], _ shape: Shape, pads: [Int] = [0, 0, 0, 0]) throws -> [Float] {
      try Known.values(
        ColumnsToImage(strides: [1, 1], dilations: [1, 1], pads: pads),
        Known.floats(columns, shape), Known.integers([2, 3]), Known.integers([2, 2]))
    }
    // Two windows of four; the middle column is in both.
    #expect(try image([1, 5, 2, 6, 3, 7, 4, 8], [1, 4, 2]) == [1, 7, 6, 3, 11, 8])
    let op = ColumnsToImage(strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0])
    let x = try Known.floats([1, 2, 3, 4], [1, 4, 1])
    for (size, block) in [
      ([2, 3], [2, 2]), ([2, 2], [3, 2]), ([2, -2], [2, 2]), ([2, 2], [0, 2]),
      ([.max, .max], [2, 2]), ([2], [2, 2]),
    ] as [([Int64], [Int64])] {
      #expect(
        Known.refusal(op, x, try Known.integers(size), try Known.integers(block)) != nil,
        "\(size) \(block)")
    }
  }

  @Test func `the middle is cut out, or padded around`() throws {
    let x = try Known.floats([1, 2, 3, 4, 5])
    func center(_ extent: Int64) throws -> [Float] {
      try Known.values(CenterCropPad(axes: nil), x, Known.integers([extent]))
    }
    #expect(try center(3) == [2, 3, 4])
    #expect(try center(4) == [1, 2, 3, 4])
    #expect(try center(6) == [1, 2, 3, 4, 5, 0])
    #expect(try center(7) == [0, 1, 2, 3, 4, 5, 0])
    #expect(try center(0) == [])
    for extent: Int64 in [-1, .max, .min] {
      #expect(Known.refusal(CenterCropPad(axes: nil), x, try Known.integers([extent])) != nil)
    }
    #expect(Known.refusal(CenterCropPad(axes: [0, 0]), x, try Known.integers([1, 1])) != nil)
  }

  @Test func `regions of as many samples as a number can hold are an error`() throws {
    let x = try Known.floats([1, 2, 3, 4], [1, 1, 2, 2])
    for samples in [1 << 20, 1 << 40, Int.max] {
      let op = RoiAlign(
        mode: .average, height: 1, width: 1, samples: samples, scale: 1, halfPixel: true)
      #expect(
        Known.refusal(op, x, try Known.floats([0, 0, 1, 1], [1, 4]), try Known.integers([0]))
          != nil)
    }
  }

  @Test func `axes of one come and go, and any axis splits a shape in two`() throws {
    let x = try Known.floats([1, 2], [1, 2, 1])
    #expect(try Known.run(Squeeze(), x)[0].shape == [2])
    #expect(try Known.run(Squeeze(), x, Known.integers([-1]))[0].shape == [1, 2])
    #expect(try Known.run(Unsqueeze(), x, Known.integers([0, -1]))[0].shape == [1, 1, 2, 1, 1])
    #expect(try Known.run(Flatten(axis: 0), x)[0].shape == [1, 2])
    #expect(try Known.run(Flatten(axis: -1), x)[0].shape == [2, 1])
    #expect(try Known.run(Flatten(axis: 1), Known.floats([], [2, 0, 3]))[0].shape == [2, 0])
    #expect(Known.refusal(Squeeze(), x, try Known.integers([1])) != nil)
    #expect(Known.refusal(Unsqueeze(), x, try Known.integers([.max])) != nil)
    #expect(Known.refusal(Flatten(axis: 4), x) != nil)
  }
}
