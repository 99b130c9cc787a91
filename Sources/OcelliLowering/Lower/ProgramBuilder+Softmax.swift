import OcelliGraph
import OcelliKernels
import OcelliTensor

extension ProgramBuilder {
  mutating func lowerSoftmax(_ op: Softmax, _ node: Node) -> Bool {
    guard !op.logarithmic, let output = node.outputs[0], let x = view(node.inputs[0]) else {
      return false
    }
    let axis = op.axis < 0 ? op.axis + x.dimensions.count : op.axis
    if let mean = weightedMean(of: output, axis: axis) {
      var y = makeOutput(mean.output, .rowMajor).permuted(mean.places)
      y.strides[axis] = 0
      let weights = addWeights(mean.weights, label: mean.label)
      emitSoftmax(x, to: y, axis: axis, weights: weights, label: node.name)
      absorbed.formUnion(mean.nodes)
    } else {
      let y = makePlainOutput(output, like: x)
      emitSoftmax(x, to: y, axis: axis, weights: nil, label: node.name)
    }
    return true
  }

  private mutating func emitSoftmax(
    _ x: StridedView, to y: StridedView, axis: Int, weights: BufferID?, label: String
  ) {
    var others = x.dimensions
    others[axis] = 1
    let form = RowForm(others, [y.strides, x.strides])
    var arguments = ock_f32_softmax_args()
    arguments.rank = Int32(form.sizes.count)
    arguments.length = Int32(x.dimensions[axis])
    arguments.weighted = weights == nil ? 0 : 1
    unsafe withInner(&arguments.axis_stride) {
      unsafe $0[0] = Int32(y.strides[axis])
      unsafe $0[1] = Int32(x.strides[axis])
    }
    unsafe withInner(&arguments.size) { unsafe form.fill($0) }
    unsafe withInner(&arguments.stride) { unsafe form.fillStrides($0) }
    var operands = form.operands([y, x])
    if let weights { operands.append(Operand(buffer: weights, offset: 0, pitch: 0)) }
    emit(
      Link(
        arguments: .softmax(arguments), operands: operands, rows: form.rows,
        cost: x.count * 4 * Self.elementCost, label: label))
  }

  /// A convolution that alone reads a softmax and means constants under it, as heads do that predict a
  /// distribution of distances.
  private struct WeightedMean {
    var output: ValueID
    var weights: [Float]
    /// Where each axis of the softmax stands in the convolution's output.
    var places: [Int]
    /// The nodes behind the softmax, by their first outputs.
    var nodes: [ValueID]
    var label: String
  }

  private func weightedMean(of softmax: ValueID, axis: Int) -> WeightedMean? {
    guard let shape = floatShape(softmax), shape.count == 4, var node = onlyReader(of: softmax)
    else { return nil }
    var places = Array(0..<4)
    var nodes: [ValueID] = []
    if let transpose = node.op as? Transpose, let moved = node.outputs[0],
      let reader = onlyReader(of: moved)
    {
      let order = transpose.permutation ?? [3, 2, 1, 0]
      for (place, from) in order.enumerated() { places[from] = place }
      nodes.append(moved)
      node = reader
    }
    guard let op = node.op as? Convolution, op.activation == nil, op.groups == 1,
      op.strides == [1, 1], places[axis] == 1, node.input(2) == nil, node.input(3) == nil,
      node.inputs[0] == nodes.last ?? softmax, let output = node.outputs[0],
      let w = constant(node.inputs[1]), w.type == .float32,
      w.shape.dimensions == [1, shape[axis], 1, 1], let result = floatShape(output),
      result.enumerated().allSatisfy({ place, size in
        place == 1 || size == shape[places.firstIndex(of: place)!]
      })
    else { return nil }
    return WeightedMean(
      output: output, weights: w.array(), places: places, nodes: nodes + [output],
      label: graph[node.inputs[1]!].name)
  }

  /// The node that reads a value, where it is one and no output of the graph.
  private func onlyReader(of id: ValueID) -> Node? {
    guard !graph.outputs.contains(id), readers[id.index].count == 1 else { return nil }
    return graph.nodes[readers[id.index][0]]
  }
}
