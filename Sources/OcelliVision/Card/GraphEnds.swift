import OcelliGraph
import OcelliTensor

/// What stands at the two ends of a graph: behind its input and in front of its outputs.
struct GraphEnds {
  private let graph: Graph
  private let producers: [Int?]

  init(_ graph: Graph) {
    self.graph = graph
    producers = graph.producers()
  }

  /// The names of what lies between `output` and the products and convolutions behind it.
  func tail(of output: ValueID) -> Set<String> {
    var names: Set<String> = []
    visit(from: output) { names.insert($0.op.name) }
    return names
  }

  /// The nodes between `output` and the products behind it, nearest first.
  private func visit(from output: ValueID, _ body: (Node) -> Void) {
    var seen: Set<Int> = []
    var open = [output]
    var next = 0
    while next < open.count {
      let value = open[next]
      next += 1
      guard let index = producers[value.index], seen.insert(index).inserted else { continue }
      let node = graph.nodes[index]
      if Self.isProduct(node.op) { continue }
      body(node)
      open += node.inputs.compactMap { $0 }
    }
  }

  /// The widths that the joining nearest to `output` joins along the numbers of a box: an axis that is
  /// as long as one of the output's last two, the shorter first.
  func pieces(of output: ValueID) -> [Int] {
    guard let shape = graph[output].fact?.shape, shape.rank >= 3 else { return [] }
    let sides = shape.dimensions.suffix(2).sorted() + [shape.dimensions[1]]
    for side in sides {
      var found: [Int] = []
      visit(from: output) { node in
        guard found.isEmpty, let join = node.op as? Concat, node.inputs.count > 1 else { return }
        let widths = node.inputs.map { input -> Int? in
          guard let input, let shape = graph[input].constant?.shape ?? graph[input].fact?.shape
          else { return nil }
          let axis = join.axis < 0 ? join.axis + shape.rank : join.axis
          return (0..<shape.rank).contains(axis) ? shape[axis] : nil
        }.compactMap { $0 }
        if widths.count == node.inputs.count, widths.reduce(0, +) == side { found = widths }
      }
      if !found.isEmpty { return found }
    }
    return []
  }

  /// Whether arithmetic with constants stands between the first input and the first convolution.
  func normalizesInside() -> Bool {
    guard var value = graph.inputs.first else { return false }
    let consumers = graph.consumers()
    for _ in 0..<8 {
      let readers = consumers[value.index].map { graph.nodes[$0] }.filter { !($0.op is ShapeOf) }
      guard readers.count == 1, let node = readers.first else { return false }
      if Self.isProduct(node.op) { return false }
      if node.op is BatchNormalization { return true }
      if let binary = node.op as? Binary,
        [.subtract, .add, .multiply, .divide].contains(binary.function),
        node.inputs.contains(where: { $0.flatMap { graph[$0].constant } != nil })
      {
        return true
      }
      guard let next = node.outputs.first ?? nil else { return false }
      value = next
    }
    return false
  }

  /// How the whole numbers of an input are read by the nodes that take it.
  func quantization(ofInput input: ValueID) -> Quantization? {
    for node in graph.nodes where node.inputs.first == input {
      if node.op is DequantizeLinear { return quantization(node, at: 1) }
      if let next = node.outputs.first ?? nil, Self.keepsValues(node.op) {
        return quantization(ofInput: next)
      }
    }
    return nil
  }

  private func quantization(_ node: Node, at index: Int) -> Quantization? {
    guard node.inputs.count > index, let scale = scalar(node.inputs[index]), scale > 0,
      scale.isFinite
    else { return nil }
    let zero = node.inputs.count > index + 1 ? scalar(node.inputs[index + 1]) ?? 0 : 0
    return Quantization(scale: scale, zero: Int(zero))
  }

  private func scalar(_ value: ValueID?) -> Float? {
    guard let value, let tensor = graph[value].constant, tensor.count == 1 else { return nil }
    switch tensor.type {
    case .float32: return tensor.array(of: Float.self).first
    case .int8: return tensor.array(of: Int8.self).first.map(Float.init)
    case .uint8: return tensor.array(of: UInt8.self).first.map(Float.init)
    case .int16: return tensor.array(of: Int16.self).first.map(Float.init)
    case .uint16: return tensor.array(of: UInt16.self).first.map(Float.init)
    case .int32: return tensor.array(of: Int32.self).first.map(Float.init)
    default: return nil
    }
  }

  private static func keepsValues(_ op: any Operator) -> Bool {
    ["Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"].contains(op.name)
  }

  private static func isProduct(_ op: any Operator) -> Bool {
    op is Convolution || op is MatMul || op is Gemm
      || ["Conv", "MatMul", "Gemm"].contains(where: op.name.contains)
  }
}
