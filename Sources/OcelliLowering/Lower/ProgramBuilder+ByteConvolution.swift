import OcelliGraph
import OcelliKernels
import OcelliTensor

extension ProgramBuilder {
  mutating func lowerByteConvolution(_ op: QuantizedConvolution, _ node: Node) -> Bool {
    guard let w = constant(node.inputs[1]), w.shape.rank == 4, let weights = centred(w, node),
      let spatial = node.spatialWindow(graph), let output = node.outputs[0],
      let shape = laidShape(output), shape[0] == 1, let source = byteView(node.inputs[0]),
      let multipliers = constant(node.inputs[3])?.array(of: Float.self)
    else { return false }
    let window = spatial.window
    let (kernelHeight, kernelWidth) = (w.shape[2], w.shape[3])
    let taps = kernelHeight * kernelWidth
    // Beyond that a sum might leave 32 bits.
    guard taps <= Int(OCK_TAPS_MAX), w.shape[1] * taps < 1 << 14 else { return false }
    var bias = [Int32](repeating: 0, count: shape[1])
    if let id = node.inputs[2] {
      guard let tensor = constant(id) else { return false }
      bias = tensor.array()
    }
    let x = channelsLast(
      source, halo: spatial.halo, padding: spatial.padding, label: graph[node.inputs[0]!].name)
    let y = makeOutput(output, .channelsLast)
    let inChannels = x.dimensions[1]
    let depthwise = op.window.groups == inChannels && shape[1] == inChannels && w.shape[1] == 1
    var arguments = ock_q8_conv_args()
    arguments.shape = ock_conv_shape(window, w.shape, groups: op.window.groups, x: x, y: y)
    let packing = BytePacking(arguments.shape, tier: options.tier)
    arguments.parts = Int32(packing.parts(weights.span))
    var packed = packing.pack(
      weights.span, bias: bias, multipliers: multipliers, zero: op.zero,
      depthwise: depthwise)
    arguments.finish.table = -1
    switch op.output {
    case .real: arguments.finish.to_float = 1
    case .bytes(let zero, let low, let high, let table):
      arguments.finish.zero = Int32(zero)
      arguments.finish.low = Int32(low)
      arguments.finish.high = Int32(high)
      if !table.isEmpty {
        arguments.finish.table = Int64(packed.count * 4)
        packed += PackedWeights.words(table)
      }
    }
    var link = Link(
      arguments: depthwise ? .byteDepthwise(arguments) : .byteConvolution(arguments),
      operands: [rows(y), rows(x), nil], rows: shape[2],
      cost: shape[1] * shape[2] * shape[3] * taps * inChannels / op.window.groups,
      label: node.name)
    if !depthwise, let block = packing.block {
      arguments.block = Int32(block.pixels)
      link.arguments = .byteConvolution(arguments)
      link.scratchBytes = block.bytes
    }
    let constants = addWeights(packed, label: graph[node.inputs[1]!].name)
    link.operands.append(Operand(buffer: constants, offset: 0, pitch: 0))
    setWindow(window, kernelHeight: kernelHeight, of: &link)
    link.border = border(y)
    emit(link)
    return true
  }

  /// Weights less their zero points.
  private func centred(_ w: Tensor, _ node: Node) -> [Int16]? {
    var elements: [Int16]
    switch w.type {
    case .int8: elements = w.array(of: Int8.self).map { Int16($0) }
    case .uint8: elements = w.array(of: UInt8.self).map { Int16($0) }
    default: return nil
    }
    guard let id = node.input(4) else { return elements }
    let zeros: [Int16]
    switch constant(id) {
    case let zero? where zero.type == .int8: zeros = zero.array(of: Int8.self).map { Int16($0) }
    case let zero? where zero.type == .uint8: zeros = zero.array(of: UInt8.self).map { Int16($0) }
    default: return nil
    }
    let inner = max(elements.count / max(w.shape[0], 1), 1)
    for i in elements.indices { elements[i] -= zeros[zeros.count == 1 ? 0 : i / inner] }
    return elements
  }
}
