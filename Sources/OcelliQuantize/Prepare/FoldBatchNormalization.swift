package import OcelliONNX
import OcelliTensor

extension ModelFile {
  /// Puts every `BatchNormalization` that alone reads a convolution into that one's weights. What the
  /// two made keeps the name of the second. Returns how many. Errors: `.model`.
  package mutating func foldBatchNormalization() throws(QuantizeError) -> Int {
    let index = try FileIndex(self)
    var nodes = self.nodes
    var gone = Set<Int>()
    for layer in Layer.all(in: index) where layer.kind == .convolution && index.isOwn(layer.weights)
    {
      guard let reader = index.onlyReader(of: layer.output),
        let folded = try? Self.folded(layer, nodes[reader], index)
      else { continue }
      setConstant(layer.weights, to: folded.weights)
      let own = layer.bias.map(index.isOwn) ?? false
      let bias = own ? layer.bias ?? "" : freshName("\(layer.weights)_bias")
      setConstant(bias, to: folded.bias)
      nodes[layer.node].inputs = [layer.input, layer.weights, bias]
      nodes[layer.node].outputs = [nodes[reader].outputs[0]]
      gone.insert(reader)
    }
    guard !gone.isEmpty else { return 0 }
    self.nodes = nodes.indices.filter { !gone.contains($0) }.map { nodes[$0] }
    removeUnreadConstants()
    return gone.count
  }

  private static func folded(
    _ layer: Layer, _ node: FileNode, _ index: FileIndex
  ) throws(TensorError) -> (weights: Tensor, bias: Tensor)? {
    guard node.type == "BatchNormalization", node.integer("training_mode") ?? 0 == 0,
      node.inputs.count == 5, node.inputs[0] == layer.output,
      node.outputs.dropFirst().allSatisfy(\.isEmpty), let weights = index.floats(layer.weights)
    else { return nil }
    let parameters = node.inputs[1...].compactMap { index.floats($0)?.array(of: Float.self) }
    guard parameters.count == 4, parameters.allSatisfy({ $0.count == layer.count }) else {
      return nil
    }
    let epsilon = node.float("epsilon") ?? 1e-5
    var rows = WeightRows(weights, axis: layer.axis)
    var bias =
      layer.bias.flatMap { index.floats($0)?.array(of: Float.self) }
      ?? [Float](repeating: 0, count: layer.count)
    for row in 0..<layer.count {
      let factor = parameters[0][row] / (parameters[3][row] + epsilon).squareRoot()
      rows.scale(row: row, by: factor)
      bias[row] = (bias[row] - parameters[2][row]) * factor + parameters[1][row]
    }
    guard rows.elements.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite) else { return nil }
    return (
      try Tensor(rows.elements, shape: rows.shape), try Tensor(bias, shape: [layer.count])
    )
  }
}
