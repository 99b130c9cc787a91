import OcelliGraph
import OcelliTensor

/// What must be known of a value's readers before the value is placed: the halo that windows read
/// around it, and the concatenation that it can be written into.
struct LayoutPlan {
  struct Target {
    let concat: ValueID
    let axis: Int
    /// Where on the axis this part begins.
    let start: Int
    let order: ProgramBuilder.Order
  }

  /// A halo and what fills it; nil: readers ask for different fillings, and each makes a copy.
  private struct Wish {
    var halo = Halo()
    var padding: Float? = 0

    mutating func add(_ other: Wish) {
      if other.halo.isEmpty { return }
      padding = halo.isEmpty || padding == other.padding ? other.padding : nil
      halo = halo.union(other.halo)
    }
  }

  private(set) var targets: [ValueID: Target] = [:]
  private var wishes: [Wish]

  /// The halo that the readers of a value want.
  func halo(_ id: ValueID) -> Halo {
    let wish = wishes[id.index]
    return wish.padding == nil ? Halo() : wish.halo
  }

  /// What the halo is filled with.
  func padding(_ id: ValueID) -> Float { wishes[id.index].padding ?? 0 }

  init(_ graph: Graph) {
    wishes = [Wish](repeating: Wish(), count: graph.values.count)
    for node in graph.nodes {
      guard let x = node.inputs.first ?? nil, let window = node.spatialWindow(graph) else {
        continue
      }
      wishes[x.index].add(Wish(halo: window.halo, padding: window.padding))
    }
    // A part is read where it lies in the whole.
    for node in graph.nodes.reversed() {
      guard node.op is Split || node.op is Slice, let x = node.inputs[0] else { continue }
      for case let part? in node.outputs { wishes[x.index].add(wishes[part.index]) }
    }
    chooseTargets(graph)
    for node in graph.nodes where node.op is Concat {
      guard let whole = node.outputs[0] else { continue }
      for part in parts[whole] ?? [] { wishes[whole.index].add(wishes[part.index]) }
    }
  }

  /// Concatenations that only a shuffle of two groups reads: they are no tensors of their own.
  private(set) var shuffles: [ValueID: PairShuffle] = [:]

  /// The parts of each concatenation that are written in place.
  private var parts: [ValueID: [ValueID]] = [:]

