import Foundation
import OcelliGraph
import OcelliONNX
import OcelliTensor
import Testing

@Suite struct HostileModelTests {
  private func small() -> ModelBuilder {
    var builder = ModelBuilder()
    builder.input("x", [1, 2])
    builder.initializer("w", [1, 2], [2])
    builder.node("Add", ["x", "w"], ["y"])
    builder.output("y")
    return builder
  }

  private func refused(_ builder: ModelBuilder) throws -> String? {
    let bytes = try builder.bytes()
    return #expect(throws: ONNXError.self) { try ONNXImporter.importModel(bytes: bytes) }?
      .description
  }

  @Test func `a model cut at any byte is an error or a model, never a trap`() throws {
    let bytes = try small().bytes()
    _ = try ONNXImporter.importModel(bytes: bytes)
    for end in 0..<bytes.count {
      var graph = try? ONNXImporter.importModel(bytes: Array(bytes[..<end]))
      try? graph?.bindInputs()
    }
    #expect(throws: ONNXError.self) { try ONNXImporter.importModel(bytes: []) }
    #expect(throws: ONNXError.self) {
      try ONNXImporter.importModel(bytes: Array("not a model".utf8))
    }
  }

  @Test func `a flipped byte anywhere is an error or a model, never a trap`() throws {
    let bytes = try small().bytes()
    for place in bytes.indices {
      for flip: UInt8 in [0x01, 0x80, 0xff] {
        var damaged = bytes
        damaged[place] ^= flip
        var graph = try? ONNXImporter.importModel(bytes: damaged)
        try? graph?.bindInputs()
      }
    }
  }

  @Test func `a cycle and a self-loop name a node`() throws {
    var builder = ModelBuilder()
    builder.input("x", [1])
    builder.node("Add", ["x", "b"], ["a"])
    builder.node("Relu", ["a"], ["b"])
    builder.output("b")
    #expect(try refused(builder)?.contains("cycle at node") == true)
    builder = ModelBuilder()
    builder.node("Relu", ["a"], ["a"])
    builder.output("a")
    #expect(try refused(builder)?.contains("cycle at node") == true)
  }

  @Test func `values that nothing makes or two nodes make are errors`() throws {
    var builder = small()
    builder.node("Relu", ["nowhere"], ["z"])
    #expect(try refused(builder)?.contains("nowhere") == true)
    builder = small()
    builder.node("Relu", ["x"], ["y"])
    #expect(try refused(builder)?.contains("twice") == true)
    builder = small()
    builder.output("nowhere")
    #expect(try refused(builder)?.contains("nowhere") == true)
  }

  @Test(
    arguments: [
      [-1], [-5, 2], [1 << 32, 1 << 32], [1_000_000_000], [3], [1, 1, 1, 1, 1, 1, 1, 1, 2],
    ] as [[Int64]])
  func `extents that the data do not fill are refused before memory is taken`(_ dims: [Int64])
    throws
  {
    var builder = small()
    builder.model.graph.initializer[0].dims = dims
    #expect(try refused(builder)?.contains("\"w\"") == true)
  }

  @Test func `an extent of 0 is an empty tensor`() throws {
    var builder = small()
    builder.initializer("none", [], [0, 3])
    builder.node("Shape", ["none"], ["z"])
    builder.output("z")
    var graph = try ONNXImporter.importModel(bytes: builder.bytes())
    try graph.bindInputs()
    let shapes = graph.values.compactMap { $0.constant?.shape }
    #expect(shapes.contains([0, 3]))
  }

  @Test func `constants and nodes that nobody reads are no error`() throws {
    var builder = small()
    builder.initializer("spare", [1], [1])
    builder.node("Relu", ["x"], ["unread"])
    let graph = try ONNXImporter.importModel(bytes: builder.bytes())
    let names = graph.nodes.map(\.op.name)
    #expect(names == ["Add"])
  }

  @Test func `raw data of a wrong length, or beside typed data, are refused`() throws {
    var builder = small()
    builder.model.graph.initializer[0].rawData = Data(count: 8)
    #expect(try refused(builder)?.contains("at once") == true)
    builder.model.graph.initializer[0].floatData = []
    _ = try ONNXImporter.importModel(bytes: builder.bytes())
    builder.model.graph.initializer[0].rawData = Data(count: 7)
    #expect(try refused(builder)?.contains("7 bytes") == true)
  }

  @Test func `external data and strings are refused by name`() throws {
    var builder = small()
    builder.model.graph.initializer[0].dataLocation = 1
    #expect(try refused(builder)?.contains("another file") == true)
    builder = small()
    builder.model.graph.initializer[0].dataType = 8
    #expect(try refused(builder)?.contains("string") == true)
  }

  @Test func `operator sets out of range and too many nodes are refused`() throws {
    #expect(try refused(ModelBuilder(opset: 99))?.contains("opset 99") == true)
    #expect(try refused(ModelBuilder(opset: 0))?.contains("opset 0") == true)
    var builder = small()
    builder.model.graph.node = [ONNXNodeEntry](
      repeating: ONNXNodeEntry(), count: ONNXImporter.maximumNodes + 1)
    #expect(try refused(builder)?.contains("nodes") == true)
  }

  @Test func `attributes out of reason are errors at the latest when shapes are bound`() throws {
    let bad: [(String, [ONNXAttributeEntry])] = [
      ("Conv", [.integers("strides", [0, 1])]), ("Conv", [.integers("pads", [1 << 31, 0, 0, 0])]),
      ("Conv", [.integer("group", 0)]), ("Conv", [.integers("dilations", [1])]),
      ("Conv", [.integers("kernel_shape", [3])]), ("Conv", [.integers("pads", [-9, -9, 0, 0])]),
      ("Concat", [.integer("axis", 99)]), ("Softmax", [.integer("axis", .min)]),
      ("MaxPool", [.integers("kernel_shape", [0, 0])]),
      ("MaxPool", [.integers("kernel_shape", [1 << 31, 1])]),
      ("AveragePool", [.integers("kernel_shape", [2])]),
      ("Transpose", [.integers("perm", [0, 0, 1, 2])]), ("Transpose", [.integers("perm", [0])]),
      ("Flatten", [.integer("axis", -99)]), ("DepthToSpace", [.integer("blocksize", 0)]),
      ("LRN", [.integer("size", 0)]), ("ReduceSumSquare", [.integers("axes", [0, 0])]),
    ]
    for (type, attributes) in bad {
      var builder = ModelBuilder()
      builder.input("x", [1, 1, 4, 4])
      builder.initializer("w", [1], [1, 1, 1, 1])
      builder.node(type, type == "Conv" ? ["x", "w"] : ["x"], ["y"], attributes)
      builder.output("y")
      let bytes = try builder.bytes()
      #expect(throws: (any Error).self, "\(type) \(attributes)") {
        var graph = try ONNXImporter.importModel(bytes: bytes)
        try graph.bindInputs()
      }
    }
  }

  @Test func `an attribute of the wrong kind is an error`() throws {
    var builder = ModelBuilder()
    builder.input("x", [1])
    builder.node("Concat", ["x"], ["y"], [.float("axis", 1)])
    builder.output("y")
    #expect(try refused(builder)?.contains("axis") == true)
  }

  @Test func `groups nested a hundred thousand deep are an error`() {
    let bytes = [UInt8](repeating: 0x0b, count: 100_000)
    #expect(throws: ONNXError.self) { try ONNXImporter.importModel(bytes: bytes) }
    // Inside a node, where only the parser meets them.
    let nested = [UInt8](repeating: 0x7b, count: 120)
    let node = [0x0a, UInt8(nested.count)] + nested
    let graph = [0x3a, UInt8(node.count)] + node
    #expect(throws: ONNXError.self) { try ONNXImporter.importModel(bytes: graph) }
  }

  @Test func `a file that is missing or no file is an error that names it`() {
    for path in ["/nonexistent/model.onnx", "/dev/null", "/"] {
      let error = #expect(throws: ONNXError.self) { try ONNXImporter.importModel(path: path) }
      #expect(error?.description.contains(path) == true)
    }
  }
}
