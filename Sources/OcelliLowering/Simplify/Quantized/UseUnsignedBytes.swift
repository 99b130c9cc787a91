import OcelliGraph
import OcelliTensor

/// int8 activations become uint8 ones, moved by 128, so that kernels know one kind of byte. What is
/// connected by moves of elements changes together, or not at all.
struct UseUnsignedBytes: GraphPass {
  let name = "use-unsigned-bytes"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let uses = Uses(graph)
    var seen = Set<ValueID>()
    for index in graph.nodes.indices {
      guard graph.nodes[index].op is QuantizeLinear || graph.nodes[index].op is Requantize,
        let start = graph.nodes[index].outputs[0], graph[start].fact?.type == .int8,
        !seen.contains(start)
      else { continue }
      var group: Set<ValueID> = []
      guard collect(start, graph, uses, &group) else {
        seen.formUnion(group)
        continue
      }
      seen.formUnion(group)
      try change(group, &graph, uses)
    }
  }

  /// Gathers all values that have to change with one. Returns whether all of them can.
  private func collect(
    _ start: ValueID, _ graph: Graph, _ uses: Uses, _ group: inout Set<ValueID>
  ) -> Bool {
    var open = [start]
    var canChange = true
    while let id = open.popLast() {
      guard group.insert(id).inserted else { continue }
      guard let producer = uses.producers[id.index], !uses.isOutput(id),
        graph[id].fact?.type == .int8
      else {
        canChange = false
        continue
      }
      let maker = graph.nodes[producer]
      if maker.op.movesBytes {
        open += maker.byteInputs.compactMap { $0 }
      } else if !(maker.op is QuantizeLinear || maker.op is Requantize)
        || !hasOneZeroPoint(maker, graph)
      {
        canChange = false
      }
      for reader in uses.consumers[id.index] {
        let node = graph.nodes[reader]
        if node.op.movesBytes {
          canChange =
            canChange && node.byteInputs.contains(id) && node.otherInputs.allSatisfy { $0 != id }
          open += node.outputs.compactMap { $0 }
        } else if node.op is DequantizeLinear || node.op is ConvolutionInteger {
          canChange =
            canChange && node.inputs[0] == id && !node.inputs.dropFirst().contains(id)
            && hasOneZeroPoint(node, graph)
        } else {
          canChange = false
        }
      }
    }
    return canChange
  }

  /// Whether the node's zero point for the activation is absent or one known number.
  private func hasOneZeroPoint(_ node: Node, _ graph: Graph) -> Bool {
    guard let id = node.input(2) else {
      return !(node.op is Requantize)
    }
    return graph[id].constant?.count == 1
  }

  private func change(
    _ group: Set<ValueID>, _ graph: inout Graph, _ uses: Uses
  ) throws(OperatorError) {
    var nodes = Set<Int>()
    for id in group {
      graph[id].fact?.type = .uint8
      if let producer = uses.producers[id.index] { nodes.insert(producer) }
      nodes.formUnion(uses.consumers[id.index])
    }
    for index in nodes where !graph.nodes[index].op.movesBytes {
      let given = graph.nodes[index].input(2)
      let zero = given.flatMap { graph[$0].constant }?.array(of: Int8.self)[0] ?? 0
      let moved = try graph.addScalar(UInt8(Int(zero) + 128))
      while graph.nodes[index].inputs.count < 3 { graph.nodes[index].inputs.append(nil) }
      graph.nodes[index].inputs[2] = moved
      if let op = graph.nodes[index].op as? QuantizeLinear {
        graph.nodes[index].op = QuantizeLinear(
          axis: op.granularity.axis, block: op.granularity.block, saturate: op.saturate)
      }
    }
  }
}

extension Operator {
  /// Whether the operator puts elements elsewhere, or chooses among them, without looking at the scale:
  /// it does the same to bytes as to the numbers that they stand for.
  var movesBytes: Bool {
    switch self {
    case is Concat, is Split, is Slice, is Gather, is Transpose, is Reshape, is Flatten, is Squeeze,
      is Unsqueeze, is Expand, is Identity, is BlockMove:
      true
    case let op as Pool: op.kind == .max
    case let op as Resize: op.mode == .nearest
    default: false
    }
  }
}

extension Node {
  /// Of an operator that moves bytes: the inputs that are moved.
  var byteInputs: ArraySlice<ValueID?> { op is Concat ? inputs[...] : inputs.prefix(1) }
  /// The rest: shapes, axes, indices.
  var otherInputs: ArraySlice<ValueID?> { inputs.dropFirst(byteInputs.count) }
}
