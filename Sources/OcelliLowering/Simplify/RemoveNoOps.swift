import OcelliGraph
import OcelliTensor

/// Removes nodes whose output is their input: casts to the same type, reshapes to the same shape.
struct RemoveNoOps: GraphPass {
  let name = "remove-no-ops"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    let before = graph
    graph.removeNodes { changesNothing($0, before) }
    graph.removeDeadCode()
  }

  private func changesNothing(_ node: Node, _ graph: Graph) -> Bool {
    guard let x = node.inputs.first ?? nil, node.outputs.count == 1, let y = node.outputs[0],
      let from = graph[x].fact, let to = graph[y].fact, from.shape != nil, from == to
    else { return false }
    switch node.op {
    case is Cast, is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Expand, is Tile: return true
    case let op as Transpose:
      return op.permutation.map { $0 == Array($0.indices) } ?? ((from.shape?.rank ?? 2) < 2)
    case is Concat: return node.inputs.count == 1
    case let op as Resize:
      // Only where the scale is 1 too: a stated scale of 1.01 may keep the size and move the samples.
      guard op.mode == .nearest, op.isPlain, node.input(2) == nil,
        let scales = node.input(1), let tensor = graph[scales].constant,
        tensor.type == .float32
      else { return false }
      return tensor.array(of: Float.self).allSatisfy { $0 == 1 }
    default: return false
    }
  }
}
