import OcelliGraph
import OcelliTensor

/// Puts the branch of a known condition in the place of its node, and constants into bodies, where
/// what follows from them is computed once and not in every trip.
struct FoldBranches: GraphPass {
  let name = "fold-branches"

  /// A branch can make another condition known; behind this many rounds the rest stays.
  private static let maximumRounds = 32

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    guard graph.nodes.contains(where: { $0.op is any ControlFlow }) else { return }
    for _ in 0..<Self.maximumRounds {
      guard try takeBranches(&graph) else { break }
      graph.removeIdentities()
      try FoldConstants(keepsQuantized: true).apply(to: &graph, evaluator: evaluator)
    }
    for index in graph.nodes.indices { try fold(&graph, index, evaluator) }
    graph.removeDeadCode()
  }

  /// Returns whether there was one.
  private func takeBranches(_ graph: inout Graph) throws(OperatorError) -> Bool {
    var kept: [Node] = []
    var hasTaken = false
    for node in graph.nodes {
      guard let op = node.op as? If, let id = node.inputs[0],
        let condition = graph[id].constant
      else {
        kept.append(node)
        continue
      }
      let branch = try op.branch(where: condition)
      let outer = node.inputs.dropFirst().compactMap { $0 }
      guard outer.count == branch.inputs.count else {
        throw OperatorError("\(node.label): a branch of \(branch.inputs.count) inputs")
      }
      let (nodes, outputs) = graph.adopt(branch, inputs: outer)
      kept += nodes
      for (inner, output) in zip(outputs, node.outputs) where output != nil {
        kept.append(
          Node(name: node.name, op: Identity(), inputs: [inner], outputs: [output]))
      }
      hasTaken = true
    }
    graph.nodes = kept
    return hasTaken
  }

  /// Constants that a body reads from around it become its own, and it is folded with them.
  private func fold(
    _ graph: inout Graph, _ index: Int, _ evaluator: any OperatorEvaluator
  ) throws(OperatorError) {
    guard var op = graph.nodes[index].op as? any ControlFlow else { return }
    var inputs = graph.nodes[index].inputs
    let own = op.ownInputCount
    var bodies = op.bodies
    for place in inputs.indices.reversed() where place >= own {
      guard let id = inputs[place], let constant = graph[id].constant else { continue }
      inputs.remove(at: place)
      for body in bodies.indices {
        let inner = bodies[body].inputs.remove(
          at: bodies[body].inputs.count - (inputs.count + 1 - place))
        bodies[body][inner].constant = constant
        bodies[body][inner].fact = Fact(constant.type, constant.shape)
      }
    }
    for body in bodies.indices {
      // A body may be wrong for what it is never run on.
      var folded = bodies[body]
      do throws(OperatorError) {
        try FoldConstants().apply(to: &folded, evaluator: evaluator)
        try apply(to: &folded, evaluator: evaluator)
        folded.removeIdentities()
        folded.removeDeadCode()
        folded.forgetInferredFacts()
        bodies[body] = folded
      } catch { continue }
    }
    op.bodies = bodies
    graph.nodes[index].op = op
    graph.nodes[index].inputs = inputs
  }
}
