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
  /// In order. Constants early: they tell the shapes that everything else asks for.
  package static let passes: [any GraphPass] = [
    WidenHalves(),
    FoldConstants(keepsQuantized: true),
    FoldBranches(),
    ReplaceDynamicQuantization(),
    RemoveNoOps(),
    UseUnsignedBytes(),
    SinkDequantize(),
    HoistQuantize(),
    FindByteFunctions(),
    FindQuantizedBinaries(),
    FindQuantizedConvolutions(),
    FuseByteTables(),
    FoldConstants(),
    JoinQuantizePairs(),
    FoldSpaceToDepth(),
    FoldPads(),
    FoldScales(),
    ReplaceBatchNormalization(),
    FindActivations(),
    HoistActivations(),
    ReplaceDivisions(),
    FuseActivations(),
    FuseResiduals(),
    FuseActivations(),
    RemoveDeadCode(),
  ]

  /// Runs the passes. `last`: the name of the pass to stop after, nil runs them all. `verify`: checks
  /// the graph after each, as the tests do.
  /// Errors: what a pass or the verifier says, with the pass's name; no pass of that name.
  package static func run(
    _ graph: Graph, evaluator: any OperatorEvaluator, through last: String? = nil,
    verify: Bool = false
  ) throws(OperatorError) -> Graph {
    if let last, !passes.contains(where: { $0.name == last }) {
      let names = passes.map(\.name).joined(separator: ", ")
      throw OperatorError("no pass is called \(last.debugDescription); there are \(names)")
    }
    var graph = graph
    for pass in passes {
      try pass.apply(to: &graph, evaluator: evaluator)
      if verify {
        do { try GraphVerifier.verify(graph) } catch {
          throw OperatorError("after \(pass.name): \(error)")
        }
      }
      if pass.name == last { break }
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
