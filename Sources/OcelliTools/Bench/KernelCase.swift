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
}

/// Writes a graph of one node.
struct KernelGraph {
  /// The name of the node that is timed.
  static let node = "kernel"

  var graph = Graph(name: "bench")
  private var numbers = Noise()

  init() {}

  mutating func input(_ shape: [Int], _ type: ElementType = .float32) -> ValueID {
    let value = Value(name: "x\(graph.inputs.count)", fact: Fact(type, Shape(shape)))
    let id = graph.add(value)
    graph.inputs.append(id)
    graph.declaredInputs.append(shape)
    return id
  }

  /// Numbers that look random, in −scale…scale.
  mutating func noise(_ shape: [Int], scale: Float) throws -> ValueID {
    let values = (0..<Shape(shape).count).map { _ in (numbers.next() * 2 - 1) * scale }
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

  mutating func byteConvolution(
    _ shape: [Int], _ channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    table: Bool = false
  ) throws -> ValueID {
    let x = input([1] + shape, .uint8)
    let inner = shape[0] / groups
    let count = channels * inner * kernel * kernel
    let weights = (0..<count).map { Int8($0 * 37 % 255 - 127) }
    let w = constant(try Tensor(weights, shape: Shape([channels, inner, kernel, kernel])))
    let b = constant(
      try Tensor((0..<channels).map { Int32($0 * 11) }, shape: Shape([channels])))
    let scale = 1 / Float(64 * inner * kernel * kernel)
    let multiplier = constant(
      try Tensor([Float](repeating: scale, count: channels), shape: Shape([channels])))
    let pad = (kernel - 1) / 2
    let window = ConvolutionInteger(
      strides: [stride, stride], dilations: [1, 1], padding: .explicit([pad, pad, pad, pad]),
      groups: groups)
    let bytes = table ? (0..<256).map { UInt8($0 / 2) } : []
    return try add(
      QuantizedConvolution(
        window: window, zero: 128, output: .bytes(zero: 120, low: 0, high: 255, table: bytes)),
      [x, w, b, multiplier])
  }

  mutating func pool(
    _ kind: Pool.Kind, _ shape: [Int], kernel: Int, stride: Int,
    _ type: ElementType = .float32
  ) throws -> ValueID {
    let pad = (kernel - 1) / 2
    let x = input([1] + shape, type)
    return try add(
      Pool(
        kind: kind, kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
        padding: .explicit([pad, pad, pad, pad])), [x])
  }

  mutating func resize(
    _ shape: [Int], by scale: Float, _ mode: Resize.Mode, _ type: ElementType = .float32
  ) throws -> ValueID {
    let x = input([1] + shape, type)
    let scales = constant(try Tensor([1, 1, scale, scale], shape: [4]))
    return try add(
      Resize(
        mode: mode, coordinates: mode == .nearest ? .asymmetric : .halfPixel, rounding: .floor),
      [x, scales])
  }
}
