import OcelliGraph
import OcelliTensor

/// Moves a `DequantizeLinear` behind what only moves elements: bytes are moved instead of floats, and
/// the quantisation that mostly follows meets it.
struct SinkDequantize: GraphPass {
  let name = "sink-dequantize"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    // In order: what sank once is found by the next move.
    var makers: [ValueID: Node] = [:]
    var nodes: [Node] = []
    for node in graph.nodes {
      guard node.op.movesBytes, let moved = sunk(node, makers, &graph) else {
        nodes.append(node)
        if node.op is DequantizeLinear, let output = node.outputs[0] { makers[output] = node }
        continue
      }
      nodes += moved
      for made in moved where made.op is DequantizeLinear {
        if let output = made.outputs[0] { makers[output] = made }
      }
    }
    graph.nodes = nodes
    graph.removeDeadCode()
  }

  /// The move among bytes and a `DequantizeLinear` for each output; nil where the parts have not one
  /// scale.
  private func sunk(_ node: Node, _ makers: [ValueID: Node], _ graph: inout Graph) -> [Node]? {
    var bytes: [ValueID?] = []
    var common: (scale: ByteScale, node: Node)?
    for input in node.byteInputs {
      guard let input, let maker = makers[input], let scale = graph.byteScale(of: maker),
        common == nil || common?.scale == scale
      else { return nil }
      common = (scale, maker)
      bytes.append(maker.inputs[0])
    }
    guard let common else { return nil }
    var move = node
    move.inputs = bytes + node.otherInputs
    var after: [Node] = []
    for (place, output) in node.outputs.enumerated() {
      guard let output else { continue }
      let moved = graph.add(
        Value(
          name: "\(graph[output].name)/bytes", fact: Fact(.uint8, graph[output].fact?.shape)))
      move.outputs[place] = moved
      after.append(
        Node(
          name: common.node.name, op: common.node.op,
          inputs: [moved] + common.node.inputs.dropFirst(), outputs: [output]))
    }
    return [move] + after
  }
}
