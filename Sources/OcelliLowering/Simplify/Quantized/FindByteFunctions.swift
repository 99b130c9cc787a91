import OcelliGraph
import OcelliTensor

/// Whatever stands between bytes and bytes and depends, element by element, on one byte becomes a table of
/// 256: SiLU as exporters spell it, with its own quantisations in between, or another scale.
struct FindByteFunctions: GraphPass {
  let name = "find-byte-functions"

  /// Nodes that one function may have.
  private static let limit = 64

  /// A value of bytes as a function of another one.
  private struct Function {
    var root: ValueID
    var table: [UInt8]
  }

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let producers = graph.producers()
    var known: [ValueID: Function] = [:]
    for index in graph.nodes.indices where graph.nodes[index].op is QuantizeLinear {
      let node = graph.nodes[index]
      guard graph.byteScale(of: node) != nil, let output = node.outputs[0],
        let cone = cone(node, graph, producers),
        let function = function(cone, known, graph, evaluator),
        graph[function.root].fact?.shape == graph[output].fact?.shape
      else { continue }
      known[output] = function
      graph.nodes[index] = Node(
        name: node.name, op: ByteTable(function.table), inputs: [function.root],
        outputs: [output])
    }
    graph.removeNodes { ($0.op as? ByteTable)?.table == ByteTable.identity }
    graph.removeDeadCode()
  }

  /// The nodes between bytes and a quantisation, in order, and the bytes that they begin with.
  private struct Cone {
    var nodes: [Node] = []
    var bytes: [ValueID] = []
  }

  private func cone(_ end: Node, _ graph: Graph, _ producers: [Int?]) -> Cone? {
    var places = Set<Int>()
    var bytes: [ValueID] = []
    var open: [ValueID] = end.inputs[0].map { [$0] } ?? []
    while let id = open.popLast() {
      if let constant = graph[id].constant {
        guard constant.count == 1 else { return nil }
        continue
      }
      guard let place = producers[id.index] else { return nil }
      guard places.insert(place).inserted else { continue }
      guard places.count <= Self.limit else { return nil }
      let node = graph.nodes[place]
      switch node.op {
      case is DequantizeLinear:
        guard let source = node.inputs[0] else { return nil }
        // A constant that is dequantised is one.
        if let constant = graph[source].constant {
          guard constant.count == 1 else { return nil }
          continue
        }
        guard graph.byteScale(of: node) != nil else { return nil }
        if !bytes.contains(source) { bytes.append(source) }
      case is Unary, is Binary: open += node.inputs.compactMap { $0 }
      default: return nil
      }
    }
    return bytes.isEmpty
      ? nil : Cone(nodes: places.sorted().map { graph.nodes[$0] } + [end], bytes: bytes)
  }

  /// What a cone does, where all its bytes are functions of one.
  private func function(
    _ cone: Cone, _ known: [ValueID: Function], _ graph: Graph, _ evaluator: any OperatorEvaluator
  ) -> Function? {
    let leaves = cone.bytes.map { known[$0] ?? Function(root: $0, table: ByteTable.identity) }
    let root = leaves[0].root
    guard leaves.allSatisfy({ $0.root == root }) else { return nil }
    var values: [ValueID: Tensor] = [:]
    do {
      for (id, leaf) in zip(cone.bytes, leaves) {
        values[id] = try Tensor(leaf.table, shape: [256])
      }
      for node in cone.nodes {
        let inputs = node.inputs.map { $0.flatMap { values[$0] ?? graph[$0].constant } }
        guard let output = node.outputs[0] else { return nil }
        // Of one scale: on which axis does not matter.
        let op: any Operator =
          switch node.op {
          case is QuantizeLinear: QuantizeLinear(axis: 0)
          case is DequantizeLinear: DequantizeLinear(axis: 0)
          default: node.op
          }
        values[output] = try evaluator.evaluate(op, inputs, outputCount: 1)[0]
      }
    } catch { return nil }
    guard let result = cone.nodes.last?.outputs[0].flatMap({ values[$0] }), result.count == 256,
      result.type == .uint8
    else { return nil }
    return Function(root: root, table: result.array())
  }
}

extension ByteTable {
  static let identity = (0...255).map { UInt8($0) }
}
