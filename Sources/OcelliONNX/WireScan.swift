/// Counts the entries of a model's graph before anything is parsed: two bytes of a file can become
/// hundreds of memory, so the parser must not meet more entries than the limits allow.
enum WireScan {
  /// Field numbers of the format: a model's graph and functions, a graph's nodes, a function's nodes,
  /// a node's attributes, an attribute's graph.
  private static let graphField: UInt64 = 7
  private static let functionField: UInt64 = 25
  private static let nodeField: UInt64 = 1
  private static let functionNodeField: UInt64 = 7
  private static let attributeField: UInt64 = 5
  private static let bodyField: UInt64 = 6
  /// As deep as the parser goes.
  private static let maximumDepth = 20

  /// Errors: `.limit` for nodes and other entries; `.malformed` where the bytes are no fields.
  static func check(_ bytes: [UInt8]) throws(ONNXError) {
    guard !bytes.isEmpty else { throw .malformed("it is empty") }
    var counts = Counts()
    var model = Fields(bytes.indices)
    while let field = try model.next(bytes) {
      try counts.takeEntry()
      guard let body = field.body else { continue }
      if field.number == graphField {
        try scan(bytes, body, nodes: nodeField, &counts, depth: 0)
      } else if field.number == functionField {
        try scan(bytes, body, nodes: functionNodeField, &counts, depth: 0)
      }
    }
  }

  private struct Counts {
    private var nodes = 0
    private var entries = 0

    mutating func takeEntry() throws(ONNXError) {
      entries += 1
      try ONNXImporter.check(
        "initializers, inputs and outputs", entries, maximum: ONNXImporter.maximumEntries)
    }

    mutating func takeNode() throws(ONNXError) {
      nodes += 1
      try ONNXImporter.check("nodes", nodes, maximum: ONNXImporter.maximumNodes)
    }
  }

  /// A graph or a function; `nodes` is the number of its field of nodes.
  private static func scan(
    _ bytes: [UInt8], _ range: Swift.Range<Int>, nodes: UInt64, _ counts: inout Counts, depth: Int
  ) throws(ONNXError) {
    try ONNXImporter.check("graphs within each other", depth, maximum: maximumDepth)
    var graph = Fields(range)
    while let field = try graph.next(bytes) {
      guard field.number == nodes, let body = field.body else {
        try counts.takeEntry()
        continue
      }
      try counts.takeNode()
      var node = Fields(body)
      var parts = 0
      while let field = try node.next(bytes) {
        parts += 1
        guard field.number == attributeField, let body = field.body else { continue }
        var attribute = Fields(body)
        while let field = try attribute.next(bytes) {
          guard field.number == bodyField, let body = field.body else { continue }
          try scan(bytes, body, nodes: nodeField, &counts, depth: depth + 1)
        }
      }
      try ONNXImporter.check(
        "entries in one node", parts, maximum: ONNXImporter.maximumEntries)
    }
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
