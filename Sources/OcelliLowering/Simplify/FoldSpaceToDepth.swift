import OcelliGraph
import OcelliTensor

/// A convolution of what was moved from space to depth (the first layer of YOLOX and YOLOv5, "Focus") reads
/// the picture itself: what were channels are pixels, kernel, steps and pads are larger by the block. The
/// products are the same ones.
struct FoldSpaceToDepth: GraphPass {
  let name = "fold-space-to-depth"

  /// Taps of a kernel that is made. The kernels take twice as many.
  private static let tapLimit = 64

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let before = graph
    let producers = graph.producers()
    var nodes: [Node] = []
    for node in before.nodes {
      do { nodes += try folded(node, before, producers, &graph) ?? [node] } catch {
        throw OperatorError("\(node.label): \(error)")
      }
    }
    graph.nodes = nodes
    graph.removeDeadCode()
  }

  /// The nodes that take a convolution's place; nil where it stays.
  private func folded(
    _ node: Node, _ before: Graph, _ producers: [Int?], _ graph: inout Graph
  ) throws(TensorError) -> [Node]? {
    guard let x = node.inputs.first ?? nil, let w = node.input(1),
      let weights = before[w].constant, weights.shape.rank == 4
    else { return nil }
    // A quantisation by one scale may stand behind the move: the picture is quantised as well.
    var (moved, quantize): (ValueID, Node?) = (x, nil)
    if let maker = producers[x.index], before.nodes[maker].op is QuantizeLinear,
      before.byteScale(of: before.nodes[maker]) != nil, let from = before.nodes[maker].inputs[0]
    {
      (moved, quantize) = (from, before.nodes[maker])
    }
    guard let spread = SpaceToDepth(moved, before, producers),
      spread.channels.count == weights.shape[1],
      weights.shape[2] * weights.shape[3] * spread.block * spread.block <= Self.tapLimit,
      let op = enlarged(node.op, by: spread.block),
      let larger = try spread.enlarged(weights)
    else { return nil }
    var nodes: [Node] = []
    var input = spread.source
    if var first = quantize, let fact = before[x].fact {
      input = graph.add(
        Value(
          name: "\(before[spread.source].name)/quantized",
          fact: Fact(fact.type, before[spread.source].fact?.shape)))
      first.inputs[0] = spread.source
      first.outputs = [input]
      nodes.append(first)
    }
    var reader = node
    reader.op = op
    reader.inputs[0] = input
    reader.inputs[1] = graph.add(constant: larger, name: "\(node.name).weight")
    return nodes + [reader]
  }

  /// A convolution whose steps and pads are larger by the block; nil where it is none, or one that does not
  /// see all channels at neighbouring places.
  private func enlarged(_ op: any Operator, by block: Int) -> (any Operator)? {
    switch op {
    case var op as Convolution:
      guard op.groups == 1, op.dilations == [1, 1], let padding = enlarged(op.padding, by: block)
      else { return nil }
      op.strides = op.strides.map { $0 * block }
      op.padding = padding
      return op
    case var op as QuantizedConvolution:
      guard op.window.groups == 1, op.window.dilations == [1, 1],
        let padding = enlarged(op.window.padding, by: block)
      else { return nil }
      op.window.strides = op.window.strides.map { $0 * block }
      op.window.padding = padding
      return op
    default: return nil
    }
  }

  private func enlarged(_ padding: Padding, by block: Int) -> Padding? {
    switch padding {
    case .explicit(let pads): .explicit(pads.map { $0 * block })
    case .valid: .valid
    case .sameUpper, .sameLower: nil
    }
  }
}

/// A value whose channels are the pixels of another one's blocks, each once.
private struct SpaceToDepth {
  var source: ValueID
  /// Channels of the source.
  var depth: Int
  var block: Int
  /// For each channel where it comes from: the source's channel, the row and the column in the block.
  var channels: [Place]

  struct Place: Hashable {
    var channel: Int
    var row: Int
    var column: Int
  }

