import OcelliGraph
import OcelliLowering
import OcelliReference
import OcelliTensor
import Testing

/// Every pass keeps what the graph computes: the reference runs it before and after.
@Suite struct SimplifyTests {
  /// Simplifies, with the verifier after every pass, and compares on random input.
  private func simplified(
    _ builder: GraphBuilder, output: ValueID, within bound: Float = 1e-5
  ) throws -> Graph {
    var graph = builder.graph
    graph.outputs = [output]
    let after = try Simplify.run(graph, evaluator: ReferenceEvaluator(), verify: true)
    var noise = Noise(7)
    let inputs = try graph.inputs.map { id in
      let shape = try #require(graph[id].fact?.shape)
      return try Tensor(noise.floats(shape.count).map { $0 * 6 }, shape: shape)
    }
    let expected = try ReferenceRunner(graph).run(inputs)[0]
    let found = try ReferenceRunner(after).run(inputs)[0]
    #expect(found.shape == expected.shape)
    let differences = zip(found.array(of: Float.self), expected.array(of: Float.self)).map {
      abs($0 - $1) / max(1, abs($1))
    }
    #expect(differences.allSatisfy { $0 <= bound }, "largest: \(differences.max() ?? 0)")
    return after
  }

  private func convolution(_ builder: inout GraphBuilder, _ x: ValueID) throws -> ValueID {
    let op = Convolution(
      strides: [1, 1], dilations: [1, 1], padding: .explicit([1, 1, 1, 1]), groups: 1)
    return try builder.add(
      op, [x, builder.constant([4, 4, 3, 3], scale: 0.2), builder.constant([4])])[0]
  }

  private func scalar(_ builder: inout GraphBuilder, _ value: Float) throws -> ValueID {
    builder.constant(try Tensor(scalar: value))
  }

  private func names(_ graph: Graph) -> [String] { graph.nodes.map(\.op.name) }

  @Test func `shapes computed in the graph become constants and the reshape stays`() throws {
    var builder = GraphBuilder()
    let x = builder.input([2, 3, 4])
    let shape = try builder.add(ShapeOf(start: 0, end: nil), [x])[0]
    let zero = builder.constant(try Tensor([0] as [Int64], shape: [1]))
    let first = try builder.add(Gather(axis: 0), [shape, zero])[0]
    let rest = builder.constant(try Tensor([-1] as [Int64], shape: [1]))
    let target = try builder.add(Concat(axis: 0), [first, rest])[0]
    let reshape = Node(
      name: "r", op: Reshape(allowZero: false), inputs: [x, target],
      outputs: [builder.graph.add(Value(name: "y"))])
    builder.graph.nodes.append(reshape)
    let y = try #require(reshape.outputs[0])
    let graph = try simplified(builder, output: y)
    #expect(names(graph) == ["Reshape"])
    #expect(graph[graph.outputs[0]].fact?.shape == [2, 12])
  }

  @Test func `batch normalisation and numbers a channel go into the weights`() throws {
    var builder = GraphBuilder()
    var y = try convolution(&builder, builder.input([1, 4, 5, 6]))
    let variance = builder.constant(try Tensor([1, 2, 3, 0.5] as [Float], shape: [4]))
    y =
      try builder.add(
        BatchNormalization(epsilon: 1e-3),
        [y, builder.constant([4]), builder.constant([4]), builder.constant([4]), variance])[0]
    y = try builder.add(Binary(.multiply), [y, builder.constant([1, 4, 1, 1])])[0]
    y = try builder.add(Binary(.add), [builder.constant([4, 1, 1]), y])[0]
    y = try builder.add(Binary(.subtract), [y, scalar(&builder, 0.25)])[0]
    #expect(names(try simplified(builder, output: y)) == ["Conv"])
  }

