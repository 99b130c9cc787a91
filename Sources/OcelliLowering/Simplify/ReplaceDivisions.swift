import OcelliGraph
import OcelliTensor

/// A division by constant powers of two becomes a product: the same bits, several times faster.
struct ReplaceDivisions: GraphPass {
  let name = "replace-divisions"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let op = node.op as? Binary, op.function == .divide, let b = node.inputs[1],
        let divisor = graph[b].constant, divisor.type == .float32
      else { continue }
      let divisors = divisor.array(of: Float.self)
      guard divisors.allSatisfy(hasExactReciprocal) else { continue }
      do {
        let factors = try Tensor(divisors.map { 1 / $0 }, shape: divisor.shape)
        let id = graph.add(constant: factors, name: "\(node.name).factor")
        graph.nodes[index].op = Binary(.multiply)
        graph.nodes[index].inputs[1] = id
      } catch { throw OperatorError("\(node.label): \(error)") }
    }
    graph.removeDeadCode()
  }

  private func hasExactReciprocal(_ x: Float) -> Bool {
    x.isNormal && (1 / x).isNormal && x.significandBitPattern == 0
  }
}
