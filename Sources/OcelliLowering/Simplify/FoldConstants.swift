import OcelliGraph
import OcelliTensor

/// Computes what does not depend on the input, and with it the shapes of the rest.
struct FoldConstants: GraphPass {
  /// Leaves constants that are dequantised as they are, for the passes that look for quantised operators.
  let keepsQuantized: Bool

  init(keepsQuantized: Bool = false) { self.keepsQuantized = keepsQuantized }

  var name: String { keepsQuantized ? "fold-constants" : "fold-dequantized" }

  /// What a hostile file can make this pass hold and do; behind that, nodes stay nodes.
  private struct Budget {
    /// Of one result. Units: elements.
    static let resultLimit = 1 << 24
    /// Of one node. Units: those of `Operator.work`.
    static let nodeLimit = 1 << 27

    /// Units: bytes of all results.
    var bytes = 256 << 20
    var work = 1 << 29
    let end = ContinuousClock.now + .seconds(10)
  }

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    var kept: [Node] = []
    var errors: [OperatorError] = []
    var budget = Budget()
    let outputs = Set(graph.outputs)
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      do { try graph.inferFacts(ofNode: index) } catch {
        errors.append(error)
        for case let output? in node.outputs { graph[output].fact = nil }
        continue
      }
      guard !node.outputs.contains(where: { $0.map(outputs.contains) ?? false }),
        !(keepsQuantized && node.op is DequantizeLinear),
        let results = results(of: node, in: graph, evaluator, &budget)
      else {
        kept.append(node)
        continue
      }
      for case (let output?, let tensor) in zip(node.outputs, results) {
        graph[output].constant = tensor
        graph[output].fact = Fact(tensor.type, tensor.shape)
      }
    }
    guard errors.isEmpty else { throw .joined(errors) }
    graph.nodes = kept
  }

  /// The node's outputs where they are known and may be computed now.
  private func results(
    of node: Node, in graph: Graph, _ evaluator: any OperatorEvaluator, _ budget: inout Budget
  ) -> [Tensor]? {
    if let op = node.op as? ShapeOf, let x = node.inputs.first ?? nil,
      let shape = graph[x].fact?.shape
    {
      let extents = op.extents(of: shape).map(Int64.init)
      return (try? Tensor(extents, shape: [extents.count])).map { [$0] }
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
    guard isWithin(&budget, node, graph),
      let results = try? evaluator.evaluate(node.op, inputs, outputCount: node.outputs.count)
    else { return nil }
    budget.bytes -= results.reduce(0) { $0 + $1.byteCount }
    return budget.bytes >= 0 ? results : nil
  }

  private func isWithin(_ budget: inout Budget, _ node: Node, _ graph: Graph) -> Bool {
    var facts: [Fact] = []
    for case let output? in node.outputs {
      guard let fact = graph[output].fact else { return false }
      facts.append(fact)
      // Where a shape depends on elements, the work is what bounds it.
      guard let count = fact.shape?.count else { continue }
      guard count <= Budget.resultLimit, count * fact.type.size <= budget.bytes else {
        return false
      }
    }
    guard let inputs = graph.operatorInputs(of: node) else { return false }
    let work = max(node.op.work(inputs, facts), 0)
    guard work <= min(Budget.nodeLimit, budget.work), .now < budget.end else { return false }
    budget.work -= work
    return true
  }
}
