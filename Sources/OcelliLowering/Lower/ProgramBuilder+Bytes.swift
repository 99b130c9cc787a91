import OcelliGraph
import OcelliKernels
import OcelliTensor

/// What a map over bytes does besides its operands (`ock_q8_map_args`).
struct ByteMap {
  var function: ock_q8_map_function
  /// Of a, b, y; a's, b's and y's as the function reads them.
  var scales: [ByteScale?] = [nil, nil, nil]
  var low = 0
  var high = 255
  /// Empty, or 256 bytes: of a copy.
  var table: [UInt8] = []

  init(_ function: ock_q8_map_function) { self.function = function }
}

extension ProgramBuilder {
  /// y = f(inputs), elementwise; inputs broadcast to the output's extents already.
  mutating func emitByteMap(
    _ map: ByteMap, _ inputs: [StridedView], to output: StridedView, label: String
  ) {
    let form = RowForm(
      output.dimensions, [output.strides] + inputs.map(\.strides),
      rowAxis: output.isChannelsLast ? 2 : nil)
    var arguments = ock_q8_map_args()
    arguments.function = Int32(map.function.rawValue)
    arguments.rank = Int32(form.sizes.count)
    unsafe withInner(&arguments.size) { unsafe form.fill($0) }
    unsafe withInner(&arguments.stride) { strides in
      for operand in 0..<3 {
        let source = min(operand, form.strides.count - 1)
        for (axis, stride) in form.strides[source].enumerated() {
          unsafe strides[operand * Int(OCK_Q8_INNER) + axis] = Int32(stride)
        }
      }
    }
    for (place, scale) in map.scales.enumerated() {
      guard let scale else { continue }
      unsafe withUnsafeMutableBytes(of: &arguments.scale) {
        unsafe $0.bindMemory(to: Float.self)[place] = scale.scale
      }
      unsafe withInner(&arguments.zero) { unsafe $0[place] = Int32(scale.zero) }
    }
    arguments.low = Int32(map.low)
    arguments.high = Int32(map.high)
    arguments.has_table = map.table.isEmpty ? 0 : 1
    let views = [output] + inputs
    var operands: [Operand?] = views.enumerated().map { index, view in
      Operand(buffer: view.buffer, offset: view.offset, pitch: form.pitches[index])
    }
    if !map.table.isEmpty {
      while operands.count < 3 { operands.append(nil) }
      operands.append(
        Operand(buffer: addBytes(map.table, label: "table of \(label)"), offset: 0, pitch: 0))
    }
    var link = Link(
      arguments: .byteMap(arguments), operands: operands, rows: form.rows, cost: output.count,
      label: label)
    if !program[output.buffer].halo.isEmpty { link.border = border(output) }
    emit(link)
  }

  mutating func lowerByteTable(_ op: ByteTable, _ node: Node) -> Bool {
    guard let output = node.outputs[0], let x = byteView(node.inputs[0]) else { return false }
    let y = makeOutput(output, order(like: x, shape: x.dimensions))
    var map = ByteMap(OCK_Q8_COPY)
    map.table = op.table
    emitByteMap(map, [x], to: y, label: node.name)
    return true
  }

  /// Floats as bytes of one scale.
  mutating func lowerQuantize(_ node: Node) -> Bool {
    guard let output = node.outputs[0], let x = view(node.inputs[0]),
      let scale = graph.byteScale(of: node)
    else { return false }
    let y = makeOutput(output, order(like: x, shape: x.dimensions))
    var map = ByteMap(OCK_Q8_QUANTIZE)
    map.scales[2] = scale
    emitByteMap(map, [x], to: y, label: node.name)
    return true
  }

  /// Bytes of one scale as floats.
  mutating func lowerDequantize(_ node: Node) -> Bool {
    guard let output = node.outputs[0], floatShape(output) != nil,
      let x = byteView(node.inputs[0]), let scale = graph.byteScale(of: node)
    else { return false }
    let y = makeOutput(output, order(like: x, shape: x.dimensions))
    var map = ByteMap(OCK_Q8_DEQUANTIZE)
    map.scales[0] = scale
    emitByteMap(map, [x], to: y, label: node.name)
    return true
  }

  mutating func lowerByteBinary(_ op: QuantizedBinary, _ node: Node) -> Bool {
    guard let output = node.outputs[0], let shape = laidShape(output),
      let a = byteView(node.inputs[0]), let b = byteView(node.inputs[1]),
      let wideA = a.broadcast(to: shape), let wideB = b.broadcast(to: shape)
    else { return false }
    let leader = a.count >= b.count ? a : b
    let order = leader.dimensions == shape ? order(like: leader, shape: shape) : .rowMajor
    let y = makeOutput(output, order)
    var map = ByteMap(op.function == .add ? OCK_Q8_ADD : OCK_Q8_MULTIPLY)
    map.scales = [op.a, op.b, op.y]
    map.low = op.low
    map.high = op.high
    emitByteMap(map, [wideA, wideB], to: y, label: node.name)
    return true
  }

  /// The largest byte of a window. x and y are NHWC.
  mutating func emitBytePool(
    _ kernel: [Int], _ window: Window, _ x: StridedView, to y: StridedView, label: String
  ) {
    var arguments = ock_q8_pool_args()
    arguments.width = Int32(y.dimensions[3])
    arguments.channels = Int32(y.dimensions[1])
    arguments.x_height = Int32(x.dimensions[2])
    arguments.x_width = Int32(x.dimensions[3])
    arguments.x_pixel = Int32(x.strides[3])
    arguments.y_pixel = Int32(y.strides[3])
    arguments.kernel_h = Int32(kernel[0])
    arguments.kernel_w = Int32(kernel[1])
    arguments.stride_h = Int32(window.strides[0])
    arguments.stride_w = Int32(window.strides[1])
    arguments.dilation_h = Int32(window.dilations[0])
    arguments.dilation_w = Int32(window.dilations[1])
    arguments.pad_top = Int32(window.pads[0])
    arguments.pad_left = Int32(window.pads[1])
    var link = Link(
      arguments: .bytePool(arguments), operands: [rows(y), rows(x)], rows: y.dimensions[2],
      cost: y.count * kernel[0] * kernel[1], label: label)
    link.border = border(y)
    emit(link)
  }

  /// The nearest byte, or what lies between. `tables`: the kernel's. x and y are NHWC.
  mutating func emitByteResize(
    _ tables: BufferID, linear: Bool, _ x: StridedView, to y: StridedView, label: String
  ) {
    var arguments = ock_q8_resize_args()
    arguments.height = Int32(y.dimensions[2])
    arguments.width = Int32(y.dimensions[3])
    arguments.channels = Int32(y.dimensions[1])
    arguments.x_pixel = Int32(x.strides[3])
    arguments.y_pixel = Int32(y.strides[3])
    arguments.linear = linear ? 1 : 0
    var link = Link(
      arguments: .byteResize(arguments),
      operands: [rows(y), rows(x), Operand(buffer: tables, offset: 0, pitch: 0)],
      rows: y.dimensions[2], cost: y.count, label: label)
    link.border = border(y)
    emit(link)
  }
}
