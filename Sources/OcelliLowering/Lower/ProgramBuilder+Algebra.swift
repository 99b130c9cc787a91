import OcelliGraph
import OcelliKernels
import OcelliTensor

extension ProgramBuilder {
  mutating func lowerMatMul(_ node: Node) -> Bool {
    guard let output = node.outputs[0], let shape = floatShape(output),
      let a = view(node.inputs[0]),
      a.dimensions.count >= 2
    else { return false }
    if let b = constant(node.inputs[1]), b.type == .float32, b.shape.rank == 2 {
      let (k, n) = (b.shape[0], b.shape[1])
      return product(
        contiguous(a, label: node.name), by: transposed(b.array(), rows: k, columns: n), bias: [],
        k: k, n: n, output: output, label: node.name)
    }
    guard let b = view(node.inputs[1]), b.dimensions.count >= 2 else { return false }
    let batch = Array(shape.dropLast(2))
    guard let left = a.broadcast(to: batch + a.dimensions.suffix(2)),
      let right = b.broadcast(to: batch + b.dimensions.suffix(2))
    else { return false }
    let (m, k, n) = (shape[shape.count - 2], a.dimensions.last!, shape[shape.count - 1])
    let x = contiguous(left, label: node.name)
    let w = contiguous(right, label: node.name)
    let y = makeOutput(output, .rowMajor)
    var arguments = ock_f32_matmul_args()
    arguments.m = Int32(m)
    arguments.n = Int32(n)
    arguments.k = Int32(k)
    arguments.lda = Int32(k)
    arguments.ldb = Int32(n)
    arguments.ldc = Int32(n)
    emit(
      Link(
        arguments: .matmul(arguments),
        operands: [
          Operand(buffer: y.buffer, offset: y.offset, pitch: m * n),
          Operand(buffer: x.buffer, offset: x.offset, pitch: m * k),
          Operand(buffer: w.buffer, offset: w.offset, pitch: k * n),
        ], rows: batch.reduce(1, *), cost: y.count * k, label: node.name))
    return true
  }

  mutating func lowerGemm(_ op: Gemm, _ node: Node) -> Bool {
    guard !op.transposeA, let output = node.outputs[0], let a = view(node.inputs[0]),
      let b = constant(node.inputs[1]), b.type == .float32, b.shape.rank == 2
    else { return false }
    let (k, n) = op.transposeB ? (b.shape[1], b.shape[0]) : (b.shape[0], b.shape[1])
    var weights: [Float] =
      op.transposeB ? b.array() : transposed(b.array(), rows: k, columns: n)
    if op.alpha != 1 { for i in weights.indices { weights[i] *= op.alpha } }
    var bias: [Float] = []
    if let id = node.input(2) {
      guard let c = constant(id), c.type == .float32 else { return false }
      let values: [Float] = c.array()
      guard c.count == 1 || (c.count == n && c.shape.dimensions.last == n) else { return false }
      bias = (0..<n).map { op.beta * values[c.count == 1 ? 0 : $0] }
    }
    return product(
      contiguous(a, label: node.name), by: weights, bias: bias, k: k, n: n, output: output,
      label: node.name)
  }

  /// x [m, k] times constant weights `[n][k]`, as a convolution of one tap over m pixels.
  private mutating func product(
    _ x: StridedView, by weights: [Float], bias: [Float], k: Int, n: Int, output: ValueID,
    label: String
  ) -> Bool {
    guard k > 0, n > 0, x.dimensions.last == k else { return false }
    let m = x.count / k
    // Rows to share out: the largest even cut of m into at most 16.
    let cut = (1...min(16, m)).last { m % $0 == 0 } ?? 1
    let y = makeOutput(output, .rowMajor)
    var arguments = ock_f32_conv_args()
    arguments.shape = ock_conv_shape(
      width: Int32(m / cut), x_pixel: Int32(k), y_pixel: Int32(n), groups: 1,
      in_channels: Int32(k), out_channels: Int32(n), kernel_h: 1, kernel_w: 1, stride_h: 1,
      stride_w: 1, dilation_h: 1, dilation_w: 1, pad_top: 0, pad_left: 0)
    let packed = PackedWeights.dense(
      weights.span, bias: bias, groups: 1, outChannels: n, inChannels: k, taps: 1, panel: panel)
    let buffer = addWeights(packed, label: label)
    emit(
      Link(
        arguments: .convolution(arguments),
        operands: [
          Operand(buffer: y.buffer, offset: y.offset, pitch: m / cut * n),
          Operand(buffer: x.buffer, offset: x.offset, pitch: m / cut * k), nil,
          Operand(buffer: buffer, offset: 0, pitch: 0),
        ], rows: cut, cost: m * n * k, label: label))
    return true
  }

  private func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    for r in 0..<rows {
      for c in 0..<columns { result[c * rows + r] = values[r * columns + c] }
    }
    return result
  }
}
