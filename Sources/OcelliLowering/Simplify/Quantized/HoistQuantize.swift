import OcelliGraph
import OcelliTensor

/// Quantises the parts of a concatenation instead of the whole, where some part was bytes before: parts of
/// other scales become functions of one byte, and nothing passes through floats.
struct HoistQuantize: GraphPass {
  let name = "hoist-quantize"

  /// A part may be a concatenation itself.
  private static let maximumDepth = 16

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    for _ in 0..<Self.maximumDepth {
      guard hoist(&graph) else { break }
    }
    graph.removeDeadCode()
  }

  /// Returns whether something was hoisted.
  private func hoist(_ graph: inout Graph) -> Bool {
    let uses = Uses(graph)
    var nodes: [Node] = []
    // Quantisations that their concatenations took over.
    var taken = Set<Int>()
    for (index, node) in graph.nodes.enumerated() where !taken.contains(index) {
      guard node.op is Concat, let whole = node.outputs[0], let reader = uses.onlyReader(whole),
        graph.nodes[reader].op is QuantizeLinear, graph.nodes[reader].inputs[0] == whole,
        graph.byteScale(of: graph.nodes[reader]) != nil,
        node.inputs.contains(where: { part in
          graph.producer(of: part, uses.producers, as: DequantizeLinear.self) != nil
        })
      else {
        nodes.append(node)
        continue
      }
      let quantize = graph.nodes[reader]
      var concat = node
      for (position, part) in node.inputs.enumerated() {
        guard let part else { continue }
        let bytes = graph.add(
          Value(
            name: "\(graph[part].name)/quantized", fact: Fact(.uint8, graph[part].fact?.shape)))
        nodes.append(
          Node(
            name: quantize.name, op: quantize.op,
            inputs: [part] + quantize.inputs.dropFirst(), outputs: [bytes]))
        concat.inputs[position] = bytes
      }
      concat.outputs = quantize.outputs
      nodes.append(concat)
      taken.insert(reader)
    }
    graph.nodes = nodes
    return !taken.isEmpty
  }
}
