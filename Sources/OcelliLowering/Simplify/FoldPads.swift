import OcelliGraph
import OcelliTensor

/// A Pad with zeros before a convolution becomes the convolution's own padding.
struct FoldPads: GraphPass {
  let name = "fold-pads"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) {
    let producers = graph.producers()
    for index in graph.nodes.indices {
      guard var convolution = graph.nodes[index].op as? Convolution,
        let x = graph.nodes[index].inputs[0], let producer = producers[x.index],
        let pads = zeroPads(graph.nodes[producer], graph),
        case let own = convolution.padding, let explicit = explicitPads(own, count: pads.count)
      else { continue }
      convolution.padding = .explicit(zip(explicit, pads).map { $0 + $1 })
      graph.nodes[index].op = convolution
      graph.nodes[index].inputs[0] = graph.nodes[producer].inputs[0]
    }
    graph.removeDeadCode()
  }

  private func explicitPads(_ padding: Padding, count: Int) -> [Int]? {
    switch padding {
    case .explicit(let pads): pads.isEmpty ? [Int](repeating: 0, count: count) : pads
    case .valid: [Int](repeating: 0, count: count)
    case .sameUpper, .sameLower: nil
    }
  }

  /// The spatial pads of a Pad node that fills with zeros and leaves batch and channels alone.
  private func zeroPads(_ node: Node, _ graph: Graph) -> [Int]? {
    guard let op = node.op as? Pad, op.mode == .constant,
      node.input(3) == nil,
      let p = node.inputs[1], let tensor = graph[p].constant,
      let pads = try? tensor.integers("pads"),
      pads.count >= 6, pads.count % 2 == 0, pads.allSatisfy({ $0 >= 0 })
    else { return nil }
    let rank = pads.count / 2
    guard pads[0] == 0, pads[1] == 0, pads[rank] == 0, pads[rank + 1] == 0 else { return nil }
    if let v = node.input(2) {
      guard let value = graph[v].constant, value.type == .float32, value.count == 1,
        value.array(of: Float.self)[0] == 0
      else { return nil }
    }
    return Array(pads[2..<rank] + pads[(rank + 2)...])
  }
}
