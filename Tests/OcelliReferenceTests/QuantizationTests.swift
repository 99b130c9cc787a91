import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

@Suite struct QuantizationTests {
  /// −100, −1.5, 0.5, 1.5, 100 and what is none, in each type, by a scale of 1.
  private static let types: [(ElementType, [Float])] = [
    (.uint8, [0, 0, 0, 2, 100, 255, 0, 0]), (.int8, [-100, -2, 0, 2, 100, 127, -128, -128]),
    (.uint16, [0, 0, 0, 2, 100, 65535, 0, 0]),
    (.int16, [-100, -2, 0, 2, 100, 32767, -32768, -32768]),
    (.int4, [-8, -2, 0, 2, 7, 7, -8, -8]), (.uint4, [0, 0, 0, 2, 15, 15, 0, 0]),
    (.int2, [-2, -2, 0, 1, 1, 1, -2, -2]), (.uint2, [0, 0, 0, 2, 3, 3, 0, 0]),
  ]

  @Test(arguments: types)
  func `quantising rounds half to even and saturates in every type`(
    _ type: ElementType, _ due: [Float]
  ) throws {
    let x = try Known.floats([-100, -1.5, 0.5, 1.5, 100, .infinity, -.infinity, .nan])
    let op = QuantizeLinear(axis: 0, type: type)
    #expect(try Known.run(op, x, Known.floats([1], []))[0].type == type)
    #expect(try Known.values(op, x, Known.floats([1], [])) == due)
    let back = try Known.values(
      DequantizeLinear(axis: 0), Known.run(op, x, Known.floats([1], []))[0],
      Known.floats([0.5], []))
    #expect(back == due.map { $0 / 2 })
    #expect(try Known.run(op, Known.floats([], [0, 3]), Known.floats([1], []))[0].shape == [0, 3])
  }

