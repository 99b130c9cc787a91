import OcelliGraph
import OcelliTensor

/// One kernel on one shape: a graph of a single node that is lowered to it.
package struct KernelCase: Sendable {
  /// The kernel's name in plans.
  package let kernel: String
  /// The shape in words.
  package let shape: String
  private let write: @Sendable (inout KernelGraph) throws -> ValueID

  init(
    _ kernel: String, _ shape: String,
    _ write: @escaping @Sendable (inout KernelGraph) throws -> ValueID
  ) {
    self.kernel = kernel
    self.shape = shape
    self.write = write
  }

  /// The graph; the node in question is the last one. Errors: a case that is written wrongly.
  func graph() throws -> Graph {
    var writer = KernelGraph()
    let output = try write(&writer)
    writer.graph.outputs = [output]
    return writer.graph
  }

  /// Shapes as vision models have them, at least one for every kernel.
  package static let all: [KernelCase] = [
    KernelCase("conv", "first layer 3×3/2, 416² 3→16, SiLU") { graph in
      try graph.convolution([3, 416, 416], 16, kernel: 3, stride: 2, then: .silu)
    },
    KernelCase("conv", "1×1, 104² 16→16, ReLU") { graph in
      try graph.convolution([16, 104, 104], 16, kernel: 1, then: .relu)
    },
    KernelCase("conv", "1×1, 52² 64→64, ReLU") { graph in
      try graph.convolution([64, 52, 52], 64, kernel: 1, then: .relu)
    },
    KernelCase("conv", "1×1, 26² 128→128, SiLU") { graph in
      try graph.convolution([128, 26, 26], 128, kernel: 1, then: .silu)
    },
    KernelCase("conv", "1×1, 13² 256→256, ReLU") { graph in
      try graph.convolution([256, 13, 13], 256, kernel: 1, then: .relu)
    },
    KernelCase("conv", "3×3/2, 104² 32→64, ReLU") { graph in
      try graph.convolution([32, 104, 104], 64, kernel: 3, stride: 2, then: .relu)
    },
    KernelCase("depthwise", "3×3, 52² 96, SiLU") { graph in
      try graph.convolution([96, 52, 52], 96, kernel: 3, groups: 96, then: .silu)
    },
    KernelCase("depthwise", "3×3/2, 104² 64, ReLU") { graph in
      try graph.convolution([64, 104, 104], 64, kernel: 3, stride: 2, groups: 64, then: .relu)
    },
    KernelCase("depthwise", "5×5, 26² 128, ReLU") { graph in
      try graph.convolution([128, 26, 26], 128, kernel: 5, groups: 128, then: .relu)
    },
    KernelCase("winograd", "3×3, 80² 32→32, SiLU") { graph in
      try graph.convolution([32, 80, 80], 32, kernel: 3, then: .silu)
    },
    KernelCase("winograd", "3×3, 40² 64→64, ReLU") { graph in
      try graph.convolution([64, 40, 40], 64, kernel: 3, then: .relu)
    },
    KernelCase("winograd", "3×3, 20² 128→128, ReLU") { graph in
      try graph.convolution([128, 20, 20], 128, kernel: 3, then: .relu)
    },
    KernelCase("pool", "maximum 5×5, 13² 192") { graph in
      try graph.pool(.max, [192, 13, 13], kernel: 5, stride: 1)
    },
    KernelCase("pool", "maximum 3×3/2, 104² 24") { graph in
      try graph.pool(.max, [24, 104, 104], kernel: 3, stride: 2)
    },
    KernelCase("pool", "average 2×2/2, 52² 64") { graph in
      try graph.pool(.average, [64, 52, 52], kernel: 2, stride: 2)
    },
    KernelCase("resize", "nearest ×2, 26²→52² 96") { graph in
      try graph.resize([96, 26, 26], by: 2, .nearest)
    },
    KernelCase("resize", "linear ×2, 26²→52² 96") { graph in
      try graph.resize([96, 26, 26], by: 2, .linear)
    },
    KernelCase("map", "sum of two, 52² 64") { graph in
      let shape = [1, 64, 52, 52]
      return try graph.add(Binary(.add), [graph.input(shape), graph.input(shape)])
    },
    KernelCase("map", "SiLU, 52² 64") { graph in
      try graph.add(Unary(.silu), [graph.input([1, 64, 52, 52])])
    },
    KernelCase("reduce", "mean over 7², 1280") { graph in
      try graph.add(
        Reduce(.mean, axes: [2, 3], keepDimensions: true), [graph.input([1, 1280, 7, 7])])
    },
    KernelCase("softmax", "4 heads, 196 of 196") { graph in
      try graph.add(Softmax(axis: 3), [graph.input([1, 4, 196, 196])])
    },
    KernelCase("matmul", "4 heads, 196×32×196") { graph in
      try graph.add(
        MatMul(), [graph.input([1, 4, 196, 32]), graph.input([1, 4, 32, 196])])
    },
  ]
}