  @Test func `a batch normalisation of what is no picture is a product and a sum`() throws {
    for shape in [[2, 4], [1, 4, 5]] {
      var builder = GraphBuilder()
      let x = builder.input(shape)
      let variance = builder.constant(try Tensor([1, 2, 3, 0.5] as [Float], shape: [4]))
      let y = try builder.add(
        BatchNormalization(epsilon: 1e-3),
        [x, builder.constant([4]), builder.constant([4]), builder.constant([4]), variance])[0]
      #expect(names(try simplified(builder, output: y)) == ["Mul", "Add"])
    }
  }

  @Test func `a number that varies along the width stays a node`() throws {
    var builder = GraphBuilder()
    var y = try convolution(&builder, builder.input([1, 4, 4, 4]))
    y = try builder.add(Binary(.multiply), [y, builder.constant([4])])[0]
    #expect(names(try simplified(builder, output: y)) == ["Conv", "Mul"])
  }

  @Test func `x times sigmoid of x behind a convolution becomes its activation`() throws {
    var builder = GraphBuilder()
    var y = try convolution(&builder, builder.input([1, 4, 4, 4]))
    let gate = try builder.add(Unary(.sigmoid), [y])[0]
    y = try builder.add(Binary(.multiply), [y, gate])[0]
    let graph = try simplified(builder, output: y)
    #expect(names(graph) == ["Conv"])
    #expect((graph.nodes[0].op as? Convolution)?.activation == .unary(.silu))
  }

