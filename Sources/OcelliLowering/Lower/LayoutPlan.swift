import OcelliGraph
import OcelliTensor

/// What must be known of a value's readers before the value is placed: the halo that windows read
/// around it, and the concatenation of channels that it can be written into.
struct LayoutPlan {
  struct Target {
    let concat: ValueID
    /// The first channel of this part.
    let channel: Int
  }

  private(set) var targets: [ValueID: Target] = [:]
  private var halos: [Halo]

  /// The halo that the readers of a value want.
  func halo(_ id: ValueID) -> Halo { halos[id.index] }

  init(_ graph: Graph) {
    halos = [Halo](repeating: Halo(), count: graph.values.count)
    for node in graph.nodes {
      guard let convolution = node.op as? Convolution, let x = node.inputs[0],
        let pads = convolution.spatialPads(graph, node)
      else { continue }
      halos[x.index] = halos[x.index].union(pads)
    }
    // A part is read where it lies in the whole.
    for node in graph.nodes.reversed() {
      guard node.op is Split || node.op is Slice, let x = node.inputs[0] else { continue }
      for case let part? in node.outputs {
        halos[x.index] = halos[x.index].union(halos[part.index])
      }
    }
    chooseTargets(graph)
    for node in graph.nodes where node.op is Concat {
      guard let whole = node.outputs[0] else { continue }
      for case let part? in node.inputs where targets[part]?.concat == whole {
        halos[whole.index] = halos[whole.index].union(halos[part.index])
      }
    }
  }

  private mutating func chooseTargets(_ graph: Graph) {
    let producers = graph.producers()
    let outputs = Set(graph.outputs)
    for node in graph.nodes {
      guard let concat = node.op as? Concat, let whole = node.outputs[0],
        let shape = graph[whole].fact?.shape, shape.rank == 4, shape[0] == 1,
        concat.axis == 1 || concat.axis == -3
      else { continue }
      var channel = 0
      var counts: [ValueID: Int] = [:]
      for case let part? in node.inputs { counts[part, default: 0] += 1 }
      for case let part? in node.inputs {
        guard let channels = graph[part].fact?.shape?[1] else { break }
        if counts[part] == 1, !outputs.contains(part), targets[part] == nil,
          let producer = producers[part.index],
          Self.writesItsOutput(graph.nodes[producer].op)
        {
          targets[part] = Target(concat: whole, channel: channel)
        }
        channel += channels
      }
    }
  }

  /// Operators whose result is new elements in NHWC order, not another view of old ones.
  private static func writesItsOutput(_ op: any Operator) -> Bool {
    op is Convolution || op is Pool || op is Resize || op is Unary || op is Binary || op is Concat
  }
}

extension Convolution {
  /// The halo that a 2-D convolution with known shapes reads; nil where it reads none.
  func spatialPads(_ graph: Graph, _ node: Node) -> Halo? {
    guard let pads = window(graph, node)?.pads, pads.contains(where: { $0 > 0 }) else { return nil }
    return Halo(top: pads[0], bottom: pads[2], left: pads[1], right: pads[3])
  }

  /// The resolved window of a 2-D convolution; nil where it is no such one, or so large that the
  /// kernels' 32-bit extents might not hold it (the reference operator takes those).
  func window(_ graph: Graph, _ node: Node) -> Window? {
    guard let x = node.inputs[0], let w = node.inputs[1], let xs = graph[x].fact?.shape,
      let ws = graph[w].fact?.shape, xs.rank == 4, ws.rank == 4
    else { return nil }
    guard
      let window = try? Window(
        input: [xs[2], xs[3]], kernel: [ws[2], ws[3]], strides: strides, dilations: dilations,
        padding: padding),
      (window.strides + window.dilations + window.pads).allSatisfy({ $0 <= Lowering.reachLimit }),
      (xs[2] + window.pads[0] + window.pads[2]) * (xs[3] + window.pads[1] + window.pads[3]) * xs[1]
        <= Lowering.elementLimit
    else { return nil }
    return window
  }
}
