import Foundation
import OcelliGraph
import OcelliONNX
import Testing

extension ONNXAttributeEntry {
  fileprivate static func body(_ name: String, _ builder: ModelBuilder) -> Self {
    var entry = Self()
    entry.name = name
    entry.g = builder.model.graph
    entry.type = 5
    return entry
  }

  fileprivate static func reference(_ name: String, to other: String, type: Int32) -> Self {
    var entry = Self()
    entry.name = name
    entry.refAttrName = other
    entry.type = type
    return entry
  }
}

/// A body of one node whose output is `y`.
private func body(_ type: String, _ inputs: [String], _ output: String = "y") -> ModelBuilder {
  var builder = ModelBuilder(name: "body")
  builder.node(type, inputs, [output])
  builder.output(output)
  return builder
}

private func imported(_ builder: ModelBuilder) throws -> Graph {
  try ONNXImporter.importModel(bytes: try builder.bytes())
}

private func refusal(_ builder: ModelBuilder) throws -> String {
  let bytes = try builder.bytes()
  do {
    _ = try ONNXImporter.importModel(bytes: bytes)
    return ""
  } catch { return error.description }
}

@Suite struct BodyTests {
  private func branching(_ then: ModelBuilder, _ otherwise: ModelBuilder) -> ModelBuilder {
    var builder = ModelBuilder()
    builder.input("c", [], type: 9)
    builder.input("x", [2])
    builder.initializer("w", [1, 2], [2])
    builder.node(
      "If", ["c"], ["z"], [.body("then_branch", then), .body("else_branch", otherwise)])
    builder.output("z")
    return builder
  }

  @Test func `what a body reads from around it is an input of its node, constants stand in it`()
    throws
  {
    let graph = try imported(branching(body("Add", ["x", "w"]), body("Relu", ["x"])))
    let node = try #require(graph.nodes.first)
    let op = try #require(node.op as? If)
    #expect(node.inputs == graph.inputs.map { $0 })
    #expect(op.thenBranch.inputs.count == 1)
    #expect(op.thenBranch.values.count { $0.constant != nil } == 1)
    #expect(graph.dump().contains("\n  graph \"body\""))
  }

  @Test func `a branch whose condition is known stands in the node's place`() throws {
    var builder = branching(body("Relu", ["x"]), body("Unheard", ["x"]))
    builder.model.graph.input.removeFirst()
    var condition = ONNXTensorEntry()
    condition.name = "c"
    condition.dataType = 9
    condition.int32Data = [1]
    builder.model.graph.initializer.append(condition)
    let graph = try imported(builder)
    #expect(graph.nodes.map(\.op.name) == ["Relu"])
  }

  @Test func `what a body has that cannot be imported is told with the rest`() throws {
    var builder = branching(body("Unheard", ["x"]), body("Unseen", ["x"]))
    builder.node("Unknown", ["x"], ["q"])
    let text = try refusal(builder)
    for word in ["Unheard", "Unseen", "Unknown"] { #expect(text.contains(word)) }
  }

  @Test func `a body that reads what nothing makes names it; bodies too deep are an error`() throws
  {
    #expect(
      try refusal(branching(body("Relu", ["nowhere"]), body("Relu", ["x"]))).contains("nowhere"))
    var inner = body("Relu", ["x"])
    for _ in 0..<9 {
      var outer = ModelBuilder(name: "body")
      outer.node("If", ["c"], ["y"], [.body("then_branch", inner), .body("else_branch", inner)])
      outer.output("y")
      inner = outer
    }
    #expect(try refusal(branching(body("Relu", ["x"]), inner)).contains("more than 8 deep"))
  }

  @Test func `sequences are refused by name`() throws {
    var builder = ModelBuilder()
    var info = ONNXValueInfo()
    info.name = "s"
    info.type.sequenceType = Data()
    builder.model.graph.input.append(info)
    builder.node("SequenceLength", ["s"], ["n"])
    builder.output("n")
    #expect(try refusal(builder).contains("a sequence"))
  }
}

@Suite struct FunctionTests {
  private func function(_ name: String, _ body: ModelBuilder) -> ONNXFunctionBody {
    var function = ONNXFunctionBody()
    function.name = name
    function.domain = "mine"
    function.input = ["x"]
    function.output = ["y"]
    function.node = body.model.graph.node
    return function
  }

  private func calling(_ name: String, _ attributes: [ONNXAttributeEntry] = []) -> ModelBuilder {
    var builder = ModelBuilder()
    builder.input("x", [2])
    builder.node(name, ["x"], ["z"], domain: "mine", attributes)
    builder.output("z")
    return builder
  }

  @Test func `a function's nodes stand in the place of its calls, with what the call says`() throws
  {
    var inner = ModelBuilder()
    inner.node(
      "LeakyRelu", ["x"], ["t"], [.reference("alpha", to: "slope", type: 1)])
    inner.node("Neg", ["t"], ["y"])
    var builder = calling("twice", [.float("slope", 0.25)])
    builder.model.functions = [function("twice", inner)]
    let graph = try imported(builder)
    #expect(graph.nodes.map(\.op.name) == ["LeakyRelu", "Neg"])
    #expect(graph.nodes[0].op.detail.contains("0.25"))
    builder.model.graph.node[0].attribute = []
    #expect(try imported(builder).nodes[0].op.detail.contains("0.01"))
    builder.model.functions[0].attributeProto = [.float("slope", 0.5)]
    #expect(try imported(builder).nodes[0].op.detail.contains("0.5"))
  }

  @Test func `an output that is an input is a value of its own`() throws {
    var function = ONNXFunctionBody()
    function.name = "same"
    function.domain = "mine"
    function.input = ["x"]
    function.output = ["x"]
    var builder = calling("same")
    builder.model.functions = [function]
    #expect(try imported(builder).nodes.map(\.op.name) == ["Identity"])
  }

  @Test func `a function that calls itself, through others too, is an error`() throws {
    var first = ModelBuilder()
    first.node("second", ["x"], ["y"], domain: "mine")
    var second = ModelBuilder()
    second.node("first", ["x"], ["y"], domain: "mine")
    var builder = calling("first")
    builder.model.functions = [function("first", first), function("second", second)]
    #expect(try refusal(builder).contains("calls itself"))
    builder.model.functions = [function("first", first), function("first", first)]
    #expect(try refusal(builder).contains("stands twice"))
  }

  @Test func `functions that call each other twice do not grow without bound`() throws {
    var builder = calling("f0")
    builder.model.functions = (0..<30).map { level in
      var body = ModelBuilder()
      body.node("f\(level + 1)", ["x"], ["t"], domain: "mine")
      body.node("f\(level + 1)", ["t"], ["y"], domain: "mine")
      return function("f\(level)", body)
    }
    var last = ModelBuilder()
    last.node("Relu", ["x"], ["y"])
    builder.model.functions.append(function("f30", last))
    #expect(try refusal(builder).contains("at most"))
  }
}
