import OcelliGraph
import OcelliKernels
import OcelliTensor

extension ProgramBuilder {
  mutating func lowerPool(_ op: Pool, _ node: Node) -> Bool {
    guard op.kind != .power, op.kernel.count == 2,
      op.kernel.allSatisfy({ $0 <= Int(OCK_TAPS_MAX) }),
      let output = node.outputs[0], node.outputs.count == 1, let shape = laidShape(output),
      shape.count == 4, shape[0] == 1, let source = laidView(node.inputs[0]),
      op.kind == .max || element(output) == .float,
      let window = try? Window(
        input: [source.dimensions[2], source.dimensions[3]], kernel: op.kernel,
        strides: op.strides, dilations: op.dilations, padding: op.padding),
      (window.strides + window.dilations + window.pads).allSatisfy({ $0 <= Lowering.reachLimit })
    else { return false }
    let pads = window.pads
    // A dilated average window does not divide by the span that the kernel counts.
    if op.kind == .average && window.dilations.contains(where: { $0 != 1 }) && op.countIncludePad {
      return false
    }
    let x = channelsLast(source, halo: Halo(), label: node.name)
    let y = makeOutput(output, .channelsLast)
    var arguments = ock_pool_args()
    arguments.width = Int32(shape[3])
    arguments.channels = Int32(shape[1])
    arguments.x_height = Int32(x.dimensions[2])
    arguments.x_width = Int32(x.dimensions[3])
    arguments.x_pixel = Int32(x.strides[3])
    arguments.y_pixel = Int32(y.strides[3])
    arguments.kernel_h = Int32(op.kernel[0])
    arguments.kernel_w = Int32(op.kernel[1])
    arguments.stride_h = Int32(window.strides[0])
    arguments.stride_w = Int32(window.strides[1])
    arguments.dilation_h = Int32(window.dilations[0])
    arguments.dilation_w = Int32(window.dilations[1])
    arguments.pad_top = Int32(pads[0])
    arguments.pad_left = Int32(pads[1])
    arguments.pad_bottom = Int32(pads[2])
    arguments.pad_right = Int32(pads[3])
    arguments.average = op.kind == .average ? 1 : 0
    arguments.count_include_pad = op.countIncludePad ? 1 : 0
    var link = Link(
      arguments: element(output) == .byte ? .bytePool(arguments) : .pool(arguments),
      operands: [rows(y), rows(x)], rows: shape[2],
      cost: y.count * op.kernel[0] * op.kernel[1] * Self.elementCost / 4, label: node.name)
    setWindow(window, kernelHeight: op.kernel[0], of: &link)
    link.border = border(y)
    emit(link)
    return true
  }

  mutating func lowerResize(_ op: Resize, _ node: Node) -> Bool {
    guard op.mode != .cubic, op.isPlain, let output = node.outputs[0],
      let shape = laidShape(output),
      shape.count == 4, shape[0] == 1, let source = laidView(node.inputs[0]),
      source.dimensions[1] == shape[1]
    else { return false }
    // The scale that the file states decides the positions, not the rounded size.
    var scales: [Float] = (2...3).map { Float(shape[$0]) / Float(source.dimensions[$0]) }
    if node.input(2) == nil, let stated = constant(node.input(1)),
      stated.type == .float32, stated.count == 4
    {
      scales = Array(stated.array(of: Float.self)[2...3])
    }
    guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return false }
    let x = channelsLast(source, halo: Halo(), label: node.name)
    let y = makeOutput(output, .channelsLast)
    var table: [Float] = []
    for axis in 0..<2 {
      let positions = ResizePositions(
        op, from: source.dimensions[2 + axis], to: shape[2 + axis], scale: scales[axis])
      table += positions.first.map { Float(bitPattern: UInt32($0)) }
      table += positions.second.map { Float(bitPattern: UInt32($0)) }
      table += positions.weight
    }
    let tables = addWeights(table, label: node.name)
    var arguments = ock_resize_args()
    arguments.height = Int32(shape[2])
    arguments.width = Int32(shape[3])
    arguments.channels = Int32(shape[1])
    arguments.x_pixel = Int32(x.strides[3])
    arguments.y_pixel = Int32(y.strides[3])
    arguments.linear = op.mode == .linear ? 1 : 0
    var link = Link(
      arguments: element(output) == .byte ? .byteResize(arguments) : .resize(arguments),
      operands: [rows(y), rows(x), Operand(buffer: tables, offset: 0, pitch: 0)], rows: shape[2],
      cost: y.count * Self.elementCost, label: node.name)
    link.border = border(y)
    emit(link)
    return true
  }

  /// Both directions are a Reshape, a Transpose and a Reshape. Source: ONNX `DepthToSpace`, `SpaceToDepth`.
  mutating func lowerBlockMove(_ op: BlockMove, _ node: Node) -> Bool {
    guard op.direction == .depthToSpace || !op.columnRowDepth, let output = node.outputs[0],
      let shape = laidShape(output), shape[0] == 1, let x = laidView(node.inputs[0])
    else { return false }
    let b = op.block
    let spread: StridedView?
    let target: StridedView?
    switch op.direction {
    case .depthToSpace:
      let y = makePlainOutput(output, .channelsLast)
      let (c, h, w) = (shape[1], x.dimensions[2], x.dimensions[3])
      if op.columnRowDepth {
        spread = x.reshaped([1, c, b, b, h, w])?.permuted([0, 1, 4, 2, 5, 3])
      } else {
        spread = x.reshaped([1, b, b, c, h, w])?.permuted([0, 3, 4, 1, 5, 2])
      }
      target = y.reshaped([1, c, h, b, w, b])
    case .spaceToDepth:
      let y = makeOutput(output, .channelsLast)
      let (c, h, w) = (x.dimensions[1], shape[2], shape[3])
      guard let from = x.reshaped([1, c, h, b, w, b])?.permuted([0, 3, 5, 1, 2, 4]),
        let to = y.reshaped([1, b, b, c, h, w])
      else { return false }
      emitCopy(from, to: to, of: y, rowAxis: 4, label: node.name)
      return true
    }
    guard let spread, let target else { return false }
    emitCopy(spread, to: target, label: node.name)
    return true
  }
}

/// Which input elements an output element of a resize is made of, along one axis.
/// Source: ONNX `Resize`, coordinate transformation and nearest modes.
struct ResizePositions {
  var first: [Int] = []
  var second: [Int] = []
  /// Of `second`.
  var weight: [Float] = []

  init(_ op: Resize, from: Int, to: Int, scale: Float) {
    for i in 0..<to {
      var position = op.place(i, from: from, to: to, scale: scale)
      if op.mode == .nearest {
        let at = op.nearest(position, extent: from)
        first.append(at)
        second.append(at)
        weight.append(0)
      } else {
        position = min(max(position, 0), Float(from - 1))
        let at = Int(position)
        first.append(at)
        second.append(min(at + 1, from - 1))
        weight.append(position - Float(at))
      }
    }
  }
}
