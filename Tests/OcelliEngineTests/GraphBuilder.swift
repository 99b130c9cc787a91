import OcelliEngine
import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliTensor
import Testing

/// Numbers that look random and are the same in every run.
struct Noise {
  var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// −1…1
  mutating func next() -> Float {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
  }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}

/// Graphs that tests write node by node.
struct GraphBuilder {
  var graph = Graph(name: "test")
  var noise = Noise(1)

  mutating func input(_ shape: [Int], type: ElementType = .float32) -> ValueID {
    let id = graph.add(Value(name: "x\(graph.inputs.count)", fact: Fact(type, Shape(shape))))
    graph.inputs.append(id)
    graph.declaredInputs.append(shape)
    return id
  }

  mutating func constant(_ shape: [Int], scale: Float = 1) throws -> ValueID {
    let tensor = try Tensor(
      noise.floats(Shape(shape).count).map { $0 * scale }, shape: Shape(shape))
    return constant(tensor)
  }

  mutating func constant(_ tensor: Tensor) -> ValueID {
    graph.add(
      Value(name: "c\(graph.values.count)", fact: Fact(tensor.type, tensor.shape), constant: tensor)
    )
  }

  /// Adds a node; its output's facts come from the operator's own rule.
  mutating func add(_ op: any Operator, _ inputs: [ValueID?], outputs: Int = 1) throws -> [ValueID]
  {
    let known = inputs.map { id in
      id.map { OperatorInput(graph[$0].fact!, constant: graph[$0].constant) }
    }
    let facts = try op.outputFacts(known)
    let ids = facts.prefix(outputs).map { fact in
      graph.add(Value(name: "v\(graph.values.count)", fact: fact))
    }
    graph.nodes.append(Node(name: "n\(graph.nodes.count)", op: op, inputs: inputs, outputs: ids))
    return ids
  }

  mutating func convolution(
    _ x: ValueID, _ channels: Int, kernel: Int = 3, stride: Int = 1, dilation: Int = 1,
    groups: Int = 1, pad: Int? = nil, activation: Activation? = nil, residual: ValueID? = nil
  ) throws -> ValueID {
    let inChannels = graph[x].fact!.shape![1]
    let fan = Float(kernel * kernel * inChannels / groups)
    let w = try constant(
      [channels, inChannels / groups, kernel, kernel], scale: 1 / fan.squareRoot())
    let b = try constant([channels])
    let p = pad ?? dilation * (kernel - 1) / 2
    return try add(
      Convolution(
        strides: [stride, stride], dilations: [dilation, dilation],
        padding: .explicit([p, p, p, p]), groups: groups, activation: activation),
      [x, w, b, residual])[0]
  }
}

/// Runs a simplified graph on given inputs. Returns the outputs, row-major.
func run(
  _ graph: Graph, _ inputs: [[Float]], chains: ChainPolicy = .never,
  tier: KernelTier = .current, crew: Crew
) throws -> [[Float]] {
  let session = try Session(
    simplified: graph, options: SessionOptions(chains: chains, tier: tier))
  let context = try session.makeContext()
  for (index, values) in inputs.enumerated() {
    context.withInput(index, of: Float.self) { span in
      for i in values.indices { span[i] = values[i] }
    }
  }
  try session.run(context, crew: crew)
  return try graph.outputs.indices.map { try context.output($0).array(of: Float.self) }
}

/// Whether two lists are the same to the last bit.
func sameBits(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
}

/// The largest difference, relative to the largest magnitude.
func relativeError(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  let scale = b.map { abs($0) }.max() ?? 0
  let difference = zip(a, b).map { abs($0 - $1) }.max() ?? 0
  return difference / max(scale, 1e-20)
}