  @Test(arguments: [0, 1, 2])
  func `hard swish is found however it is spelt`(_ spelling: Int) throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 8])
    let sum = try builder.add(Binary(.add), [x, scalar(&builder, 3)])[0]
    let ramp = try builder.add(Unary(.clip(low: 0, high: 6)), [sum])[0]
    let six = try scalar(&builder, 6)
    let y: ValueID
    switch spelling {
    case 0:
      let product = try builder.add(Binary(.multiply), [x, ramp])[0]
      y = try builder.add(Binary(.divide), [product, six])[0]
    case 1:
      let gate = try builder.add(Binary(.divide), [ramp, six])[0]
      y = try builder.add(Binary(.multiply), [x, gate])[0]
    default:
      let gate = try builder.add(Unary(.hardSigmoid(alpha: 1 / 6, beta: 0.5)), [x])[0]
      y = try builder.add(Binary(.multiply), [gate, x])[0]
    }
    #expect(names(try simplified(builder, output: y)) == ["HardSwish"])
  }

  @Test func `a sum with a tensor of the same shape becomes a residual, then comes its function`()
    throws
  {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 4, 4])
    var y = try convolution(&builder, x)
    y = try builder.add(Binary(.add), [x, y])[0]
    y = try builder.add(Unary(.relu), [y])[0]
    let graph = try simplified(builder, output: y)
    #expect(names(graph) == ["Conv"])
    #expect(graph.nodes[0].inputs.count == 4)
    #expect((graph.nodes[0].op as? Convolution)?.activation == .unary(.relu))
  }

  @Test func `two convolutions added: the later one takes the other as residual`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 4, 4])
    let a = try convolution(&builder, x)
    let b = try convolution(&builder, x)
    let y = try builder.add(Binary(.add), [a, b])[0]
    #expect(names(try simplified(builder, output: y)) == ["Conv", "Conv"])
  }

  @Test func `a leak is found, a slope that is not finite is none`() throws {
    for slope in [Float(0.25), .infinity] {
      var builder = GraphBuilder()
      let x = builder.input([1, 4, 3, 3])
      let positive = try builder.add(Unary(.relu), [x])[0]
      let negative = try builder.add(Unary(.clip(low: -.infinity, high: 0)), [x])[0]
      let slopes = builder.constant(try Tensor([slope, 1, 2, -3], shape: [4, 1, 1]))
      let scaled = try builder.add(Binary(.multiply), [negative, slopes])[0]
      let y = try builder.add(Binary(.add), [positive, scaled])[0]
      if slope.isFinite {
        #expect(names(try simplified(builder, output: y)) == ["PRelu"])
      } else {
        builder.graph.outputs = [y]
        let graph = try Simplify.run(builder.graph, evaluator: ReferenceEvaluator(), verify: true)
        #expect(names(graph) == ["Relu", "Clip", "Mul", "Add"])
      }
    }
  }

  @Test func `a function behind moves goes into the convolutions before them`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 4, 4])
    let shape = builder.constant(try Tensor([1, 4, -1] as [Int64], shape: [3]))
    var parts: [ValueID] = []
    for _ in 0..<2 {
      parts += try builder.add(
        Reshape(allowZero: false), [convolution(&builder, x), shape])
    }
    var y = try builder.add(Concat(axis: 2), parts)[0]
    y = try builder.add(Transpose([0, 2, 1]), [y])[0]
    y = try builder.add(Unary(.sigmoid), [y])[0]
    let graph = try simplified(builder, output: y)
    #expect(names(graph).sorted() == ["Concat", "Conv", "Conv", "Reshape", "Reshape", "Transpose"])
  }

  @Test func `a function of what others read too stays behind the move`() throws {
    var builder = GraphBuilder()
    let x = try convolution(&builder, builder.input([1, 4, 4, 4]))
    let moved = try builder.add(Transpose([0, 2, 3, 1]), [x])[0]
    let y = try builder.add(Unary(.sigmoid), [moved])[0]
    let sum = try builder.add(Binary(.add), [moved, y])[0]
    #expect(names(try simplified(builder, output: sum)) == ["Conv", "Transpose", "Sigmoid", "Add"])
  }

  @Test(arguments: [0, 1, 2])
  func `a convolution of pixels made channels reads the picture`(_ spelling: Int) throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 3, 8, 12])
    func list(_ values: [Int64]) throws -> ValueID {
      builder.constant(try Tensor(values, shape: [values.count]))
    }
    var deep: ValueID
    if spelling == 0 {
      var parts: [ValueID] = []
      for (row, column) in [(0, 0), (1, 0), (0, 1), (1, 1)] as [(Int64, Int64)] {
        let rows = try builder.add(
          Slice(), [x, list([row]), list([.max]), list([2]), list([2])])[0]
        parts += try builder.add(
          Slice(), [rows, list([column]), list([.max]), list([3]), list([2])])
      }
      deep = try builder.add(Concat(axis: 1), parts)[0]
    } else {
      deep = try builder.add(BlockMove(direction: .spaceToDepth, block: 2), [x])[0]
      if spelling == 2 {
        deep = try builder.add(
          Gather(axis: 1), [deep, list([0, 5, 1, 2, 3, 4, 11, 10, 9, 8, 7, 6])])[0]
      }
    }
    let y = try builder.convolution(deep, 5, activation: .unary(.silu))
    let graph = try simplified(builder, output: y)
    #expect(names(graph) == ["Conv"])
    #expect(graph.nodes[0].inputs[1].flatMap { graph[$0].fact?.shape } == [5, 3, 6, 6])
  }

  @Test func `what is read twice keeps its own value`() throws {
    var builder = GraphBuilder()
    let y = try convolution(&builder, builder.input([1, 4, 4, 4]))
    let relu = try builder.add(Unary(.relu), [y])[0]
    let sum = try builder.add(Binary(.multiply), [y, relu])[0]
    #expect(names(try simplified(builder, output: sum)) == ["Conv", "Relu", "Mul"])
  }

  @Test func `quantising and back is a rounding inside the convolution, same bits`() throws {
    var builder = GraphBuilder()
    var y = try convolution(&builder, builder.input([1, 4, 4, 4]))
    let scale = try scalar(&builder, 0.1)
    let zero = builder.constant(try Tensor(scalar: 100 as UInt8))
    y = try builder.add(Unary(.sigmoid), [y])[0]
    y = try builder.add(QuantizeLinear(axis: 1), [y, scale, zero])[0]
    y = try builder.add(DequantizeLinear(axis: 1), [y, scale, zero])[0]
    let graph = try simplified(builder, output: y, within: 0)
    #expect(names(graph) == ["Conv"])
  }

  @Test func `unlike scales stay two nodes`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4])
    let zero = builder.constant(try Tensor(scalar: 3 as UInt8))
    let q = try builder.add(QuantizeLinear(axis: 1), [x, scalar(&builder, 0.1), zero])[0]
    let y = try builder.add(DequantizeLinear(axis: 1), [q, scalar(&builder, 0.2), zero])[0]
    #expect(
      names(try simplified(builder, output: y, within: 0))
        == ["QuantizeLinear", "DequantizeLinear"])
  }

  @Test func `zeros padded before a convolution become its padding`() throws {
    var builder = GraphBuilder()
    let pads = builder.constant(try Tensor([0, 0, 1, 0, 0, 0, 0, 2] as [Int64], shape: [8]))
    let x = try builder.add(Pad(mode: .constant), [builder.input([1, 4, 4, 4]), pads])[0]
    let y = try convolution(&builder, x)
    #expect(names(try simplified(builder, output: y)) == ["Conv"])
  }

  @Test func `a division by a power of two is a product with the same bits, another stays`() throws
  {
    var builder = GraphBuilder()
    let x = builder.input([4])
    var y = try builder.add(Binary(.divide), [x, scalar(&builder, 8)])[0]
    y = try builder.add(Binary(.divide), [y, scalar(&builder, 3)])[0]
    #expect(names(try simplified(builder, output: y, within: 0)) == ["Mul", "Div"])
  }

  @Test func `reshapes and casts that change nothing go`() throws {
    var builder = GraphBuilder()
    let x = builder.input([2, 3])
    let same = builder.constant(try Tensor([2, 3] as [Int64], shape: [2]))
    var y = try builder.add(Reshape(allowZero: false), [x, same])[0]
    y = try builder.add(Cast(to: .float32), [y])[0]
    y = try builder.add(Transpose([0, 1]), [y])[0]
    y = try builder.add(Unary(.tanh), [y])[0]
    #expect(names(try simplified(builder, output: y)) == ["Tanh"])
  }

  /// A body of one input that applies a function to it.
  private func branch(_ function: UnaryFunction) -> Graph {
    var body = Graph(name: "branch")
    let x = body.add(Value(name: "x"))
    let y = body.add(Value(name: "y"))
    body.inputs = [x]
    body.nodes = [Node(name: "b", op: Unary(function), inputs: [x], outputs: [y])]
    body.outputs = [y]
    return body
  }

  @Test func `a branch that shapes decide stands in the place of its node`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 5, 5])
    let shape = try builder.add(ShapeOf(start: 0, end: 1), [x])[0]
    let one = builder.constant(try Tensor([1] as [Int64], shape: [1]))
    let isOne = try builder.add(Binary(.equal), [shape, one])[0]
    let op = If(then: branch(.tanh), else: branch(.exp))
    let y = try builder.add(op, [isOne, x])[0]
    let graph = try simplified(builder, output: y)
    #expect(graph.nodes.map(\.op.name) == ["Tanh"])
  }

  @Test func `constants go into bodies; a condition that data decides stays`() throws {
    var builder = GraphBuilder()
    let x = builder.input([2, 3])
    let total = try builder.add(Reduce(.sum, axes: nil, keepDimensions: false), [x])[0]
    let isLarge = try builder.add(Binary(.greater), [total, scalar(&builder, 0)])[0]
    let one = builder.constant(try Tensor([2, 3] as [Int64], shape: [2]))
    let fixed = try builder.add(
      ConstantOfShape(value: try Tensor([Float(2)], shape: [1])), [one])[0]
    let op = If(then: branch(.tanh), else: branch(.negate))
    let y = try builder.add(op, [isLarge, fixed])[0]
    let graph = try simplified(builder, output: y)
    let node = try #require(graph.nodes.last)
    #expect(node.inputs.count == 1)
    let body = try #require(node.op as? If)
    #expect(body.thenBranch.inputs.isEmpty && body.thenBranch.values.count <= 2)
  }
}
