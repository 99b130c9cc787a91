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
    emitByteMap(map, mapForm(inputs, to: output), inputs, to: output, label: label)
  }

  /// As `emitByteMap`, of rows that the caller chose.
  mutating func emitByteMap(
    _ map: ByteMap, _ form: RowForm, _ inputs: [StridedView], to output: StridedView, label: String
  ) {
    var arguments = ock_q8_map_args()
    arguments.function = Int32(map.function.rawValue)
    arguments.rank = Int32(form.sizes.count)
    unsafe withInner(&arguments.size) { unsafe form.fill($0) }
    unsafe withInner(&arguments.stride) { unsafe form.fillStrides($0, operands: 3) }
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
    var constants: BufferID?
    if !map.table.isEmpty { constants = addBytes(map.table, label: "table of \(label)") }
    emitMap(.byteMap(arguments), form, inputs, to: output, constants: constants, label: label)
  }

  mutating func lowerByteTable(_ op: ByteTable, _ node: Node) -> Bool {
    guard let output = node.outputs[0], let x = byteView(node.inputs[0]) else { return false }
    let y = makeOutput(output, order(of: output, like: x))
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
    let y = makeOutput(output, order(of: output, like: x))
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
    let y = makeOutput(output, order(of: output, like: x))
    var map = ByteMap(OCK_Q8_DEQUANTIZE)
    map.scales[0] = scale
    emitByteMap(map, [x], to: y, label: node.name)
    return true
  }

  mutating func lowerByteBinary(_ op: QuantizedBinary, _ node: Node) -> Bool {
    guard
      let placed = placeElementwise(node, byteView(node.inputs[0]), byteView(node.inputs[1]))
    else { return false }
    var map = ByteMap(op.function == .add ? OCK_Q8_ADD : OCK_Q8_MULTIPLY)
    map.scales = [op.a, op.b, op.y]
    map.low = op.low
    map.high = op.high
    emitByteMap(map, placed.inputs, to: placed.output, label: node.name)
    return true
  }
}
