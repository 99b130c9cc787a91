import OcelliGraph
import OcelliKernels
import OcelliTensor

extension ProgramBuilder {
  /// Source: ONNX `Pad`, constant mode.
  mutating func lowerPad(_ op: Pad, _ node: Node) -> Bool {
    guard op.mode == .constant, node.input(3) == nil, let pads = integers(node.inputs[1]),
      pads.allSatisfy({ $0 >= 0 }), let output = node.outputs[0],
      let shape = floatShape(output), let x = view(node.inputs[0]),
      pads.count == 2 * shape.count, x.count > 0
    else { return false }
    var value: Float = 0
    if let id = node.input(2) {
      guard let scalar = constant(id), scalar.type == .float32, scalar.count == 1 else {
        return false
      }
      value = scalar.array(of: Float.self)[0]
    }
    let before = Array(pads[..<shape.count])
    let after = Array(pads[shape.count...])
    let isPicture = shape.count == 4 && shape[0] == 1 && before[0] == 0 && after[0] == 0
    if isPicture && before[1] == 0 && after[1] == 0 {
      padPicture(x, output, before: before, after: after, value: value, label: node.name)
      return true
    }
    let hasWholeRows = isPicture && [before, after].allSatisfy { $0[2] == 0 && $0[3] == 0 }
    var box =
      hasWholeRows ? makeOutput(output, .channelsLast) : makePlainOutput(output, .rowMajor)
    let filling = addConstant([value], shape: [1], label: "padding of \(node.name)")
    for (axis, size) in x.dimensions.enumerated() {
      for (start, count) in [(0, before[axis]), (before[axis] + size, after[axis])] {
        guard count > 0 else { continue }
        let slab = box.sliced(axis: axis, start: start, count: count)
        if let wide = filling.broadcast(to: slab.dimensions) {
          emitCopy(wide, to: slab, label: "padding of \(node.name)")
        }
      }
      box = box.sliced(axis: axis, start: before[axis], count: size)
    }
    emitCopy(x, to: box, label: node.name)
    return true
  }

  /// The pads of the last two axes are the border of the copy's output; a further halo would be a border
  /// of its own.
  private mutating func padPicture(
    _ x: StridedView, _ output: ValueID, before: [Int], after: [Int], value: Float, label: String
  ) {
    let y = makePlainOutput(output, .channelsLast)
    var inside = y.sliced(axis: 2, start: before[2], count: x.dimensions[2])
    inside = inside.sliced(axis: 3, start: before[3], count: x.dimensions[3])
    emitCopy(x, to: inside, label: label)
    guard case .chain(var links)? = program.steps.popLast() else { return }
    links[0].border = ock_border(
      top: Int32(before[2]), bottom: Int32(after[2]), left: Int32(before[3]),
      right: Int32(after[3]), width: Int32(x.dimensions[3]), channels: Int32(y.dimensions[1]),
      pixel: Int32(y.strides[3]), bytes: 0, value: value)
    program.steps.append(.chain(links))
  }
}
