import OcelliGraph
import OcelliKernels
import OcelliTensor

extension ProgramBuilder {
  mutating func lowerUnary(_ op: Unary, _ node: Node) -> Bool {
    guard let activations = Self.activations(.unary(op.function)), let output = node.outputs[0],
      let x = view(node.inputs[0])
    else { return false }
    let y = makeOutput(output, order(of: output, like: x))
    emitMap(OCK_MAP_COPY, [x], to: y, activations: activations, label: node.name)
    return true
  }

  mutating func lowerBinary(_ op: Binary, _ node: Node) -> Bool {
    let function: ock_map_function
    switch op.function {
    case .add: function = OCK_MAP_ADD
    case .subtract: function = OCK_MAP_SUBTRACT
    case .multiply: function = OCK_MAP_MULTIPLY
    case .divide: function = OCK_MAP_DIVIDE
    case .minimum: function = OCK_MAP_MINIMUM
    case .maximum: function = OCK_MAP_MAXIMUM
    case .leak: function = OCK_MAP_PRELU
    case .power: return lowerPower(node)
    default: return false
    }
    guard let placed = placeElementwise(node, view(node.inputs[0]), view(node.inputs[1])) else {
      return false
    }
    emitMap(
      function, placed.inputs, to: placed.output, activations: ock_activations(), label: node.name)
    return true
  }

  /// Places the output of an elementwise node of two inputs, and broadcasts these to its extents.
  mutating func placeElementwise(
    _ node: Node, _ a: StridedView?, _ b: StridedView?
  ) -> (output: StridedView, inputs: [StridedView])? {
    guard let output = node.outputs[0], let shape = laidShape(output), let a, let b,
      let wideA = a.broadcast(to: shape), let wideB = b.broadcast(to: shape)
    else { return nil }
    // The larger operand tells the layout; the other follows by its strides.
    let leader = a.count >= b.count ? a : b
    let order = leader.dimensions == shape ? order(of: output, like: leader) : .rowMajor
    return (makeOutput(output, order), [wideA, wideB])
  }

  /// Squares and roots; the other powers are the reference operator's.
  private mutating func lowerPower(_ node: Node) -> Bool {
    guard let exponent = constant(node.inputs[1]), exponent.type == .float32, exponent.count == 1,
      let output = node.outputs[0], let x = view(node.inputs[0]), floatShape(output) == x.dimensions
    else { return false }
    switch exponent.array(of: Float.self)[0] {
    case 2:
      let y = makeOutput(output, order(of: output, like: x))
      emitMap(OCK_MAP_MULTIPLY, [x, x], to: y, activations: ock_activations(), label: node.name)
      return true
    case 0.5: return lowerUnary(Unary(.sqrt), node)
    default: return false
    }
  }

  mutating func lowerReduce(_ op: Reduce, _ node: Node) -> Bool {
    let function: ock_reduce_function
    switch op.function {
    case .sum: function = OCK_REDUCE_SUM
    case .mean: function = OCK_REDUCE_MEAN
    case .maximum: function = OCK_REDUCE_MAXIMUM
    case .minimum: function = OCK_REDUCE_MINIMUM
    default: return false
    }
    guard node.inputs.count == 1, let output = node.outputs[0], let shape = floatShape(output),
      let x = view(node.inputs[0])
    else { return false }
    let rank = x.dimensions.count
    let axes = Set((op.axes ?? Array(0..<rank)).map { $0 < 0 ? $0 + rank : $0 })
    let kept = x.dimensions.indices.filter { !axes.contains($0) }
    var keptShape = x.dimensions
    for axis in axes { keptShape[axis] = 1 }
    let y = makePlainOutput(output, order(like: x, shape: op.keepDimensions ? shape : []))
    guard let wide = y.reshaped(keptShape) else { return false }
    // The output's strides under the input's axes.
    let form = RowForm(
      kept.map { x.dimensions[$0] }, [kept.map { wide.strides[$0] }, kept.map { x.strides[$0] }])
    let folded = axes.filter { x.dimensions[$0] != 1 }.sorted { x.strides[$0] > x.strides[$1] }
    var arguments = ock_f32_reduce_args()
    arguments.function = Int32(function.rawValue)
    arguments.rank = Int32(form.sizes.count)
    arguments.folded_rank = Int32(folded.count)
    unsafe withInner(&arguments.size) { unsafe form.fill($0) }
    unsafe withInner(&arguments.stride) { unsafe form.fillStrides($0) }
    unsafe withInner(&arguments.folded_size) {
      for (i, axis) in folded.enumerated() { unsafe $0[i] = Int32(x.dimensions[axis]) }
    }
    unsafe withInner(&arguments.folded_stride) {
      for (i, axis) in folded.enumerated() { unsafe $0[i] = Int32(x.strides[axis]) }
    }
    emit(
      Link(
        arguments: .reduce(arguments), operands: form.operands([y, x]), rows: form.rows,
        cost: x.count * Self.elementCost, label: node.name))
    return true
  }
}

extension RowForm {
  /// The operands' inner strides, side by side as the kernels' argument structures hold them.
  /// `count`: of operands there; beyond those that the form has, the last one's are repeated.
  @unsafe func fillStrides(_ target: UnsafeMutableBufferPointer<Int32>, operands count: Int = 2) {
    for operand in 0..<count {
      for (axis, stride) in strides[min(operand, strides.count - 1)].enumerated() {
        unsafe target[operand * Int(OCK_INNER) + axis] = Int32(stride)
      }
    }
  }

  func operands(_ views: [StridedView]) -> [Operand?] {
    views.enumerated().map { index, view in
      Operand(buffer: view.buffer, offset: view.offset, pitch: pitches[index])
    }
  }
}
