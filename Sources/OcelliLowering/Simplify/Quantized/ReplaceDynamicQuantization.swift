import OcelliGraph
import OcelliTensor

/// Where a tensor is quantised by its own range, and products in whole numbers become floats at once, the
/// whole numbers are computed as floats: the same values up to 2²⁴, on the kernels that there are.
struct ReplaceDynamicQuantization: GraphPass {
  let name = "replace-dynamic-quantization"

  func apply(to graph: inout Graph, evaluator: any OperatorEvaluator) throws(OperatorError) {
    let uses = Uses(graph)
    var nodes: [Node] = []
    // What stands in for the bytes less their zero point.
    var centred: [ValueID: ValueID] = [:]
    for (index, node) in graph.nodes.enumerated() {
      if node.op is DynamicQuantizeLinear, canReplace(node, graph, uses) {
        nodes += try quantize(node, &graph, &centred)
      } else if let x = node.inputs.first.flatMap({ $0 }).flatMap({ centred[$0] }) {
        nodes.append(try product(graph.nodes[index], x, &graph))
      } else {
        nodes.append(node)
      }
    }
    graph.nodes = nodes
    graph.removeIdentities()
    graph.removeDeadCode()
  }

  // MARK: What can be replaced

  /// Whether bytes and zero point go nowhere but into products with constants that become floats.
  private func canReplace(_ node: Node, _ graph: Graph, _ uses: Uses) -> Bool {
    guard node.outputs.count == 3, let bytes = node.outputs[0], let zero = node.outputs[2],
      let x = node.inputs[0], graph[x].fact?.shape != nil, !uses.isOutput(bytes),
      !uses.isOutput(zero)
    else { return false }
    let readers = uses.consumers[bytes.index]
    guard Set(uses.consumers[zero.index]).isSubset(of: readers) else { return false }
    return readers.allSatisfy {
      isReplaceable(graph.nodes[$0], bytes: bytes, zero: zero, graph, uses)
    }
  }

  private func isReplaceable(
    _ node: Node, bytes: ValueID, zero: ValueID, _ graph: Graph, _ uses: Uses
  ) -> Bool {
    guard node.op is ConvolutionInteger || node.op is MatMulInteger, node.inputs[0] == bytes,
      node.input(2) == zero, let w = node.inputs[1], w != bytes,
      let weights = graph[w].constant, weights.type == .int8 || weights.type == .uint8,
      let sums = node.outputs[0], !uses.isOutput(sums),
      uses.consumers[sums.index].allSatisfy({ (graph.nodes[$0].op as? Cast)?.type == .float32 })
    else { return false }
    if node.input(4) != nil { return false }
    guard let id = node.input(3) else { return true }
    guard let zeros = graph[id].constant, zeros.type == weights.type else { return false }
    return zeros.count == 1 || zeros.shape == [weightAxis(node, weights).extent]
  }

  /// The axis along which weights have zero points of their own.
  private func weightAxis(_ node: Node, _ weights: Tensor) -> (axis: Int, extent: Int) {
    let axis = node.op is ConvolutionInteger ? 0 : weights.shape.rank - 1
    return (axis, axis >= 0 && axis < weights.shape.rank ? weights.shape[axis] : 1)
  }

  // MARK: What takes its place