  private mutating func chooseTargets(_ graph: Graph) {
    let producers = graph.producers()
    let outputs = Set(graph.outputs)
    let readers = graph.consumers()
    for (index, node) in graph.nodes.enumerated() {
      guard let concat = node.op as? Concat, let whole = node.outputs[0],
        let shape = graph[whole].fact?.shape
      else { continue }
      if let shuffle = PairShuffle(index, graph, readers) {
        shuffles[whole] = shuffle
        continue
      }
      let axis = concat.axis < 0 ? concat.axis + shape.rank : concat.axis
      let isPicture = shape.rank == 4 && shape[0] == 1
      guard !isPicture || axis == 1 else { continue }
      let isTurned = axis == 2 && isReadTurned(whole)
      let order = isPicture || isTurned ? ProgramBuilder.Order.channelsLast : .rowMajor
      var start = 0
      var counts: [ValueID: Int] = [:]
      for case let part? in node.inputs { counts[part, default: 0] += 1 }
      for (place, part) in node.inputs.enumerated() {
        guard let part, let extent = graph[part].fact?.shape?[axis] else { break }
        if counts[part] == 1, isTurned {
          if let picture = flattened(part) {
            aim(picture, Target(concat: whole, axis: axis, start: start, order: order))
          }
        } else if counts[part] == 1 {
          aim(part, Target(concat: whole, axis: axis, start: start, order: order))
          if isPicture, let split = wholeSplit(node.inputs[place...], axis, graph) {
            aim(split, Target(concat: whole, axis: axis, start: start, order: order))
          }
        }
        start += extent
      }
    }

    func aim(_ part: ValueID, _ target: Target) {
      guard !outputs.contains(part), targets[part] == nil, let producer = producers[part.index],
        Self.writesItsOutput(graph.nodes[producer].op, target.order)
      else { return }
      targets[part] = target
      parts[target.concat, default: []].append(part)
    }

    /// Whether a value `[1, C, N]` is read as `[1, N, C]`: its elements stand in that order.
    func isReadTurned(_ id: ValueID) -> Bool {
      guard let shape = graph[id].fact?.shape, shape.rank == 3, shape[0] == 1,
        !outputs.contains(id), readers[id.index].count == 1
      else { return false }
      return (graph.nodes[readers[id.index][0]].op as? Transpose)?.permutation == [0, 2, 1]
    }

    /// The picture whose pixels a value `[1, C, H·W]` is, and nothing else reads.
    func flattened(_ id: ValueID) -> ValueID? {
      guard let maker = producers[id.index], graph.nodes[maker].op is Reshape,
        let picture = graph.nodes[maker].inputs[0], readers[picture.index].count == 1,
        let from = graph[picture].fact?.shape, let to = graph[id].fact?.shape, from.rank == 4,
        from[0] == 1, from[1] == to[1], halo(picture).isEmpty
      else { return nil }
      return picture
    }

    /// A value that was split along the axis, and whose parts are the next ones, all and in order.
    func wholeSplit(_ next: ArraySlice<ValueID?>, _ axis: Int, _ graph: Graph) -> ValueID? {
      guard let first = next.first ?? nil, let producer = producers[first.index],
        let split = graph.nodes[producer].op as? Split,
        split.axis == axis || split.axis + 4 == axis,
        next.starts(with: graph.nodes[producer].outputs)
      else { return nil }
      return graph.nodes[producer].inputs[0]
    }
  }

  /// Operators whose result is new elements in that order, not another view of old ones.
  private static func writesItsOutput(
    _ op: any Operator, _ order: ProgramBuilder.Order
  ) -> Bool {
    switch op {
    case is Unary, is Binary, is Concat, is QuantizedBinary, is ByteTable, is QuantizeLinear,
      is DequantizeLinear:
      true
    case is Convolution, is Pool, is Resize, is QuantizedConvolution: order == .channelsLast
    default: false
    }
  }
}

/// A 2-D convolution's resolved window.
struct SpatialWindow {
  let window: Window
  /// What stands for 0 around the input.
  let padding: Float

  /// What the window reads around the input.
  var halo: Halo {
    let pads = window.pads
    return Halo(top: pads[0], bottom: pads[2], left: pads[1], right: pads[3])
  }
}

extension Node {
  /// The window of a 2-D convolution, of floats or bytes; nil where the node is no such one, or so large
  /// that the kernels' 32-bit extents might not hold it (the reference operator takes those).
  func spatialWindow(_ graph: Graph) -> SpatialWindow? {
    let (strides, dilations, padding, zero): ([Int], [Int], Padding, Int)
    switch op {
    case let op as Convolution:
      (strides, dilations, padding, zero) = (op.strides, op.dilations, op.padding, 0)
    case let op as QuantizedConvolution:
      (strides, dilations, padding, zero) =
        (op.window.strides, op.window.dilations, op.window.padding, op.zero)
    default: return nil
    }
    guard let x = input(0), let w = input(1), let xs = graph[x].fact?.shape,
      let ws = graph[w].fact?.shape, xs.rank == 4, ws.rank == 4,
      let window = try? Window(
        input: [xs[2], xs[3]], kernel: [ws[2], ws[3]], strides: strides, dilations: dilations,
        padding: padding),
      (window.strides + window.dilations + window.pads).allSatisfy({ $0 <= Lowering.reachLimit }),
      (xs[2] + window.pads[0] + window.pads[2]) * (xs[3] + window.pads[1] + window.pads[3]) * xs[1]
        <= Lowering.elementLimit
    else { return nil }
    return SpatialWindow(window: window, padding: Float(zero))
  }
}
