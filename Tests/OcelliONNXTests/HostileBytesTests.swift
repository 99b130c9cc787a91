import Foundation
import OcelliGraph
import OcelliONNX
import Testing

/// What a hostile model's file may do, by the number of the fault, and the tests of it:
///
/// | fault | tests |
/// |---|---|
/// | M01 empty, short, cut | here; `HostileModelTests` cuts and flips at every byte |
/// | M02 lengths and numbers beyond the end | here |
/// | M03 nesting | here, `HostileModelTests` |
/// | M04 cycles, M05 names | `HostileModelTests` |
/// | M06, M07, M08 extents of constants | `HostileModelTests` |
/// | M09 constants of 2 GB | `HostileRunTests` |
/// | M10 data in other files | `ExternalDataTests` |
/// | M11 endless loops, deep bodies | `BodyTests`, `ControlFlowTests`, `HostileRunTests` |
/// | M12 operators and opsets unknown | `ImporterTests`, `HostileModelTests` |
/// | M13, M14 wrong types, ranks, attributes | `HostileModelTests`, `MutatedModelTests` |
/// | M15 numbers that are none | `HostileRunTests`, `MutatedModelTests`, `SuppressionTests` |
/// | M16 boxes | `SuppressionTests`, `LineEncoderTests` |
/// | M17 data of a wrong length | `HostileModelTests`, `TensorCodingTests` |
/// | M18 too much of everything | here |
/// | M19 a bad model at a reload | `ServiceTests` |
/// | M20 mutants by the thousand | `make fuzz` |
@Suite struct HostileBytesTests {
  /// What the importer says of these bytes; nil where they are a model.
  private func refusal(_ bytes: [UInt8]) -> String? {
    do {
      _ = try ONNXImporter.importModel(bytes: bytes)
      return nil
    } catch { return error.description }
  }

  /// A field of bytes.
  private func field(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var left = body.count
    while left > 0x7f {
      length.append(UInt8(left & 0x7f) | 0x80)
      left >>= 7
    }
    return [number << 3 | 2] + length + [UInt8(left)] + body
  }

  @Test func `M01: nothing, one byte, text, and a file cut at 256 places are errors`() throws {
    #expect(refusal([])?.contains("empty") == true)
    for byte in UInt8.min...UInt8.max { #expect(refusal([byte]) != nil, "\(byte)") }
    for text in ["model", "<!DOCTYPE html><html>", "version https://git-lfs", "\u{FEFF}{}"] {
      #expect(refusal(Array(text.utf8)) != nil, "\(text)")
    }
    var builder = ModelBuilder()
    builder.input("x", [256])
    builder.initializer("w", [Float](repeating: 1, count: 256), [256])
    builder.node("Add", ["x", "w"], ["y"])
    builder.output("y")
    let bytes = try builder.bytes()
    #expect(refusal(bytes) == nil)
    for part in 0..<256 {
      // What is missing is at least the model's opset, which is written last.
      let cut = Array(bytes[..<(bytes.count * part / 256)])
      #expect(refusal(cut) != nil, "\(cut.count) of \(bytes.count) bytes")
    }
  }

  private static let ones = [UInt8](repeating: 0xff, count: 9)
  private static let zeros = [UInt8](repeating: 0x80, count: 9)
  private static let malformed: [(String, [UInt8])] = [
    ("a length beyond the end", [0x3a, 0x7f, 0x0a, 0x00]),
    ("a length of 2⁶⁴ − 1", [0x3a] + ones + [0x01]), ("a length of 2⁶³", [0x3a] + zeros + [0x01]),
    ("a number of 11 bytes", [0x08, 0x80] + zeros + [0x01]),
    ("a number that does not end", [0x08] + ones),
    ("a field 0", [0x02, 0x00]), ("a field 0 in a graph", [0x3a, 0x02, 0x00, 0x01]),
    ("an end of a group", [0x0c]), ("a wire type of 6", [0x0e]), ("a wire type of 7", [0x0f]),
    ("eight bytes of which four are there", [0x09, 1, 2, 3, 4]),
    ("a length that leaves its message", [0x3a, 0x02, 0x0a, 0x04, 0x0a, 0x00, 0x0a, 0x00]),
  ]

  @Test(arguments: malformed)
  func `M02: lengths and numbers that cannot be are errors`(_ what: String, _ bytes: [UInt8]) {
    #expect(refusal(bytes)?.contains("not an ONNX file") == true, "\(what)")
  }

  @Test func `M03: messages nested a hundred thousand deep are an error and no recursion`() {
    // A graph of a node of an attribute of a graph …, each a few bytes more than the one inside.
    var bytes: [UInt8] = []
    var depth = 0
    while depth < 100_000, bytes.count < 1 << 17 {
      bytes = field(1, field(5, field(6, bytes)))
      depth += 3
    }
    #expect(refusal(field(7, bytes))?.contains("deep") == true)
    // Groups begin and never end: a byte a level.
    for group: UInt8 in [0x0b, 0x3b, 0x7b] {
      #expect(refusal([UInt8](repeating: group, count: 100_000)) != nil)
    }
  }

  @Test func `M18: too many nodes, attributes or numbers, and names too long, are limits`() throws {
    let empty = field(1, [])
    let cases: [(String, [UInt8])] = [
      // A million nodes, two bytes each.
      ("nodes", field(7, [UInt8](repeatElement(empty, count: 1_000_000).joined()))),
      (
        "entries in one node",
        field(7, field(1, [UInt8](repeatElement(field(5, []), count: 1_000_000).joined())))
      ),
      (
        "bytes in one name",
        field(7, field(1, field(3, [UInt8](repeating: 0x61, count: 10 << 20))))
      ),
      (
        "initializers, inputs and outputs",
        field(7, [UInt8](repeatElement(field(5, []), count: 200_000).joined()))
      ),
      (
        "small parts",
        field(7, [UInt8](repeatElement(field(11, field(1, [])), count: 90_000).joined()))
          + [UInt8](repeatElement(field(8, []), count: 950_000).joined())
      ),
      (
        "numbers that are not raw data",
        field(7, field(5, field(5, [UInt8](repeating: 0, count: 65 << 20))))
      ),
    ]
    for (limit, bytes) in cases {
      let begun = ContinuousClock.now
      let text = refusal(bytes)
      #expect(text?.contains("\(limit); at most") == true, "\(limit): \(text ?? "a model")")
      if !_isDebugAssertConfiguration() {
        #expect(ContinuousClock.now - begun < .seconds(2), "\(limit)")
      }
    }
  }
}
