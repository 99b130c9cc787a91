import OcelliGraph
import OcelliONNX
import OcelliTensor
import Testing

@Suite struct ImporterTests {
  @Test func `nodes out of order are sorted, names and metadata are kept`() throws {
    var builder = ModelBuilder()
    builder.input("x", [nil, 3, 4, 4])
    builder.node("Relu", ["a"], ["y"])
    builder.node("Identity", ["x"], ["b"])
    builder.node("Tanh", ["b"], ["a"])
    builder.output("y")
    builder.model.producerName = "maker"
    var pair = ONNXStringPair()
    pair.key = "task"
    pair.value = "detect"
    builder.model.metadataProps = [pair]
    var graph = try ONNXImporter.importModel(bytes: builder.bytes())
    #expect(graph.nodes.map(\.op.name) == ["Tanh", "Relu"])
    #expect(graph.metadata == ["task": "detect"])
    #expect(graph.producer == "maker")
    #expect(graph.declaredInputs == [[nil, 3, 4, 4]])
    try graph.bindInputs()
    #expect(graph[graph.outputs[0]].name == "y")
    #expect(graph[graph.outputs[0]].fact == Fact(.float32, [1, 3, 4, 4]))
  }

  @Test(arguments: [
    ("Slice", 9 as Int64, [2, 2] as [Int]), ("Squeeze", 11, [3, 4]),
    ("Unsqueeze", 11, [1, 3, 1, 4]),
  ])
  func `attributes of old operator sets become inputs`(
    _ type: String, _ opset: Int64, _ result: [Int]
  ) throws {
    var builder = ModelBuilder(opset: opset)
    builder.input("x", type == "Slice" ? [3, 4] : [1, 3, 4])
    let attributes: [ONNXAttributeEntry] =
      switch type {
      case "Slice":
        [.integers("starts", [1, -2]), .integers("ends", [.max, .max])]
      case "Squeeze": [.integers("axes", [0])]
      default: [.integers("axes", [2])]
      }
    builder.node(type, ["x"], ["y"], attributes)
    builder.output("y")
    var graph = try ONNXImporter.importModel(bytes: builder.bytes())
    try graph.bindInputs()
    #expect(graph[graph.outputs[0]].fact?.shape?.dimensions == result)
  }

  @Test func `clip with constant bounds is one function, global pooling a reduction`() throws {
    var builder = ModelBuilder()
    builder.input("x", [nil, 3, 4, 4])
    builder.initializer("low", [0], [])
    builder.initializer("high", [6], [])
    builder.node("Clip", ["x", "low", "high"], ["a"])
    builder.node("GlobalAveragePool", ["a"], ["y"])
    builder.output("y")
    let graph = try ONNXImporter.importModel(bytes: builder.bytes())
    #expect(graph.nodes.map(\.op.name) == ["Clip", "Reduce(mean)"])
    #expect(graph.nodes.map(\.op.detail) == ["clip(low: 0.0, high: 6.0)", "axes [2, 3], kept"])
  }

  @Test func `softmax of an old operator set folds the axes behind it`() throws {
    var builder = ModelBuilder(opset: 11)
    builder.input("x", [2, 3, 4])
    builder.node("Softmax", ["x"], ["y"], [.integer("axis", 1)])
    builder.output("y")
    var graph = try ONNXImporter.importModel(bytes: builder.bytes())
    try graph.bindInputs()
    #expect(graph.nodes.map(\.op.name) == ["Shape", "Flatten", "Softmax", "Reshape"])
  }

  @Test func `before opset 7 an axis says where the second operand begins`() throws {
    var builder = ModelBuilder(opset: 6)
    builder.input("x", [2, 3, 4])
    builder.input("b", [3])
    builder.node("Add", ["x", "b"], ["y"], [.integer("broadcast", 1), .integer("axis", 1)])
    builder.output("y")
    var graph = try ONNXImporter.importModel(bytes: builder.bytes())
    try graph.bindInputs()
    #expect(graph.nodes.map(\.op.name) == ["Unsqueeze", "Add"])
    #expect(graph[graph.outputs[0]].fact?.shape == [2, 3, 4])
  }

  @Test func `a form older than what is read is refused, and a domain without an opset`() throws {
    var builder = ModelBuilder(opset: 4)
    builder.input("x", [2])
    builder.node("Reshape", ["x"], ["y"], [.integers("shape", [1, 2])])
    builder.node("QLinearAdd", ["x"], ["z"], domain: "com.microsoft")
    builder.output("y")
    let error = #expect(throws: ONNXError.self) {
      try ONNXImporter.importModel(bytes: builder.bytes())
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("its form before opset 5"))
  }

  @Test func `a half's activation is made in float32 and rounded once`() throws {
    var builder = ModelBuilder(opset: 20)
    builder.input("x", [2], type: 10)
    builder.node("Gelu", ["x"], ["y"])
    builder.output("y")
    let graph = try ONNXImporter.importModel(bytes: builder.bytes())
    #expect(graph.nodes.first?.op.detail == "float32")
    #expect(graph.nodes.last?.op.detail == "float16")
    #expect(graph[graph.outputs[0]].fact == Fact(.float16, [2]))
  }

  @Test func `every node that cannot be imported is listed`() throws {
    var builder = ModelBuilder()
    builder.input("x", [1])
    builder.node("Frobnicate", ["x"], ["a"])
    builder.node("Relu", ["a"], ["b"], domain: "com.example")
    builder.node("Frobnicate", ["b"], ["y"])
    builder.output("y")
    let error = #expect(throws: ONNXError.self) {
      try ONNXImporter.importModel(bytes: builder.bytes())
    }
    guard case .unsupported(let nodes)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(nodes.map(\.type) == ["Frobnicate", "Relu", "Frobnicate"])
    #expect(nodes.map(\.domain) == ["", "com.example", ""])
    #expect(nodes.map(\.name) == ["n0", "n1", "n2"])
    #expect(nodes[0].opset == 17)
    // What several have in common is said once.
    #expect(
      error?.description.contains(
        #"Frobnicate (ai.onnx 17) at 2 nodes "n0", "n2": the operator is not supported; Relu"#)
        == true)
  }

  @Test func `a tensor file comes back as it went`() throws {
    let tensor = try Tensor([1, -2.5, .infinity, 0] as [Float], shape: [2, 2])
    let (name, back) = try TensorFile.decode(TensorFile.encode(tensor, name: "t"))
    #expect(name == "t")
    #expect(back.shape == tensor.shape)
    #expect(back.array(of: Float.self) == tensor.array(of: Float.self))
  }
}
