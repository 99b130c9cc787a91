import OcelliGraph
import OcelliTensor

/// `DequantizeLinear` twice, an addition or a product (and clamps), `QuantizeLinear`: one operator on bytes.
struct FindQuantizedBinaries: GraphPass {
  let name = "find-quantized-binaries"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let uses = Uses(graph)
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let op = node.op as? Binary, let function = function(op), let output = node.outputs[0],
        let a = operand(node.inputs[0], graph, uses), let b = operand(node.inputs[1], graph, uses),
        let end = graph.ending(of: output, uses)
      else { continue }
      graph.nodes[end.place] = Node(
        name: node.name,
        op: QuantizedBinary(
          function, a: a.scale, b: b.scale, y: end.scale, low: end.low, high: end.high),
        inputs: [a.bytes, b.bytes], outputs: [end.output])
    }
    graph.removeDeadCode()
  }

  private func function(_ op: Binary) -> QuantizedBinary.Function? {
    switch op.function {
    case .add: .add
    case .multiply: .multiply
    default: nil
    }
  }

  private func operand(
    _ id: ValueID?, _ graph: Graph, _ uses: Uses
  ) -> (bytes: ValueID, scale: ByteScale)? {
    guard let node = graph.producer(of: id, uses.producers, as: DequantizeLinear.self)?.node,
      let bytes = node.inputs[0], let scale = graph.byteScale(of: node)
    else { return nil }
    return (bytes, scale)
  }
}
