import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

private func cast(_ x: Tensor, _ op: Cast) throws -> Tensor {
  try ReferenceEvaluator().evaluate(op, [x], outputCount: 1)[0]
}

private func codes(_ x: [Float], _ op: Cast) throws -> [UInt8] {
  try cast(Tensor(x, shape: [x.count]), op).byteArray()
}

@Suite struct ElementTypeTests {
  @Test func `halves are computed in float32 and rounded once`() throws {
    // 1 + 2⁻¹¹ is no float16; the sum of three is, if nothing was rounded before.
    let x = try Tensor([1, 2048] as [Float16], shape: [2])
    let y = try Tensor([0.000_488, 1] as [Float16], shape: [2])
    let sum = try ReferenceEvaluator().evaluate(Binary(.add), [x, y], outputCount: 1)[0]
    #expect(sum.type == .float16)
    #expect(sum.array(of: Float16.self) == [1, 2048])
    let wide = try Tensor([1, 2, 3].map { BFloat16($0) }, shape: [3])
    let root = try ReferenceEvaluator().evaluate(Unary(.sqrt), [wide], outputCount: 1)[0]
    #expect(root.array(of: BFloat16.self).map(\.float) == [1, 1.414_062_5, 1.734_375])
  }

  @Test func `what moves elements leaves their bits alone`() throws {
    let bits: [UInt16] = [0x7e01, 0xfe55, 0x0001, 0x8000]
    let x = try Tensor(bits.map { Float16(bitPattern: $0) }, shape: [4])
    let moved = try ReferenceEvaluator().evaluate(
      Reshape(allowZero: false), [x, Tensor([2, 2] as [Int64], shape: [2])], outputCount: 1)[0]
    let turned = try ReferenceEvaluator().evaluate(Transpose(nil), [moved], outputCount: 1)[0]
    #expect(turned.array(of: Float16.self).map(\.bitPattern) == [0x7e01, 0x0001, 0xfe55, 0x8000])
  }

  @Test func `every code of a small float comes back as itself`() throws {
    let types: [ElementType] = [
      .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float4e2m1,
    ]
    for type in types {
      let all = (0..<(type == .float4e2m1 ? 16 : 256)).map(UInt8.init)
      let x = try Tensor(type, [all.count], bytes: all)
      let floats = try cast(x, Cast(to: .float32))
      let back = try cast(floats, Cast(to: type, saturates: false)).byteArray()
      let values = floats.array(of: Float.self)
      for (code, value) in zip(all, values) where !value.isNaN {
        #expect(back[Int(code)] == code, "\(type) \(code)")
      }
    }
  }

  @Test func `float8 saturates, or has infinity or NaN`() throws {
    let x: [Float] = [448, 464, 465, 1e9, .infinity, -.infinity, .nan, -0.0]
    #expect(
      try codes(x, Cast(to: .float8e4m3fn)) == [0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0xfe, 0x7f, 0x80])
    #expect(
      try codes(x, Cast(to: .float8e4m3fn, saturates: false))
        == [0x7e, 0x7e, 0x7f, 0x7f, 0x7f, 0xff, 0x7f, 0x80])
    #expect(
      try codes([57344, 1e9, -.infinity, -0.0], Cast(to: .float8e5m2, saturates: false))
        == [0x7b, 0x7c, 0xfc, 0x80])
    #expect(
      try codes([1e9, -1e9, .nan, -0.0], Cast(to: .float8e5m2fnuz)) == [0x7f, 0xff, 0x80, 0])
    #expect(
      try codes([1e9, .nan], Cast(to: .float8e4m3fnuz, saturates: false)) == [0x80, 0x80])
  }

  @Test func `small floats round half to even, subnormals too`() throws {
    #expect(
      try codes([0.25, 0.75, 1.25, 2.5, 5, 7, -0.26], Cast(to: .float4e2m1))
        == [0, 2, 2, 4, 6, 7, 9])
    // The smallest e4m3fn is 2⁻⁹.
    #expect(
      try codes([0x1p-9, 0x1p-10, 0x1.8p-9, 0x1.01p-10], Cast(to: .float8e4m3fn)) == [1, 0, 2, 1])
  }

  @Test func `powers of two round as asked`() throws {
    let x: [Float] = [1, 1.4, 1.5, 3, .nan, 0]
    #expect(try codes(x, Cast(to: .float8e8m0)) == [127, 128, 128, 129, 255, 0])
    #expect(
      try codes(x, Cast(to: .float8e8m0, rounding: .down)) == [127, 127, 127, 128, 255, 0])
    #expect(
      try codes(x, Cast(to: .float8e8m0, rounding: .nearest)) == [127, 127, 128, 129, 255, 0])
  }

  @Test func `integers of two and four bits wrap as those of eight do`() throws {
    let x = try Tensor([-9, -8, 7, 8, 17] as [Int32], shape: [5])
    #expect(try cast(x, Cast(to: .int4)).byteArray() == [7, 0xf8, 7, 0xf8, 1])
    #expect(try cast(x, Cast(to: .uint4)).byteArray() == [7, 8, 7, 8, 1])
    #expect(try cast(x, Cast(to: .int2)).byteArray() == [0xff, 0, 0xff, 0, 1])
    let small = try cast(x, Cast(to: .int4))
    #expect(try cast(small, Cast(to: .int64)).array(of: Int64.self) == [7, -8, 7, -8, 1])
  }

  @Test func `bits are kept where the sizes agree, refused where not`() throws {
    let x = try Tensor([1, -2] as [Float], shape: [2])
    let bits = try ReferenceEvaluator().evaluate(BitCast(to: .uint32), [x], outputCount: 1)[0]
    #expect(bits.array(of: UInt32.self) == [0x3f80_0000, 0xc000_0000])
    #expect(throws: OperatorError.self) {
      try ReferenceEvaluator().evaluate(BitCast(to: .int64), [x], outputCount: 1)
    }
  }
}
