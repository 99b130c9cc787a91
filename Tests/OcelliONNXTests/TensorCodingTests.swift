import OcelliONNX
import OcelliTensor
import Testing

@Suite struct TensorCodingTests {
  @Test(arguments: ElementType.allCases)
  func `every type comes back from its file`(_ type: ElementType) throws {
    // Codes that every type has: sign-extended where the type is signed and small.
    let codes: [UInt8] =
      switch type {
      case .int4: [0xf8, 7, 0xff]
      case .int2: [0xfe, 1, 0xff]
      case .uint2: [3, 0, 1]
      case .bool: [1, 0, 1]
      default: [15, 0, 7]
      }
    let bytes = codes.flatMap { [$0] + [UInt8](repeating: 0, count: type.size - 1) }
    let tensor = try Tensor(type, [3], bytes: bytes)
    let read = try TensorFile.decode(try TensorFile.encode(tensor, name: "x"))
    #expect(read.name == "x")
    #expect(read.tensor.type == type)
    #expect(read.tensor.byteArray() == bytes)
  }

  @Test(arguments: [
    (ElementType.int4, [UInt8](repeating: 0, count: 3)), (.int4, [0]), (.float8e5m2, [0]),
    (.float16, [0, 0, 0]), (.bool, [1]), (.int64, [0, 0, 0, 0, 0, 0, 0, 0]), (.uint2, [0, 0]),
  ])
  func `raw bytes of another length are an error`(_ type: ElementType, _ raw: [UInt8]) throws {
    // dims 3, data_type, raw_data
    let codes: [ElementType: UInt8] = [
      .int4: 22, .float8e5m2: 19, .float16: 10, .bool: 9, .int64: 7, .uint2: 25,
    ]
    let file = [0x08, 3, 0x10, codes[type] ?? 0, 0x4a, UInt8(raw.count)] + raw
    do {
      let read = try TensorFile.decode(file)
      Issue.record("\(read)")
    } catch {
      #expect("\(error)".contains("bytes of data where"))
    }
  }

  @Test func `typed data of another length are an error`() throws {
    // Two int32 numbers hold at most two packed bytes: four elements of four bits, not five.
    for (code, dims) in [(UInt8(22), UInt8(5)), (10, 3), (9, 1), (7, 2)] {
      do {
        let read = try TensorFile.decode([0x08, dims, 0x10, code, 0x2a, 2, 1, 2])
        Issue.record("\(read)")
      } catch {
        #expect("\(error)".contains("bytes of data where"))
      }
    }
    let read = try TensorFile.decode([0x08, 4, 0x10, 22, 0x2a, 3, 0x21, 0xf3, 1])
    #expect(read.tensor.byteArray() == [1, 2, 3, 0xff])
  }
}
