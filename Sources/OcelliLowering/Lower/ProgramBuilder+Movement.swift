import OcelliGraph
import OcelliKernels
import OcelliTensor

// Movement of elements is mostly a change of the view; only what must move is copied.
extension ProgramBuilder {
  mutating func lowerConcat(_ op: Concat, _ node: Node) -> Bool {
    guard let output = node.outputs[0], let shape = laidShape(output) else { return false }
    if let shuffle = layout.shuffles[output], lowerShuffle(shuffle, node) { return true }
    var parts: [(id: ValueID, view: StridedView)] = []
    for case let id? in node.inputs {
      if let known = laidShape(id), known.contains(0) { continue }
      guard let view = laidView(id) else { return false }
      parts.append((id, view))
    }
    let axis = op.axis < 0 ? op.axis + shape.count : op.axis
    let whole: StridedView
    if let made = concatViews[output] {
      whole = made
    } else {
      let first = parts.first?.view
      whole = makeOutput(output, first.map { order(like: $0, shape: shape) } ?? .rowMajor)
    }
    place(output, whole)
    var start = 0
    for part in parts {
      let count = part.view.dimensions[axis]
      let target = whole.sliced(axis: axis, start: start, count: count)
      if !part.view.isSame(as: target) { emitCopy(part.view, to: target, label: node.name) }
      start += count
    }
    return true
  }

  /// Both parts, channel by channel in turn, into one picture.
  private mutating func lowerShuffle(_ shuffle: PairShuffle, _ node: Node) -> Bool {
    guard let a = laidView(node.inputs[0]), let b = laidView(node.inputs[1]), a.isChannelsLast,
      b.isChannelsLast
    else { return false }
    let y = makeOutput(shuffle.output, .channelsLast)
    // The first of each two channels stand for the pair.
    let firsts = y.sliced(axis: 1, start: 0, count: a.dimensions[1], step: 2)
    let form = RowForm(
      a.dimensions, [firsts.strides, a.strides, b.strides], rowAxis: 2, pairs: true)
    absorbed.formUnion(shuffle.nodes)
    emitInterleaving(form, [a, b], to: y, label: node.name)
    return true
  }

  mutating func lowerSplit(_ op: Split, _ node: Node) -> Bool {
    guard let x = laidView(node.inputs[0]) else { return false }
    let axis = op.axis < 0 ? op.axis + x.dimensions.count : op.axis
    var start = 0
    var parts: [(ValueID, StridedView)] = []
    for id in node.outputs {
      guard let id, let shape = laidShape(id) else { return false }
      parts.append((id, x.sliced(axis: axis, start: start, count: shape[axis])))
      start += shape[axis]
    }
    for (id, view) in parts { place(id, view) }
    return true
  }

  mutating func lowerSlice(_ node: Node) -> Bool {
    guard let output = node.outputs[0], let x = laidView(node.inputs[0]),
      let starts = integers(node.inputs[1]), let ends = integers(node.inputs[2]),
      ends.count == starts.count
    else { return false }
    func optional(_ index: Int, _ standard: [Int]) -> [Int]? {
      guard node.inputs.count > index, let id = node.inputs[index] else { return standard }
      return integers(id)
    }
    guard let axes = optional(3, Array(starts.indices)), axes.count == starts.count,
      let steps = optional(4, starts.map { _ in 1 }), steps.count == starts.count
    else { return false }
    var y = x
    for (index, given) in axes.enumerated() {
      let axis = given < 0 ? given + x.dimensions.count : given
      let size = x.dimensions[axis]
      let step = steps[index]
      var start = starts[index] < 0 ? starts[index] + size : starts[index]
      start = step > 0 ? min(max(start, 0), size) : min(max(start, 0), size - 1)
      y = y.sliced(axis: axis, start: start, count: laidShape(output)![axis], step: step)
    }
    // A view backwards has negative strides, which NHWC's tests do not expect.
    place(output, y.strides.contains { $0 < 0 } ? contiguousCopy(y, label: node.name) : y)
    return true
  }

  private mutating func contiguousCopy(_ view: StridedView, label: String) -> StridedView {
    let copy = makeRowMajor(view.dimensions, program[view.buffer].element, label: label)
    emitCopy(view, to: copy, label: label)
    return copy
  }

  mutating func lowerGather(_ op: Gather, _ node: Node) -> Bool {
    guard let output = node.outputs[0], let shape = laidShape(output),
      let x = laidView(node.inputs[0]),
      let indices = constant(node.inputs[1]), let given = integers(node.inputs[1])
    else { return false }
    let axis = op.axis < 0 ? op.axis + x.dimensions.count : op.axis
    let list = given.map { $0 < 0 ? $0 + x.dimensions[axis] : $0 }
    // Indices out of range are the reference operator's to refuse.
    guard let start = list.first, list.allSatisfy((0..<x.dimensions[axis]).contains)
    else { return false }
    let step = list.count > 1 ? list[1] - start : 1
    // Equal steps are a view: the halves of a channel shuffle, every other row.
    guard step > 0, zip(list, list.dropFirst()).allSatisfy({ $1 - $0 == step }) else {
      return false
    }
    let cut = x.sliced(axis: axis, start: start, count: list.count, step: step)
    if indices.shape.rank == 1 {
      place(output, cut)
    } else if let dropped = cut.reshaped(shape) {
      place(output, dropped)
    } else {
      return false
    }
    return true
  }

  mutating func lowerTranspose(_ op: Transpose, _ node: Node) -> Bool {
    guard let output = node.outputs[0], let x = laidView(node.inputs[0]) else { return false }
    place(output, x.permuted(op.permutation ?? Array(x.dimensions.indices.reversed())))
    return true
  }

  mutating func lowerReshape(_ node: Node) -> Bool {
    guard let output = node.outputs[0], let shape = laidShape(output),
      let x = laidView(node.inputs[0])
    else { return false }
    if let same = x.reshaped(shape) {
      place(output, same)
    } else if !reshapePicture(x, to: output, shape, label: node.name) {
      place(output, contiguousCopy(x, label: node.name).reshaped(shape)!)
    }
    return true
  }

  /// Axes of a picture's channels that changed their order are joined into channels again, as the end of
  /// a channel shuffle does: the copy is an NHWC picture. Returns false where it is something else.
  private mutating func reshapePicture(
    _ x: StridedView, to output: ValueID, _ shape: [Int], label: String
  ) -> Bool {
    let rank = x.dimensions.count
    guard shape.count == 4, shape[0] == 1, rank > 4, x.dimensions[0] == 1,
      Array(x.dimensions[(rank - 2)...]) == [shape[2], shape[3]],
      x.strides[rank - 1] != 1 || shape[3] == 1
    else { return false }
    let y = makeOutput(output, .channelsLast)
    guard let target = y.reshaped(x.dimensions) else { return false }
    emitCopy(x, to: target, of: y, rowAxis: rank - 2, label: label)
    return true
  }

  mutating func lowerExpand(_ node: Node) -> Bool {
    guard let output = node.outputs[0], let shape = laidShape(output),
      let x = laidView(node.inputs[0]),
      let wide = x.broadcast(to: shape)
    else { return false }
    place(output, wide)
    return true
  }
}
