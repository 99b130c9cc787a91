import OcelliGraph
import OcelliTensor

/// A function of a byte that alone reads a convolution is the convolution's last step.
struct FuseByteTables: GraphPass {
  let name = "fuse-byte-tables"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let uses = Uses(graph)
    for index in graph.nodes.indices {
      guard let table = graph.nodes[index].op as? ByteTable, let x = graph.nodes[index].inputs[0],
        uses.onlyReader(x) == index, let place = uses.producers[x.index],
        var op = graph.nodes[place].op as? QuantizedConvolution,
        case .bytes(let zero, let low, let high, let before) = op.output
      else { continue }
      let both = before.isEmpty ? table.table : before.map { table.table[Int($0)] }
      op.output = .bytes(zero: zero, low: low, high: high, table: both)
      // The convolution moves to where its function stood; a table that follows finds it there.
      graph.nodes[index] = Node(
        name: graph.nodes[place].name, op: op, inputs: graph.nodes[place].inputs,
        outputs: graph.nodes[index].outputs)
    }
    graph.removeDeadCode()
  }
}
