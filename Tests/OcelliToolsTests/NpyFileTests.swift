import OcelliTensor
import OcelliTools
import Testing

struct NpyFileTests {
  static func file(_ header: String, data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
    let count = header.utf8.count
    let length: [UInt8] = [UInt8(count & 0xFF), UInt8(count >> 8 & 0xFF)]
    let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0]
    return magic + length + (version > 1 ? [0, 0] : []) + Array(header.utf8) + data
  }

  @Test(arguments: ElementType.allCases.filter(NpyFile.tells))
  func `every element type comes back as it went`(_ type: ElementType) throws {
    for dimensions in [[], [1], [3], [2, 3], [1, 2, 2, 5], [0, 4]] {
      let shape = Shape(dimensions)
      var bytes = (0..<shape.count * type.size).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 1) }
      if type == .bool { bytes = bytes.map { $0 & 1 } }
      let tensor = try unsafe Tensor(type, shape, bytes: bytes.span.bytes)
      let file = NpyFile.encode(tensor)
      #expect((file.count - bytes.count) % 64 == 0)
      let back = try NpyFile.decode(file)
      #expect(back.type == type)
      #expect(back.shape == shape)
      #expect(Array(file.suffix(bytes.count)) == bytes)
      #expect(NpyFile.encode(back) == file)
    }
  }

  @Test(arguments: [ElementType.float8e5m2, .float4e2m1, .int4, .uint2])
  func `opaque bytes are written but not taken for a type`(_ type: ElementType) throws {
    let file = NpyFile.encode(try Tensor(type, [3]))
    #expect(file.count == 128 + 3 || file.count == 64 + 3)
    do {
      let tensor = try NpyFile.decode(file)
      Issue.record("read as \(tensor.type)")
    } catch { #expect(error.description.contains("V1")) }
  }

  @Test func `what NumPy itself wrote is read`() throws {
    // np.save of np.arange(6, dtype='<f4').reshape(2, 3), numpy 1.24.
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    header += String(repeating: " ", count: 118 - header.utf8.count - 1) + "\n"
    var data: [UInt8] = []
    for value in 0..<6 {
      unsafe withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { unsafe data += $0 }
    }
    for version: UInt8 in 1...3 {
      let tensor = try NpyFile.decode(Self.file(header, data: data, version: version))
      #expect(tensor.shape == [2, 3])
      #expect(tensor.array(of: Float.self) == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test(arguments: [
    ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "big-endian"),
    ("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", "ascontiguousarray"),
    ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "'<c8'"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "'|O'"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "structured"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "extent"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "extent"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "beyond"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", "axes"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "4 bytes of data where"),
    ("{'descr': '<f4', 'fortran_order': False, }", "lacks 'shape'"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "twice"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 'y'}", "unknown key"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + evil", "goes on"),
    ("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }", "True"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1", "lacks a ')'"),
    ("{'descr': '<f4", "without an end"),
    ("", "lacks a '{'"),
  ])
  func `a hostile header is refused with the reason`(_ header: String, _ reason: String) {
    let error = #expect(throws: NpyError.self) {
      try NpyFile.decode(Self.file(header, data: [0, 0, 0, 0]))
    }
    #expect(error.map { "\($0)".contains(reason) } == true, "\(String(describing: error))")
  }

  @Test func `a cut, a long header and a foreign file are refused`() throws {
    let good = NpyFile.encode(try Tensor([Float(1), 2, 3], shape: [3]))
    for count in 0..<good.count {
      #expect(throws: NpyError.self) { try NpyFile.decode(Array(good[..<count])) }
    }
    var long = good
    long[8] = 0xFF
    long[9] = 0xFF
    #expect(throws: NpyError.self) { try NpyFile.decode(long) }
    long[6] = 9
    #expect(throws: NpyError.self) { try NpyFile.decode(long) }
    #expect(throws: NpyError.self) { try NpyFile.decode(Array("PK\u{3}\u{4}0123456789".utf8)) }
  }

  @Test func `no single wrong byte of the header makes it trap`() throws {
    let good = NpyFile.encode(try Tensor([Int64(7), 8], shape: [2]))
    for place in 0..<128 {
      for value: UInt8 in [0, 0x27, 0x28, 0x29, 0x2C, 0x30, 0x39, 0x7B, 0x7D, 0x80, 0xFF] {
        var bad = good
        bad[place] = value
        _ = try? NpyFile.decode(bad)
      }
    }
  }
}
