/// Walks a model's bytes before anything is parsed: two bytes of a file can become hundreds of memory,
/// and nesting becomes recursion, so the parser must not meet more of either than the limits allow.
/// The walk itself does not recurse.
enum WireScan {
  /// A message that has messages inside, or names.
  private enum Message {
    case model, function, graph, node, attribute, tensor, sparse, value, type, tensorType, shape
    case dimension, pair, set
  }

  /// What a field of a message is.
  private enum Field {
    case message(Message)
    /// Text that is kept and told in errors.
    case name
    /// Integers, a byte or more each, that become eight bytes of memory.
    case numbers
    /// Bytes that become as many of memory; also what the parser passes over.
    case bytes
  }

  /// Source: field numbers of `onnx.proto`. Others are passed over by the parser.
  private static func field(_ number: UInt64, of message: Message) -> Field {
    switch (message, number) {
    case (.model, 7): .message(.graph)
    case (.model, 8): .message(.set)
    case (.model, 14), (.tensor, 13): .message(.pair)
    case (.model, 25): .message(.function)
    case (.function, 7), (.graph, 1): .message(.node)
    case (.function, 9): .message(.set)
    case (.function, 11), (.node, 5): .message(.attribute)
    case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparse, 1), (.sparse, 2):
      .message(.tensor)
    case (.graph, 11), (.graph, 12), (.graph, 13): .message(.value)
    case (.graph, 15), (.attribute, 22), (.attribute, 23): .message(.sparse)
    case (.attribute, 6), (.attribute, 11): .message(.graph)
    case (.value, 2), (.attribute, 14), (.attribute, 15): .message(.type)
    case (.type, 1), (.type, 8): .message(.tensorType)
    case (.type, 4), (.type, 9), (.tensorType, 2): .message(.shape)
    case (.shape, 1): .message(.dimension)
    case (.model, 2...4), (.function, 1...6), (.function, 10), (.graph, 2), (.node, 1...4),
      (.node, 7), (.node, 8), (.attribute, 1), (.attribute, 21), (.tensor, 8), (.value, 1),
      (.dimension, 2), (.set, 1):
      .name
    case (.attribute, 7...9), (.tensor, 1), (.tensor, 4...7), (.tensor, 10),
      (.tensor, 11), (.sparse, 3):
      .numbers
    default: .bytes
    }
  }

  private struct Counts {
    var nodes = 0
    /// Initializers, inputs, outputs and described values, of all graphs.
    var entries = 0
    /// What nodes and entries are made of.
    var parts = 0
    var numbers = 0
  }

  private struct Open {
    let message: Message
    var fields: Fields
    /// Fields of this message so far.
    var count = 0
  }

  /// Messages within messages. The deepest graph of control flow that is run needs some 30.
  static let maximumDepth = 60
  /// Numbers that are not kept as raw bytes. Units: numbers, or bytes of packed ones.
  static let maximumNumbers = 64 << 20
  /// Inputs, outputs and attributes of all nodes, and what else there is, together.
  static let maximumParts = 1_000_000

  /// Errors: `.limit` for what there is too much of; `.malformed` where the bytes are no fields.
  static func check(_ bytes: [UInt8]) throws(ONNXError) {
    guard !bytes.isEmpty else { throw .malformed("it is empty") }
    var counts = Counts()
    var stack = [Open(message: .model, fields: Fields(bytes.indices))]
    while let top = stack.indices.last {
      guard let next = try stack[top].fields.next(bytes) else {
        stack.removeLast()
        continue
      }
      let message = stack[top].message
      stack[top].count += 1
      switch field(next.number, of: message) {
      case .message(let inner):
        try count(inner, in: message, &counts)
        guard let body = next.body else { break }
        guard stack.count < maximumDepth else {
          throw .malformed("messages lie more than \(maximumDepth) deep in one another")
        }
        stack.append(Open(message: inner, fields: Fields(body)))
      case .name:
        try ONNXImporter.check(
          "bytes in one name", next.body?.count ?? 0, maximum: ONNXImporter.maximumName)
        counts.parts += 1
        try ONNXImporter.check("small parts", counts.parts, maximum: maximumParts)
      case .numbers:
        counts.numbers += max(next.body?.count ?? 1, 1)
        try ONNXImporter.check(
          "numbers that are not raw data", counts.numbers, maximum: maximumNumbers)
      case .bytes: break
      }
      if message == .node {
        try ONNXImporter.check(
          "entries in one node", stack[top].count, maximum: ONNXImporter.maximumEntries)
      }
    }
  }

  private static func count(
    _ inner: Message, in message: Message, _ counts: inout Counts
  ) throws(ONNXError) {
    if inner == .node {
      counts.nodes += 1
      try ONNXImporter.check("nodes", counts.nodes, maximum: ONNXImporter.maximumNodes)
    } else if message != .graph {
      counts.parts += 1
      try ONNXImporter.check("small parts", counts.parts, maximum: maximumParts)
    } else {
      counts.entries += 1
      try ONNXImporter.check(
        "initializers, inputs and outputs", counts.entries, maximum: ONNXImporter.maximumEntries)
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
      guard key >> 3 != 0 else { throw .malformed("a field 0 at byte \(position)") }
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
