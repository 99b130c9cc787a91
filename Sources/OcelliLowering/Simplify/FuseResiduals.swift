import OcelliGraph
import OcelliTensor

/// An addition that alone reads a convolution's output is made before the output is stored.
struct FuseResiduals: GraphPass {
  let name = "fuse-residuals"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    let consumers = graph.consumers()
    var makers = graph.producers()
    var gone = Set<Int>()
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let op = node.op as? Binary, op.function == .add, let a = node.inputs[0],
        let b = node.inputs[1], a != b, let y = node.outputs[0]
      else { continue }
      // Of two convolutions the later one, so that the other's output is there.
      let order = [(a, b), (b, a)].sorted {
        (makers[$0.0.index] ?? -1) > (makers[$1.0.index] ?? -1)
      }
      for (x, other) in order {
        guard let maker = makers[x.index], let convolution = graph.nodes[maker].op as? Convolution,
          convolution.activation == nil, graph.nodes[maker].inputs.count < 4,
          consumers[x.index].count == 1, !graph.outputs.contains(x),
          graph[other].constant == nil, graph[other].fact == graph[x].fact,
          graph[x].fact?.shape?.rank == 4
        else { continue }
        var inputs = graph.nodes[maker].inputs
        while inputs.count < 3 { inputs.append(nil) }
        graph.nodes[index] = Node(
          name: graph.nodes[maker].name, op: convolution, inputs: inputs + [other], outputs: [y])
        makers[y.index] = index
        gone.insert(maker)
        break
      }
    }
    graph.nodes = graph.nodes.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
    graph.removeDeadCode()
  }
}