/// Writes a graph of one node.
struct KernelGraph {
  /// The name of the node that is timed.
  static let node = "kernel"

  var graph = Graph(name: "bench")
  private var state: UInt32 = 1

  init() {}

  mutating func input(_ shape: [Int]) -> ValueID {
    let value = Value(name: "x\(graph.inputs.count)", fact: Fact(.float32, Shape(shape)))
    let id = graph.add(value)
    graph.inputs.append(id)
    graph.declaredInputs.append(shape)
    return id
  }

  /// Numbers that look random, in −scale…scale.
  mutating func noise(_ shape: [Int], scale: Float) throws -> ValueID {
    let values = (0..<Shape(shape).count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return (Float(state >> 8) / Float(1 << 23) - 1) * scale
    }
    return constant(try Tensor(values, shape: Shape(shape)))
  }

  mutating func constant(_ tensor: Tensor) -> ValueID {
    graph.add(
      Value(
        name: "c\(graph.values.count)", fact: Fact(tensor.type, tensor.shape), constant: tensor))
  }

  /// Adds the node; its output's facts come from the operator's own rule.
  mutating func add(_ op: any Operator, _ inputs: [ValueID?]) throws -> ValueID {
    let known = inputs.map { id in
      id.flatMap { id in graph[id].fact.map { OperatorInput($0, constant: graph[id].constant) } }
    }
    let facts = try op.outputFacts(known)
    let output = graph.add(Value(name: "y", fact: facts[0]))
    graph.nodes.append(Node(name: Self.node, op: op, inputs: inputs, outputs: [output]))
    return output
  }

  mutating func convolution(
    _ shape: [Int], _ channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    then function: UnaryFunction
  ) throws -> ValueID {
    let x = input([1] + shape)
    let inner = shape[0] / groups
    let scale = 1 / Float(inner * kernel * kernel).squareRoot()
    let w = try noise([channels, inner, kernel, kernel], scale: scale)
    let b = try noise([channels], scale: 1)
    let pad = (kernel - 1) / 2
    return try add(
      Convolution(
        strides: [stride, stride], dilations: [1, 1], padding: .explicit([pad, pad, pad, pad]),
        groups: groups, activation: .unary(function)),
      [x, w, b])
  }

  mutating func pool(
    _ kind: Pool.Kind, _ shape: [Int], kernel: Int, stride: Int
  ) throws -> ValueID {
    let pad = (kernel - 1) / 2
    let x = input([1] + shape)
    return try add(
      Pool(
        kind: kind, kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
        padding: .explicit([pad, pad, pad, pad])), [x])
  }

  mutating func resize(_ shape: [Int], by scale: Float, _ mode: Resize.Mode) throws -> ValueID {
    let x = input([1] + shape)
    let scales = constant(try Tensor([1, 1, scale, scale], shape: [4]))
    return try add(
      Resize(
        mode: mode, coordinates: mode == .nearest ? .asymmetric : .halfPixel, rounding: .floor),
      [x, scales])
  }
}