  @Test func `a scale of 0, negative or no number traps nothing`() throws {
    let x = try Known.floats([1, 0, -1])
    for scale: Float in [0, -0.0, .nan, .infinity, -1, 0x1p-149] {
      for type: ElementType in [.uint8, .int8, .int4, .int16, .float8e4m3fn] {
        let y = try Known.values(QuantizeLinear(axis: 0, type: type), x, Known.floats([scale], []))
        #expect(y.count == 3)
      }
    }
    #expect(
      try Known.values(QuantizeLinear(axis: 0), x, Known.floats([0], [])) == [255, 0, 0])
  }

  @Test func `scales by slice and by block, the axis from either end`() throws {
    let x = try Known.floats([1, 2, 3, 4, 5, 6, 7, 8], [2, 4])
    let zeros = try Known.numbers([0, 100], .uint8)
    for axis in [0, -2] {
      #expect(
        try Known.values(QuantizeLinear(axis: axis), x, Known.floats([1, 0.5]), zeros)
          == [1, 2, 3, 4, 110, 112, 114, 116])
    }
    let scales = try Known.floats([1, 2, 0.5, 4], [2, 2])
    for block in [2, 0] {
      let y = try Known.run(QuantizeLinear(axis: 1, block: block), x, scales)[0]
      #expect(try Known.values(Identity(), y) == [1, 2, 2, 2, 10, 12, 2, 2])
      #expect(
        try Known.values(DequantizeLinear(axis: 1, block: block), y, scales)
          == [1, 2, 4, 4, 5, 6, 8, 8])
    }
    // The last block may be short.
    let three = try Known.numbers([1, 1, 1], .int8, [1, 3])
    let two = try Known.floats([1, 2], [1, 2])
    #expect(try Known.values(DequantizeLinear(axis: 1, block: 2), three, two) == [1, 1, 2])
  }

  @Test(arguments: [.max, .min, -1, 3, 1 << 40] as [Int])
  func `blocks that do not fit are errors`(_ block: Int) throws {
    let x = try Known.numbers([1, 2, 3, 4], .int8, [2, 2])
    let scales = try Known.floats([1, 2, 3, 4], [2, 2])
    #expect(Known.refusal(DequantizeLinear(axis: 1, block: block), x, scales) != nil)
    #expect(
      Known.refusal(
        QuantizeLinear(axis: 1, block: block), try Known.floats([1, 2, 3, 4], [2, 2]), scales)
        != nil)
  }

  @Test func `zero points and scales that do not belong together are errors`() throws {
    let x = try Known.numbers([1, 2], .int8)
    let one = try Known.floats([1], [])
    let op = DequantizeLinear(axis: 0)
    #expect(Known.refusal(op, x, one, try Known.numbers([1], .uint8, [])) != nil)
    #expect(Known.refusal(op, x, one, try Known.numbers([1, 2], .int8)) != nil)
    #expect(Known.refusal(op, x, try Known.floats([1, 2, 3])) != nil)
    #expect(Known.refusal(op, x, try Known.numbers([1], .int32, [])) != nil)
    #expect(
      Known.refusal(
        DequantizeLinear(axis: 2), try Known.numbers([1, 2], .int8, [1, 2]),
        try Known.floats([1, 2])) != nil)
    #expect(Known.refusal(op, try Known.numbers([1], .int64), one) != nil)
    #expect(Known.refusal(QuantizeLinear(axis: 0, type: .int32), try Known.floats([1]), one) != nil)
    let large = try Known.numbers([.init(Int32.min), .init(Int32.max)], .int32)
    let y = try Known.values(op, large, one, Known.numbers([.init(Int32.max)], .int32, []))
    #expect(y == [-4_294_967_296, 0])
  }

  @Test func `floats of 8 bits saturate or have infinity`() throws {
    let x = try Known.floats([0.3, 1000, -1000])
    let one = try Known.floats([1], [])
    let limited = QuantizeLinear(axis: 0, type: .float8e5m2)
    #expect(try Known.values(limited, x, one) == [0.3125, 1024, -1024])
    #expect(try Known.values(limited, Known.floats([1e9]), one) == [57344])
    let open = QuantizeLinear(axis: 0, type: .float8e5m2, saturate: false)
    #expect(try Known.values(open, Known.floats([1e9]), one) == [.infinity])
  }

  @Test func `a tensor is quantised by its own range, which holds 0`() throws {
    func quantized(_ x: [Float]) throws -> (y: [Float], scale: Float, zero: Float) {
      let parts = try Known.run(DynamicQuantizeLinear(), Known.floats(x), outputs: 3)
        .map { try Known.values(Identity(), $0) }
      return (parts[0], parts[1][0], parts[2][0])
    }
    // The example of the operator's text.
    let y = try quantized([0, 2, -3, -2.5, 1.34, 0.5])
    #expect(y.y == [153, 255, 0, 26, 221, 179] && y.zero == 153)
    #expect(abs(y.scale - 0.019_607_844) < 1e-8)
    let positive = try quantized([255, 51])
    #expect(positive.y == [255, 51] && positive.zero == 0 && positive.scale == 1)
    let zeros = try quantized([0, 0])
    #expect(zeros.y == [0, 0] && zeros.zero == 0)
    #expect(try quantized([]).y == [])
    for odd: Float in [.nan, .infinity, -.infinity, 3e38, -3e38, 0x1p-149] {
      #expect(try quantized([odd, 1, -1]).y.count == 3)
    }
  }

  @Test func `what was added up is rounded once into its type`() throws {
    let x = try Known.numbers([5, -5, 1000, -1000, 3], .int32)
    let half = try Known.floats([0.5], [])
    #expect(
      try Known.values(Requantize(), x, half, Known.numbers([10], .uint8, []))
        == [12, 8, 255, 0, 12])
    #expect(
      try Known.values(Requantize(), x, half, Known.numbers([-1], .int8, []))
        == [1, -3, 127, -128, 1])
    let two = try Known.numbers([4, 4, 4, 4], .int32, [2, 2])
    let rows = try Known.floats([1, 0.25], [2, 1])
    #expect(
      try Known.values(Requantize(), two, rows, Known.numbers([0], .int8, [])) == [4, 4, 1, 1])
    for odd: Float in [.nan, .infinity, -.infinity] {
      let y = try Known.values(
        Requantize(), x, Known.floats([odd], []), Known.numbers([0], .int8, []))
      #expect(y.count == 5)
    }
    #expect(Known.refusal(Requantize(), x, half, try Known.numbers([1, 2], .int8)) != nil)
    #expect(Known.refusal(Requantize(), x, half, try Known.numbers([1], .int32, [])) != nil)
    #expect(
      Known.refusal(Requantize(), x, try Known.floats([1, 2]), try Known.numbers([1], .int8, []))
        != nil)
  }
}
