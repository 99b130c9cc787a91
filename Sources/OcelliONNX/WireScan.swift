/// Counts the entries of a model's graph before anything is parsed: two bytes of a file can become
/// hundreds of memory, so the parser must not meet more entries than the limits allow.
enum WireScan {
  /// Field numbers of the format: a model's graph, a graph's nodes.
  private static let graphField: UInt64 = 7
  private static let nodeField: UInt64 = 1

  /// Errors: `.limit` for nodes and other entries; `.malformed` where the bytes are no fields.
  static func check(_ bytes: [UInt8]) throws(ONNXError) {
    guard !bytes.isEmpty else { throw .malformed("it is empty") }
    var nodes = 0
    var entries = 0
    var model = Fields(bytes.indices)
    while let field = try model.next(bytes) {
      entries += 1
      guard field.number == graphField, let body = field.body else { continue }
      var graph = Fields(body)
      while let field = try graph.next(bytes) {
        guard field.number == nodeField, let body = field.body else {
          entries += 1
          continue
        }
        nodes += 1
        try ONNXImporter.check("nodes", nodes, maximum: ONNXImporter.maximumNodes)
        var node = Fields(body)
        var parts = 0
        while try node.next(bytes) != nil { parts += 1 }
        try ONNXImporter.check(
          "entries in one node", parts, maximum: ONNXImporter.maximumEntries)
      }
      try ONNXImporter.check(
        "initializers, inputs and outputs", entries, maximum: ONNXImporter.maximumEntries)
    }
    try ONNXImporter.check("entries", entries, maximum: ONNXImporter.maximumEntries)
  }

  /// Walks the fields of one message, without descending.
  private struct Fields {
    private var position: Int
    private let end: Int

    init(_ range: Swift.Range<Int>) {
      position = range.lowerBound
      end = range.upperBound
    }

    mutating func next(
      _ bytes: [UInt8]
    ) throws(ONNXError) -> (number: UInt64, body: Swift.Range<Int>?)? {
      guard position < end else { return nil }
      let key = try varint(bytes)
      switch key & 7 {
      case 0: _ = try varint(bytes)
      case 1: try skip(8)
      case 5: try skip(4)
      case 2:
        let length = try varint(bytes)
        let start = position
        guard length <= UInt64(end - position) else {
          throw .malformed("a field of \(length) bytes where \(end - position) are left")
        }
        position += Int(length)
        return (key >> 3, start..<position)
      default: throw .malformed("a field of wire type \(key & 7) at byte \(position)")
      }
      return (key >> 3, nil)
    }

    private mutating func skip(_ count: Int) throws(ONNXError) {
      guard count <= end - position else { throw .malformed("it is cut short") }
      position += count
    }

    private mutating func varint(_ bytes: [UInt8]) throws(ONNXError) -> UInt64 {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), through: 63, by: 7) {
        guard position < end else { throw .malformed("it is cut short") }
        let byte = bytes[position]
        position += 1
        value |= UInt64(byte & 0x7f) << shift
        if byte & 0x80 == 0 { return value }
      }
      throw .malformed("a number of more than 10 bytes at byte \(position)")
    }
  }
}
