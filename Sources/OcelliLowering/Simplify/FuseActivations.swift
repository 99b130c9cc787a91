import OcelliGraph

/// A function that alone reads a convolution's output is applied before it is stored.
struct FuseActivations: GraphPass {
  let name = "fuse-activations"

  /// Functions that one convolution applies; the kernels' lists hold six.
  static let limit = 6

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    let consumers = graph.consumers()
    var makers = graph.producers()
    var gone = Set<Int>()
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let unary = node.op as? Unary, isFusable(unary.function), let x = node.inputs[0],
        let y = node.outputs[0], consumers[x.index].count == 1, !graph.outputs.contains(x),
        let maker = makers[x.index], var convolution = graph.nodes[maker].op as? Convolution,
        length(convolution.activation) < Self.limit
      else { continue }
      convolution.activation =
        convolution.activation.map { .chain($0, .unary(unary.function)) } ?? .unary(unary.function)
      graph.nodes[maker].op = convolution
      graph.nodes[maker].outputs = [y]
      makers[y.index] = maker
      gone.insert(index)
    }
    graph.nodes = graph.nodes.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
    graph.removeDeadCode()
  }

  private func length(_ activation: Activation?) -> Int {
    switch activation {
    case nil: 0
    case .unary: 1
    case .chain(let a, let b): length(a) + length(b)
    }
  }

  /// Functions that kernels have; the others stay nodes of their own.
  private func isFusable(_ function: UnaryFunction) -> Bool {
    ProgramBuilder.activations(.unary(function)) != nil
  }
}
