import OcelliGraph
import OcelliTensor

/// Products of whole numbers that end in floats, and weights of few bits. Source: ONNX Runtime's
/// `docs/ContribOperators.md`.
extension OperatorList {
  /// A · B of whole numbers, times both scales, plus the bias.
  private static func emitScaledProduct(
    _ node: ImportedNode, a: ValueID, aScale: ValueID, aZero: ValueID?, b: ValueID,
    bScale: ValueID, bZero: ValueID?, bias: ValueID?, _ builder: inout ImportBuilder
  ) {
    let sums = builder.step(MatMulInteger(), node, a, b, aZero, bZero)
    let real = builder.step(Cast(to: .float32), node, sums)
    let scale = builder.step(Binary(.multiply), node, aScale, bScale)
    guard let bias else {
      return builder.emit(Binary(.multiply), node, inputs: [real, scale])
    }
    let scaled = builder.step(Binary(.multiply), node, real, scale)
    builder.emit(Binary(.add), node, inputs: [scaled, bias])
  }

  static func importMatMulIntegerToFloat(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    emitScaledProduct(
      node, a: try node.required(0), aScale: try node.required(2), aZero: node.input(4),
      b: try node.required(1), bScale: try node.required(3), bZero: node.input(5),
      bias: node.input(6), &builder)
  }

  static func importDynamicQuantizeMatMul(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let parts = ["quantized", "scale", "zero"].map { builder.value(node, $0) }
    builder.emit(
      DynamicQuantizeLinear(), node, inputs: [try node.required(0)], outputs: parts)
    emitScaledProduct(
      node, a: parts[0], aScale: parts[1], aZero: parts[2], b: try node.required(1),
      bScale: try node.required(2), bZero: node.input(3), bias: node.input(4), &builder)
  }

  /// Weights of 2, 4 or 8 bits in blocks, each with a scale and a zero point; they become floats here.
  static func importMatMulNBits(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    if node.input(4) != nil { throw OperatorError("input g_idx is not supported") }
    let blocks = try BitBlocks(node)
    guard let codes = constant(node, 1, builder), codes.type == .uint8,
      codes.shape.dimensions == [blocks.columns, blocks.count, blocks.bytes]
    else {
      throw OperatorError(
        "input B is no constant of [\(blocks.columns), \(blocks.count), \(blocks.bytes)] bytes")
    }
    guard let scales = constant(node, 2, builder).flatMap(floats),
      scales.count == blocks.columns * blocks.count
    else { throw OperatorError("input scales is no constant of a number a block") }
    var zeros: [Float]?
    if node.input(3) != nil {
      guard let tensor = constant(node, 3, builder) else {
        throw OperatorError("input zero_points is not a constant")
      }
      zeros = tensor.type == .uint8 ? blocks.zeros(tensor.array()) : floats(tensor)
      guard zeros?.count == scales.count else {
        throw OperatorError("input zero_points is no number a block")
      }
    }
    let weights = blocks.weights(codes.array(), scales: scales, zeros: zeros)
    let b = builder.constant(
      try builder.tensor(weights, shape: [blocks.rows, blocks.columns]), node)
    let a = try builder.float(try node.required(0), node)
    var y = builder.step(MatMul(), node, a, b)
    if let bias = node.input(5) {
      y = builder.step(Binary(.add), node, y, try builder.float(bias, node))
    }
    let type = builder.graph[try node.required(0)].fact?.type ?? .float32
    builder.emit(type.isHalf ? Cast(to: type) : Identity(), node, inputs: [y])
  }

  private static func constant(
    _ node: ImportedNode, _ index: Int, _ builder: ImportBuilder
  ) -> Tensor? {
    node.input(index).flatMap { builder.graph[$0].constant }
  }

  private static func floats(_ tensor: Tensor) -> [Float]? {
    switch tensor.type {
    case .float32: return tensor.array()
    case .float16: return tensor.array(of: Float16.self).map(Float.init)
    default: return nil
    }
  }
}

/// How weights of few bits lie in bytes: column after column, each in blocks of rows, low bits first.
private struct BitBlocks {
  let rows: Int
  let columns: Int
  /// Blocks of a column, the last one filled up.
  let count: Int
  /// Rows of a block.
  let size: Int
  let bits: Int
  /// The most weights that are made floats, 1 GiB.
  private static let largest = 1 << 28
  /// Bytes of a block.
  var bytes: Int { size * bits / 8 }

  init(_ node: ImportedNode) throws(OperatorError) {
    let bits = try node.integer("bits") ?? 4
    guard let rows = try node.integer("K"), let columns = try node.integer("N"),
      let size = try node.integer("block_size"), [2, 4, 8].contains(bits),
      [16, 32, 64, 128, 256].contains(size), 1...Int(Int32.max) ~= rows,
      1...Int(Int32.max) ~= columns
    else { throw OperatorError("K, N, bits or block_size is missing or cannot be") }
    (self.rows, self.columns, self.size, self.bits) = (rows, columns, size, bits)
    count = (rows + size - 1) / size
    guard rows * columns <= Self.largest else {
      throw OperatorError("weights of \(rows) × \(columns), more than \(Self.largest) numbers")
    }
  }

  private func code(_ bytes: [UInt8], _ start: Int, _ index: Int) -> Float {
    let bit = index * bits
    return Float((Int(bytes[start + bit / 8]) >> (bit % 8)) & ((1 << bits) - 1))
  }

  /// A zero point a block, each column's beginning on a byte; nil where there are not as many.
  func zeros(_ packed: [UInt8]) -> [Float]? {
    let stride = (count * bits + 7) / 8
    guard packed.count == columns * stride else { return nil }
    return (0..<columns * count).map { code(packed, $0 / count * stride, $0 % count) }
  }

  /// The weights as `[rows, columns]`.
  func weights(_ codes: [UInt8], scales: [Float], zeros: [Float]?) -> [Float] {
    var weights = [Float](repeating: 0, count: rows * columns)
    let middle = Float(1 << (bits - 1))
    for column in 0..<columns {
      for row in 0..<rows {
        let block = column * count + row / size
        let value = code(codes, block * bytes, row % size) - (zeros?[block] ?? middle)
        weights[row * columns + column] = value * scales[block]
      }
    }
    return weights
  }
}
