import OcelliGraph
import OcelliTensor

/// A function of each element that alone reads what others only moved is applied before they are moved:
/// there it can become part of the convolution that computes them.
struct HoistActivations: GraphPass {
  let name = "hoist-activations"

  /// Moves that may follow one another.
  private static let maximumDepth = 16

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    for _ in 0..<Self.maximumDepth {
      guard hoist(&graph) else { break }
    }
    graph.removeDeadCode()
  }

  /// Returns whether something was hoisted.
  private func hoist(_ graph: inout Graph) -> Bool {
    let producers = graph.producers()
    let consumers = graph.consumers()
    // For each move the function that goes before it.
    var functions: [Int: Node] = [:]
    for node in graph.nodes {
      guard node.op is Unary, let x = node.inputs[0], let y = node.outputs[0],
        graph[x].fact?.type == .float32, graph[y].fact?.type == .float32,
        consumers[x.index].count == 1, !graph.outputs.contains(x),
        let maker = producers[x.index], movesAllElements(graph.nodes[maker], graph)
      else { continue }
      functions[maker] = node
    }
    if functions.isEmpty { return false }
    let gone = Set(functions.values.compactMap { $0.outputs[0] })
    var nodes: [Node] = []
    for (index, var node) in graph.nodes.enumerated() {
      if let function = functions[index] {
        let count = node.op is Concat ? node.inputs.count : 1
        for place in 0..<count {
          guard let x = node.inputs[place] else { continue }
          let made = graph.add(
            Value(name: "\(graph[x].name)/\(function.op.name)", fact: graph[x].fact))
          nodes.append(
            Node(name: function.name, op: function.op, inputs: [x], outputs: [made]))
          node.inputs[place] = made
        }
        node.outputs = function.outputs
        nodes.append(node)
      } else if node.op is Unary, let y = node.outputs[0], gone.contains(y) {
        continue
      } else {
        nodes.append(node)
      }
    }
    graph.nodes = nodes
    return true
  }

  /// Whether a node's output has each element of what it reads once, and none of it is known.
  private func movesAllElements(_ node: Node, _ graph: Graph) -> Bool {
    switch node.op {
    case is Transpose, is Reshape, is Flatten, is Squeeze, is Unsqueeze:
      return node.inputs[0].map { graph[$0].constant == nil } ?? false
    case is Concat:
      return node.inputs.allSatisfy { $0.map { graph[$0].constant == nil } ?? false }
    default: return false
    }
  }
}
