import OcelliGraph
import OcelliTensor

/// Recognises functions that exporters spell out: x·sigmoid(x), x·hardSigmoid(x), x·clip(x + 3, 0, 6)/6.
struct FindActivations: GraphPass {
  let name = "find-activations"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    let producers = graph.producers()
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let op = node.op as? Binary, op.function == .multiply, let a = node.inputs[0],
        let b = node.inputs[1]
      else { continue }
      for (x, gate) in [(a, b), (b, a)] {
        guard let producer = producers[gate.index], graph.nodes[producer].inputs.first == x,
          let unary = graph.nodes[producer].op as? Unary, let function = product(unary.function)
        else { continue }
        graph.nodes[index] = Node(
          name: node.name, op: Unary(function), inputs: [x], outputs: node.outputs)
        break
      }
    }
    graph.removeDeadCode()
    findLeaks(&graph)
    findHardSwish(&graph)
  }

  /// relu(x) + slope · min(x, 0), the import's PRelu.
  private func findLeaks(_ graph: inout Graph) {
    let producers = graph.producers()
    func producer(_ id: ValueID?) -> Node? {
      id.flatMap { producers[$0.index] }.map { graph.nodes[$0] }
    }
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let sum = node.op as? Binary, sum.function == .add, let y = node.outputs[0],
        graph[y].fact?.type == .float32, let positive = producer(node.inputs[0]),
        (positive.op as? Unary)?.function == .relu, let x = positive.inputs[0],
        graph[x].fact == graph[y].fact, let scaled = producer(node.inputs[1]),
        (scaled.op as? Binary)?.function == .multiply, let negative = producer(scaled.inputs[0]),
        (negative.op as? Unary)?.function == .clip(low: -.infinity, high: 0),
        negative.inputs[0] == x, let slope = scaled.inputs[1], isFinite(slope, graph)
      else { continue }
      graph.nodes[index] = Node(
        name: node.name, op: Binary(.leak), inputs: [x, slope], outputs: node.outputs)
    }
    graph.removeDeadCode()
  }

  /// Whether a constant times 0 is 0.
  private func isFinite(_ id: ValueID, _ graph: Graph) -> Bool {
    guard let tensor = graph[id].constant, tensor.type == .float32 else { return false }
    return tensor.array(of: Float.self).allSatisfy(\.isFinite)
  }

  /// x times a gate of x, where that has a name.
  private func product(_ gate: UnaryFunction) -> UnaryFunction? {
    switch gate {
    case .sigmoid: .silu
    case .hardSigmoid(let alpha, let beta) where abs(alpha - 1 / 6) < 1e-4 && beta == 0.5:
      .hardSwish
    default: nil
    }
  }

  /// x · clip(x + 3, 0, 6) / 6, the division first, last or as a product.
  private func findHardSwish(_ graph: inout Graph) {
    let producers = graph.producers()
    func producer(_ id: ValueID?) -> Node? {
      id.flatMap { producers[$0.index] }.map { graph.nodes[$0] }
    }
    func scalar(_ id: ValueID?) -> Float? {
      guard let id, let tensor = graph[id].constant, tensor.type == .float32, tensor.count == 1
      else { return nil }
      return tensor.array(of: Float.self)[0]
    }
    /// The operand of `value / 6` or `value · (1/6)`.
    func sixth(_ node: Node) -> ValueID? {
      guard let op = node.op as? Binary, let by = scalar(node.inputs[1]) else { return nil }
      if op.function == .divide && by == 6 { return node.inputs[0] }
      if op.function == .multiply && abs(by - 1 / 6) < 1e-4 { return node.inputs[0] }
      return nil
    }
    /// x where the value is clip(x + 3, 0, 6).
    func ramp(_ id: ValueID?) -> ValueID? {
      guard let clip = producer(id), let unary = clip.op as? Unary,
        unary.function == .clip(low: 0, high: 6), let sum = producer(clip.inputs[0]),
        let add = sum.op as? Binary, add.function == .add
      else { return nil }
      if scalar(sum.inputs[1]) == 3 { return sum.inputs[0] }
      return scalar(sum.inputs[0]) == 3 ? sum.inputs[1] : nil
    }
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      var found: ValueID?
      if let inner = sixth(node), let product = producer(inner), let op = product.op as? Binary,
        op.function == .multiply
      {
        for (x, gate) in [(0, 1), (1, 0)] where ramp(product.inputs[gate]) == product.inputs[x] {
          found = product.inputs[x]
        }
      } else if let op = node.op as? Binary, op.function == .multiply {
        for (x, gate) in [(0, 1), (1, 0)] {
          guard let scaled = producer(node.inputs[gate]), let inner = sixth(scaled),
            ramp(inner) == node.inputs[x]
          else { continue }
          found = node.inputs[x]
        }
      }
      if let found {
        graph.nodes[index] = Node(
          name: node.name, op: Unary(.hardSwish), inputs: [found], outputs: node.outputs)
      }
    }
    graph.removeDeadCode()
  }
}
