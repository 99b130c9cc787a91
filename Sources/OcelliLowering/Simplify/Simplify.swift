package import OcelliGraph

/// One rewrite of a graph that keeps what it computes.
package protocol GraphPass: Sendable {
  var name: String { get }
  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError)
}

/// The second stage: one visible list of passes.
package enum Simplify {
  /// In order.
  package static let passes: [any GraphPass] = []
}
