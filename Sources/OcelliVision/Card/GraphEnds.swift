import OcelliGraph
import OcelliTensor

/// What stands at the two ends of a graph: behind its input and in front of its outputs.
struct GraphEnds {
  private let graph: Graph
  /// For each value the node that makes it of what comes in; nil for what constants alone make.
  private let producers: [Int?]

  init(_ graph: Graph) {
    self.graph = graph
    var producers = graph.producers()
    var flows = [Bool](repeating: false, count: graph.values.count)
    for input in graph.inputs { flows[input.index] = true }
    for node in graph.nodes {
      let isFed = node.inputs.contains { $0.map { flows[$0.index] } ?? false }
      for case let output? in node.outputs {
        flows[output.index] = isFed
        if !isFed { producers[output.index] = nil }
      }
    }
    self.producers = producers
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

  /// What arithmetic with constants between the first input and the first convolution takes for a
  /// pixel's range; nil where there is none.
  func innerNormalization() -> InnerNormalization? {
    guard var value = graph.inputs.first else { return nil }
    let consumers = graph.consumers()
    for _ in 0..<8 {
      let readers = consumers[value.index].map { graph.nodes[$0] }.filter { !($0.op is ShapeOf) }
      guard readers.count == 1, let node = readers.first else { return nil }
      if Self.isProduct(node.op) { return nil }
      if node.op is BatchNormalization {
        return InnerNormalization(.subtract, largest(node.input(3)))
      }
      if let binary = node.op as? Binary,
        [.subtract, .add, .multiply, .divide].contains(binary.function),
        let other = node.inputs.first(where: { $0.flatMap { graph[$0].constant } != nil })
      {
        return InnerNormalization(binary.function, largest(other))
      }
      guard let next = node.outputs.first ?? nil else { return nil }
      value = next
    }
    return nil
  }

  /// The largest magnitude in a small constant of floats.
  private func largest(_ value: ValueID?) -> Float? {
    guard let value, let tensor = graph[value].constant, tensor.count <= 16 else { return nil }
    switch tensor.type {
    case .float32: return tensor.array(of: Float.self).map(abs).max()
    case .float16: return tensor.array(of: Float16.self).map { abs(Float($0)) }.max()
    default: return nil
    }
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

/// The range of a pixel that a graph's own normalisation begins from.
enum InnerNormalization: Sendable {
  /// 0…255, or unknown.
  case bytes
  /// 0…1.
  case shares

  /// `largest`: the constant's largest magnitude, where it is known. A mean or a divisor of pixels is
  /// far above 1, and a factor far below.
  init(_ function: BinaryFunction, _ largest: Float?) {
    guard let largest, largest > 0 else {
      self = .bytes
      return
    }
    self = (function == .multiply ? largest >= 0.5 : largest <= 1) ? .shares : .bytes
  }
}