  init?(_ id: ValueID, _ graph: Graph, _ producers: [Int?]) {
    guard let maker = producers[id.index] else { return nil }
    let node = graph.nodes[maker]
    switch node.op {
    case let op as BlockMove:
      guard op.direction == .spaceToDepth, let x = node.inputs[0],
        let shape = graph[x].fact?.shape, shape.rank == 4
      else { return nil }
      (source, depth, block) = (x, shape[1], op.block)
      channels = (0..<shape[1] * op.block * op.block).map {
        let place = $0 / shape[1]
        return Place(
          channel: $0 % shape[1], row: place / op.block, column: place % op.block)
      }
    case let op as Gather:
      guard op.axis == 1 || op.axis == -3, let x = node.inputs[0], let indices = node.input(1),
        let tensor = graph[indices].constant, tensor.shape.rank == 1,
        let list = try? tensor.integers("indices"),
        let spread = SpaceToDepth(x, graph, producers),
        list.allSatisfy(spread.channels.indices.contains)
      else { return nil }
      self = spread
      channels = list.map { spread.channels[$0] }
    case let op as Concat:
      guard op.axis == 1 || op.axis == -3, let parts = Self.parts(node, graph, producers)
      else { return nil }
      self = parts
    default: return nil
    }
    // Each pixel once: else the kernel would have holes, or taps in one place.
    guard channels.count == depth * block * block, Set(channels).count == channels.count
    else { return nil }
  }

  private init(source: ValueID, depth: Int, block: Int, channels: [Place]) {
    self.source = source
    self.depth = depth
    self.block = block
    self.channels = channels
  }

  /// Every second row and column from each of four places, side by side.
  private static func parts(
    _ node: Node, _ graph: Graph, _ producers: [Int?]
  ) -> SpaceToDepth? {
    var whole: SpaceToDepth?
    for case let part? in node.inputs {
      guard let cut = Cut(part, graph, producers), let shape = graph[cut.source].fact?.shape,
        let extents = graph[part].fact?.shape, cut.steps[0] == cut.steps[1], cut.steps[0] > 1,
        extents.dimensions
          == [shape[0], shape[1], shape[2] / cut.steps[0], shape[3] / cut.steps[1]],
        shape[2] % cut.steps[0] == 0, shape[3] % cut.steps[1] == 0,
        cut.starts.allSatisfy({ (0..<cut.steps[0]).contains($0) }),
        whole == nil || (whole?.source == cut.source && whole?.block == cut.steps[0])
      else { return nil }
      var next =
        whole
        ?? SpaceToDepth(source: cut.source, depth: shape[1], block: cut.steps[0], channels: [])
      next.channels += (0..<shape[1]).map {
        Place(channel: $0, row: cut.starts[0], column: cut.starts[1])
      }
      whole = next
    }
    return whole
  }

  /// A convolution's weights over the source.
  func enlarged(_ weights: Tensor) throws(TensorError) -> Tensor? {
    switch weights.type {
    case .float32: try enlarged(weights, of: Float.self)
    case .int8: try enlarged(weights, of: Int8.self)
    case .uint8: try enlarged(weights, of: UInt8.self)
    default: nil
    }
  }

  private func enlarged<E: TensorElement>(
    _ weights: Tensor, of type: E.Type
  ) throws(TensorError) -> Tensor {
    let shape = weights.shape
    let (height, width) = (shape[2] * block, shape[3] * block)
    var larger = weights.array(of: type)
    let old = larger
    var at = 0
    for m in 0..<shape[0] {
      for place in channels {
        for y in 0..<shape[2] {
          for x in 0..<shape[3] {
            let row = (m * depth + place.channel) * height + y * block + place.row
            larger[row * width + x * block + place.column] = old[at]
            at += 1
          }
        }
      }
    }
    return try Tensor(larger, shape: [shape[0], depth, height, width])
  }
}

/// What slices leave of a picture's rows and columns.
private struct Cut {
  var source: ValueID
  /// Of rows and columns.
  var starts = [0, 0]
  var steps = [1, 1]

  init?(_ id: ValueID, _ graph: Graph, _ producers: [Int?]) {
    source = id
    while let maker = producers[source.index], graph.nodes[maker].op is Slice {
      let node = graph.nodes[maker]
      guard let x = node.inputs[0], graph[x].fact?.shape?.rank == 4,
        let starts = Self.integers(node.input(1), graph),
        let axes = node.input(3) == nil
          ? Array(starts.indices) : Self.integers(node.input(3), graph),
        let steps = node.input(4) == nil
          ? starts.map({ _ in 1 }) : Self.integers(node.input(4), graph),
        axes.count == starts.count, steps.count == starts.count
      else { return nil }
      for (index, axis) in axes.enumerated() {
        let place = (axis < 0 ? axis + 4 : axis) - 2
        guard (0...1).contains(place), starts[index] >= 0, steps[index] > 0 else { return nil }
        // Slices of slices, the later one first.
        self.starts[place] = self.starts[place] * steps[index] + starts[index]
        self.steps[place] *= steps[index]
      }
      source = x
    }
    guard source != id else { return nil }
  }

  private static func integers(_ id: ValueID?, _ graph: Graph) -> [Int]? {
    id.flatMap { graph[$0].constant }.flatMap { try? $0.integers("slice") }
  }
}
