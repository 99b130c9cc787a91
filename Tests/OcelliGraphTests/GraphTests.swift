import OcelliGraph
import OcelliTensor
import Testing

/// A graph of one input that grows node by node.
struct GraphBuilder {
  var graph: Graph
  private(set) var last: ValueID

  init(_ shape: Shape, _ type: ElementType = .float32) {
    graph = Graph(name: "test")
    last = graph.add(Value(name: "x", fact: Fact(type, shape)))
    graph.inputs = [last]
    graph.declaredInputs = [shape.dimensions]
  }

  @discardableResult
  mutating func append(_ op: any Operator, _ inputs: [ValueID?]? = nil) -> ValueID {
    let output = graph.add(Value(name: "v\(graph.values.count)"))
    graph.nodes.append(
      Node(
        name: "n\(graph.nodes.count)", op: op, inputs: inputs ?? [last], outputs: [output]))
    last = output
    graph.outputs = [output]
    return output
  }
}

@Suite struct GraphTests {
  @Test func `a sorted graph runs producers first and keeps the order otherwise`() throws {
    var builder = GraphBuilder([1, 2])
    builder.append(Unary(.relu))
    builder.append(Unary(.tanh))
    builder.append(Unary(.exp))
    builder.graph.nodes.reverse()
    #expect(throws: OperatorError.self) { try GraphVerifier.verify(builder.graph) }
    try builder.graph.sortTopologically()
    #expect(builder.graph.nodes.map(\.name) == ["n0", "n1", "n2"])
    try GraphVerifier.verify(builder.graph)
  }

  @Test func `a cycle names one of its nodes`() throws {
    var builder = GraphBuilder([1])
    let first = builder.append(Unary(.relu))
    let second = builder.append(Unary(.tanh), [first])
    builder.graph.nodes[0].inputs = [second]
    let error = #expect(throws: OperatorError.self) { try builder.graph.topologicalOrder() }
    #expect(error?.description.contains("cycle at node Relu \"n0\"") == true)
  }

  @Test func `a value with two producers is refused`() throws {
    var builder = GraphBuilder([1])
    let first = builder.append(Unary(.relu))
    builder.append(Unary(.tanh))
    builder.graph.nodes[1].outputs = [first]
    #expect(throws: OperatorError.self) { try builder.graph.topologicalOrder() }
    #expect(throws: OperatorError.self) { try GraphVerifier.verify(builder.graph) }
  }

  @Test func `the verifier sees IDs that name nothing and facts that break the rule`() throws {
    var builder = GraphBuilder([2, 3])
    let output = builder.append(Unary(.relu))
    try builder.graph.inferFacts()
    try GraphVerifier.verify(builder.graph)
    var wrong = builder.graph
    wrong[output].fact = Fact(.float32, [3, 2])
    #expect(throws: OperatorError.self) { try GraphVerifier.verify(wrong) }
    wrong = builder.graph
    wrong.nodes[0].inputs = [ValueID(99)]
    #expect(throws: OperatorError.self) { try GraphVerifier.verify(wrong) }
  }

  @Test func `dead code goes and the dump of the rest is stable`() throws {
    var builder = GraphBuilder([1, 3])
    let kept = builder.append(Unary(.relu))
    builder.append(Unary(.exp))
    builder.graph.outputs = [kept]
    builder.graph.removeDeadCode()
    try builder.graph.inferFacts()
    #expect(
      builder.graph.dump() == """
        graph "test"
        input %0: float32[1×3] "x"
        %1: float32[1×3] = Relu(%0) {relu} "n0"
        output %1: float32[1×3] "v1"

        """)
  }

  @Test func `an identity goes unless an output needs its name`() throws {
    var builder = GraphBuilder([1])
    let x = builder.graph.inputs[0]
    builder.append(Identity())
    let relu = builder.append(Unary(.relu))
    let renamed = builder.append(Identity())
    let copy = builder.append(Identity(), [x])
    builder.graph.outputs = [renamed, copy]
    builder.graph.removeIdentities()
    builder.graph.removeDeadCode()
    #expect(builder.graph.nodes.map(\.op.name) == ["Relu", "Identity"])
    #expect(builder.graph.outputs.map { builder.graph[$0].name } == ["v3", "v4"])
    _ = relu
    try GraphVerifier.verify(builder.graph)
  }

  @Test func `open extents are bound, the batch to 1, and contradictions are refused`() throws {
    var builder = GraphBuilder([1, 3, 1, 1])
    builder.append(Unary(.relu))
    builder.graph.declaredInputs = [[nil, 3, nil, nil]]
    builder.graph[builder.graph.inputs[0]].fact = Fact(.float32, nil)
    var bound = builder.graph
    try bound.bindInputs([[nil, nil, 4, 5]])
    #expect(bound[bound.outputs[0]].fact == Fact(.float32, [1, 3, 4, 5]))
    for shapes: [[Int?]] in [[], [[nil, nil, 4, nil]], [[1, 4, 4, 5]], [[1, 3, 4]], [[1], [1]]] {
      var graph = builder.graph
      #expect(throws: OperatorError.self) { try graph.bindInputs(shapes) }
    }
  }
}
