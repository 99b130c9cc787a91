import OcelliGraph
import OcelliTensor

/// A batch normalisation that no convolution took in becomes a depthwise convolution of one tap: the
/// kernels know it, and activations go into it. What is no picture becomes a product and a sum.
struct ReplaceBatchNormalization: GraphPass {
  let name = "replace-batch-normalization"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    var nodes: [Node] = []
    for node in graph.nodes {
      guard let op = node.op as? BatchNormalization, node.outputs.count == 1,
        let x = node.inputs[0], graph[x].fact?.type == .float32,
        let shape = graph[x].fact?.shape, shape.rank >= 2,
        let affine = Affine(op, node, channels: shape[1], graph)
      else {
        nodes.append(node)
        continue
      }
      let ones = [Int](repeating: 1, count: shape.rank - 2)
      let channels = Shape([shape[1]] + (shape.rank == 4 ? [1] : []) + ones)
      let scale: Tensor
      let shift: Tensor
      do {
        scale = try Tensor(affine.scale, shape: channels)
        shift = try Tensor(affine.shift, shape: Shape([shape[1]] + ones))
      } catch { throw OperatorError("\(node.label): \(error)") }
      let weights = graph.add(constant: scale, name: "\(node.name).weight")
      if shape.rank == 4 {
        nodes.append(
          Node(
            name: node.name,
            op: Convolution(
              strides: [1, 1], dilations: [1, 1], padding: .explicit([0, 0, 0, 0]),
              groups: shape[1]),
            inputs: [x, weights, try graph.addList(affine.shift, name: "\(node.name).bias")],
            outputs: node.outputs))
      } else {
        let product = graph.add(Value(name: "\(node.name)/scaled", fact: graph[x].fact))
        nodes.append(
          Node(
            name: node.name, op: Binary(.multiply), inputs: [x, weights], outputs: [product]))
        let bias = graph.add(constant: shift, name: "\(node.name).bias")
        nodes.append(
          Node(
            name: node.name, op: Binary(.add), inputs: [product, bias], outputs: node.outputs))
      }
    }
    graph.nodes = nodes
    graph.removeDeadCode()
  }
}

/// y = x · scale + shift, one number a channel.
struct Affine {
  var scale: [Float]
  var shift: [Float]

  init(scale: [Float], shift: [Float]) {
    self.scale = scale
    self.shift = shift
  }

  /// What a batch normalisation does; nil where that is not known before the graph runs.
  init?(_ op: BatchNormalization, _ node: Node, channels: Int, _ graph: Graph) {
    guard node.inputs.count == 5 else { return nil }
    let lists = node.inputs.dropFirst().compactMap { id -> [Float]? in
      guard let id, let tensor = graph[id].constant, tensor.type == .float32,
        tensor.count == channels
      else { return nil }
      return tensor.array()
    }
    guard lists.count == 4 else { return nil }
    let scale = (0..<channels).map { lists[0][$0] / (lists[3][$0] + op.epsilon).squareRoot() }
    self.init(
      scale: scale, shift: (0..<channels).map { lists[1][$0] - lists[2][$0] * scale[$0] })
  }
}
