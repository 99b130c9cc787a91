package import OcelliGraph

/// One rewrite of a graph that keeps what it computes.
package protocol GraphPass: Sendable {
  /// The word for `--stage` and messages.
  var name: String { get }
  /// Errors: where a node cannot be right.
  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError)
}

/// The second stage: one visible list of passes.
package enum Simplify {
  /// In order. Constants first: they tell the shapes that everything else asks for.
  package static let passes: [any GraphPass] = [
    FoldConstants(),
    RemoveNoOps(),
    JoinQuantizePairs(),
    FoldPads(),
    FoldScales(),
    FindActivations(),
    ReplaceDivisions(),
    FuseActivations(),
    FuseResiduals(),
    FuseActivations(),
    RemoveDeadCode(),
  ]

  /// Runs the passes. `verify`: checks the graph after each, as the tests do.
  /// Errors: what a pass or the verifier says, with the pass's name.
  package static func run(
    _ graph: Graph, evaluator: any OperatorEvaluator, verify: Bool = false
  ) throws(OperatorError) -> Graph {
    var graph = graph
    for pass in passes {
      try pass.apply(to: &graph, evaluator: evaluator)
      guard verify else { continue }
      do {
        try GraphVerifier.verify(graph)
      } catch {
        throw OperatorError("after \(pass.name): \(error)")
      }
    }
    return graph
  }
}

/// Removes nodes and values that nobody reads.
struct RemoveDeadCode: GraphPass {
  let name = "remove-dead-code"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    graph.removeDeadCode()
  }
}
