import OcelliGraph
import OcelliTensor

/// Which axis of a model's first input holds the colours, by the first convolution behind it: that is
/// told where the file leaves the input's extents open.
struct PictureAxes: Sendable, Equatable {
  /// Of the input.
  var channelAxis: Int
  var channels: Int

  /// Follows the input through what moves or scales its elements to the first convolution.
  /// nil: something else stands there.
  init?(_ graph: Graph) {
    guard let input = graph.inputs.first else { return nil }
    let declared = graph.declaredInputs.first.flatMap { $0 }
    // An input that tells no axes at all is taken for a batch of pictures.
    var axes = [Int?](Array(0..<(declared?.count ?? graph[input].fact?.shape?.rank ?? 4)))
    var value = input
    let consumers = graph.consumers()
    for _ in 0..<24 {
      let readers = consumers[value.index].map { graph.nodes[$0] }.filter { !($0.op is ShapeOf) }
      guard let node = readers.first else { return nil }
      if let window = node.op as? Convolution {
        guard node.inputs.first == value, let weights = node.input(1),
          let shape = graph[weights].constant?.shape ?? graph[weights].fact?.shape,
          shape.rank == axes.count, shape.rank > 2, let axis = axes[1]
        else { return nil }
        let (channels, overflow) = shape[1].multipliedReportingOverflow(by: window.groups)
        if overflow { return nil }
        (channelAxis, self.channels) = (axis, channels)
        return
      }
      // Several ways from here need not agree on what is a colour.
      guard readers.count == 1, let moved = Self.moved(axes, by: node, graph),
        let next = node.outputs.first ?? nil
      else { return nil }
      axes = moved
      value = next
    }
    return nil
  }

  /// Where the input's axes stand behind a node; nil where it does more than move or scale.
  private static func moved(_ axes: [Int?], by node: Node, _ graph: Graph) -> [Int?]? {
    func places(_ index: Int, _ rank: Int) -> [Int]? {
      guard index < node.inputs.count, let list = node.inputs[index],
        let tensor = graph[list].constant, tensor.type == .int64
      else { return nil }
      let places = tensor.array(of: Int64.self).map { Int($0) < 0 ? Int($0) + rank : Int($0) }
      return places.allSatisfy { (0..<rank).contains($0) } ? places : nil
    }
    switch node.op {
    case let transpose as Transpose:
      let order = transpose.permutation ?? Array(axes.indices.reversed())
      guard order.count == axes.count, order.allSatisfy(axes.indices.contains) else { return nil }
      return order.map { axes[$0] }
    case is Unsqueeze:
      guard let list = node.input(1),
        let count = graph[list].constant?.count, count < Shape.maximumRank,
        let added = places(1, axes.count + count)
      else { return nil }
      var wider = axes
      for place in added.sorted() {
        guard place <= wider.count else { return nil }
        wider.insert(nil, at: place)
      }
      return wider
    case is Squeeze:
      guard let dropped = places(1, axes.count) else { return nil }
      return axes.indices.filter { !dropped.contains($0) }.map { axes[$0] }
    case let binary as Binary:
      let isScaling = [.add, .subtract, .multiply, .divide].contains(binary.function)
      let others = node.inputs.compactMap { $0 }.compactMap { graph[$0].constant?.shape.rank }
      return isScaling && others.count == 1 && others[0] <= axes.count ? axes : nil
    case is Cast, is Identity, is Unary, is BatchNormalization, is Pad, is Resize,
      is QuantizeLinear, is DequantizeLinear:
      return axes
    default: return nil
    }
  }
}

extension Graph {
  /// Whether the picture's input has three axes, one of them the colours: a batch of one is left out.
  var lacksPictureBatch: Bool {
    guard declaredInputs.count == inputs.count, let first = declaredInputs.first,
      let extents = first, extents.count == 3
    else { return false }
    if let axes = PictureAxes(self) {
      return axes.channelAxis != 1 && [1, 3].contains(axes.channels)
    }
    return (extents[0] == 3) != (extents[2] == 3) && nodes.contains { $0.op is Convolution }
  }

  /// The same with a batch of one in front of the picture's axes, where the file leaves it out.
  func withPictureBatch() -> Graph {
    guard lacksPictureBatch, let extents = declaredInputs[0] else { return self }
    var graph = self
    let old = inputs[0]
    var port = Value(name: self[old].name)
    port.fact = self[old].fact.map { fact in
      Fact(fact.type, fact.shape.flatMap { try? Shape(checking: [1] + $0.dimensions) })
    }
    let input = graph.add(port)
    guard let zero = try? Tensor([Int64(0)], shape: [1]) else { return self }
    let axes = graph.add(constant: zero, name: "\(port.name)/batch")
    graph.inputs[0] = input
    graph.declaredInputs[0] = [1] + extents
    if let symbols = graph.inputSymbols.first, !symbols.isEmpty {
      graph.inputSymbols[0] = [nil] + symbols
    }
    graph.nodes.insert(
      Node(name: "\(port.name)/batch", op: Squeeze(), inputs: [input, axes], outputs: [old]),
      at: 0)
    return graph
  }
}