  /// Source: ONNX `DynamicQuantizeLinear`, in floats; the bytes less the zero point.
  private func quantize(
    _ node: Node, _ graph: inout Graph, _ centred: inout [ValueID: ValueID]
  ) throws(OperatorError) -> [Node] {
    guard let x = node.inputs[0], let bytes = node.outputs[0] else { return [node] }
    let shape = graph[x].fact?.shape
    var nodes: [Node] = []
    func add(
      _ op: any Operator, _ inputs: [ValueID], _ shape: Shape?, _ graph: inout Graph
    ) -> ValueID {
      let id = graph.add(Value(name: node.name, fact: Fact(.float32, shape)))
      nodes.append(Node(name: node.name, op: op, inputs: inputs, outputs: [id]))
      return id
    }
    func round(to bounds: ClosedRange<Float>) -> Unary {
      Unary(.quantizeRound(scale: 1, zero: 0, low: bounds.lowerBound, high: bounds.upperBound))
    }
    let none = try graph.addScalar(Float(0))
    let steps = try graph.addScalar(Float(255))
    // The range holds 0; where it is nothing else, any scale will do.
    let smallest = try graph.addScalar(Float.leastNormalMagnitude)
    // In two steps: what stands side by side in memory, channels mostly, is folded last.
    let kept = shape.map { extents in
      let axis = extents.rank == 4 ? 1 : extents.rank - 1
      return Shape((0..<extents.rank).map { $0 == axis ? extents[$0] : 1 })
    }
    let folded = shape.map { extents in
      extents.rank == 4 ? [0, 2, 3] : Array(0..<max(extents.rank - 1, 0))
    }
    func extreme(_ function: Reduce.Function, _ graph: inout Graph) -> ValueID {
      var value = x
      if let folded, !folded.isEmpty {
        value = add(Reduce(function, axes: folded, keepDimensions: true), [x], kept, &graph)
      }
      return add(Reduce(function, axes: nil, keepDimensions: false), [value], [], &graph)
    }
    let least = extreme(.minimum, &graph)
    let most = extreme(.maximum, &graph)
    let low = add(Binary(.minimum), [least, none], [], &graph)
    let high = add(Binary(.maximum), [most, none], [], &graph)
    let range = add(Binary(.subtract), [high, low], [], &graph)
    let step = add(Binary(.divide), [range, steps], [], &graph)
    let scale = add(Binary(.maximum), [step, smallest], [], &graph)
    let below = add(Binary(.divide), [low, scale], [], &graph)
    // −zero: in −255…0.
    let bottom = add(round(to: -255...0), [below], [], &graph)
    let top = add(Binary(.add), [bottom, steps], [], &graph)
    let quotient = add(Binary(.divide), [x, scale], shape, &graph)
    let rounded = add(round(to: -0x1p20...0x1p20), [quotient], shape, &graph)
    let bounded = add(Binary(.maximum), [rounded, bottom], shape, &graph)
    let result = add(Binary(.minimum), [bounded, top], shape, &graph)
    if let output = node.outputs[1] {
      nodes.append(
        Node(name: node.name, op: Identity(), inputs: [scale], outputs: [output]))
    }
    centred[bytes] = result
    return nodes
  }

  /// The product with weights as floats.
  private func product(
    _ node: Node, _ x: ValueID, _ graph: inout Graph
  ) throws(OperatorError) -> Node {
    guard let w = node.inputs[1], let weights = graph[w].constant, let output = node.outputs[0]
    else { return node }
    var elements = weights.numbers
    if let id = node.input(3),
      let zeros = graph[id].constant?.numbers
    {
      let axis = weightAxis(node, weights).axis
      let inner = weights.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
      for i in elements.indices {
        elements[i] -= zeros.count == 1 ? zeros[0] : zeros[i / max(inner, 1) % zeros.count]
      }
    }
    let real: ValueID
    do {
      real = graph.add(
        constant: try Tensor(elements, shape: weights.shape), name: graph[w].name)
    } catch { throw OperatorError("\(node.label): \(error)") }
    graph[output].fact = Fact(.float32, graph[output].fact?.shape)
    let op: any Operator
    if let integer = node.op as? ConvolutionInteger {
      op = Convolution(
        strides: integer.strides, dilations: integer.dilations, padding: integer.padding,
        groups: integer.groups)
    } else {
      op = MatMul()
    }
    return Node(name: node.name, op: op, inputs: [x, real], outputs: [output])
  }
}

extension Tensor {
  /// Elements of 8 bits as floats; empty for other types.
  fileprivate var numbers: [Float] {
    switch type {
    case .int8: array(of: Int8.self).map { Float($0) }
    case .uint8: array(of: UInt8.self).map { Float($0) }
    default: []
    }
  }
}
