import OcelliGraph
import OcelliTensor

/// Computes what does not depend on the input, and with it the shapes of the rest.
struct FoldConstants: GraphPass {
  let name = "fold-constants"

  /// A result larger than this stays a node. Units: elements.
  static let limit = 1 << 24
  /// What all results together may hold: a small file must not fold into gigabytes.
  static let totalLimit = 1 << 26

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    var kept: [Node] = []
    var total = 0
    for index in graph.nodes.indices {
      try graph.inferFacts(ofNode: index)
      let node = graph.nodes[index]
      if total < Self.totalLimit, let results = results(of: node, in: graph, evaluator),
        !node.outputs.contains(where: { $0.map(graph.outputs.contains) ?? false })
      {
        for case (let output?, let tensor) in zip(node.outputs, results) {
          total += tensor.count
          graph[output].constant = tensor
          graph[output].fact = Fact(tensor.type, tensor.shape)
        }
      } else {
        kept.append(node)
      }
    }
    graph.nodes = kept
  }

  private func results(of node: Node, in graph: Graph, _ evaluator: any OperatorEvaluator)
    -> [Tensor]?
  {
    if let op = node.op as? ShapeOf, let x = node.inputs.first ?? nil,
      let shape = graph[x].fact?.shape
    {
      let rank = shape.rank
      func clamp(_ axis: Int) -> Int { min(max(axis < 0 ? axis + rank : axis, 0), rank) }
      let range = clamp(op.start)..<max(clamp(op.start), clamp(op.end ?? rank))
      let extents = shape.dimensions[range].map(Int64.init)
      return (try? Tensor(extents, shape: [extents.count])).map { [$0] }
    }
    for output in node.outputs {
      guard let output else { continue }
      // A shape that is unknown although the inputs are not is too large, or a mistake at run time.
      guard let count = graph[output].fact?.shape?.count, count <= Self.limit else { return nil }
    }
    var inputs: [Tensor?] = []
    for input in node.inputs {
      guard let input else {
        inputs.append(nil)
        continue
      }
      guard let constant = graph[input].constant else { return nil }
      inputs.append(constant)
    }
    return try? evaluator.evaluate(node.op, inputs, outputCount: node.outputs.count)
  }
}
