import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

private func tensor(_ elements: [Float], _ shape: Shape) -> Tensor {
  // Tests state both; a mistake shows at once.
  try! Tensor(elements, shape: shape)
}

private func list(_ elements: [Int64]) -> Tensor { try! Tensor(elements, shape: [elements.count]) }

private func ramp(_ shape: Shape) -> Tensor { tensor((0..<shape.count).map { Float($0) }, shape) }

private func floats(_ op: any Operator, _ inputs: Tensor?...) throws -> [Float] {
  try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)[0].array()
}

@Suite struct ReferenceTests {
  @Test func `functions of one number`() throws {
    let x = tensor([-4, -1, 0, 0.5, 3], [5])
    #expect(try floats(Unary(.relu), x) == [0, 0, 0, 0.5, 3])
    #expect(try floats(Unary(.leakyRelu(alpha: 0.5)), x) == [-2, -0.5, 0, 0.5, 3])
    #expect(try floats(Unary(.round), tensor([0.5, 1.5, -2.5], [3])) == [0, 2, -2])
    #expect(try floats(Unary(.hardSwish), tensor([-4, 0, 4], [3])) == [0, 0, 4])
    #expect(try floats(Unary(.clip(low: -1, high: 1)), x) == [-1, -1, 0, 0.5, 1])
    let rounded = Unary(.quantizeRound(scale: 0.5, zero: 2, low: 0, high: 7))
    #expect(try floats(rounded, tensor([-9, 0.25, 0.75, 9], [4])) == [-1, 0, 1, 2.5])
  }

  @Test func `quantising rounds half to even and saturates, by axis too`() throws {
    let x = tensor([0.5, 1.5, 300, -9, .nan, 2], [2, 3])
    let y = try ReferenceEvaluator().evaluate(
      QuantizeLinear(axis: 0),
      [x, tensor([1, 2], [2]), try Tensor([0, 10] as [UInt8], shape: [2])], outputCount: 1)[0]
    #expect(y.array(of: UInt8.self) == [0, 2, 255, 6, 0, 11])
    let back = try floats(
      DequantizeLinear(axis: 0), y, tensor([1, 2], [2]),
      try Tensor([0, 10] as [UInt8], shape: [2]))
    #expect(back == [0, 2, 255, -8, -20, 2])
  }

  @Test func `arithmetic broadcasts; integers wrap and do not divide by 0`() throws {
    #expect(
      try floats(Binary(.subtract), tensor([1, 2], [2, 1]), tensor([10, 20, 30], [3]))
        == [-9, -19, -29, -8, -18, -28])
    let evaluator = ReferenceEvaluator()
    let big = try evaluator.evaluate(Binary(.add), [list([.max]), list([1])], outputCount: 1)[0]
    #expect(big.array(of: Int64.self) == [.min])
    #expect(throws: OperatorError.self) {
      try evaluator.evaluate(Binary(.divide), [list([1]), list([0])], outputCount: 1)
    }
    let rest = try evaluator.evaluate(
      Binary(.modulo), [list([-7, 7]), list([3, -3])], outputCount: 1)[0]
    #expect(rest.array(of: Int64.self) == [2, -2])
  }

  @Test func `casts saturate, and NaN becomes 0`() throws {
    let x = tensor([1.9, -1.9, 1e30, .nan], [4])
    let y = try ReferenceEvaluator().evaluate(Cast(to: .int32), [x], outputCount: 1)[0]
    #expect(y.array(of: Int32.self) == [1, -1, .max, 0])
  }

  @Test func `a convolution with padding, stride, bias, residual and activation`() throws {
    var op = Convolution(
      strides: [2, 2], dilations: [1, 1], padding: .explicit([1, 1, 1, 1]), groups: 1)
    let x = ramp([1, 1, 3, 3])
    let w = tensor([Float](repeating: 1, count: 9), [1, 1, 3, 3])
    #expect(try floats(op, x, w, tensor([1], [1])) == [9, 13, 21, 25])
    op.activation = .unary(.clip(low: 0, high: 20))
    #expect(
      try floats(op, x, w, tensor([1], [1]), tensor([-10, 0, 0, -30], [1, 1, 2, 2]))
        == [0, 13, 20, 0])
  }

  @Test func `groups see their own channels, dilation spreads the taps`() throws {
    let groups = Convolution(strides: [1], dilations: [1], padding: .valid, groups: 2)
    #expect(
      try floats(groups, ramp([1, 2, 2]), tensor([2, 3], [2, 1, 1])) == [0, 2, 6, 9])
    let dilated = Convolution(strides: [1], dilations: [2], padding: .valid, groups: 1)
    #expect(try floats(dilated, ramp([1, 1, 5]), tensor([1, 10], [1, 1, 2])) == [20, 31, 42])
  }

  @Test func `pooling`() throws {
    let x = ramp([1, 1, 4])
    func pool(_ kind: Pool.Kind, counted: Bool = false) -> Pool {
      Pool(
        kind: kind, kernel: [3], strides: [2], dilations: [1], padding: .explicit([1, 1]),
        countIncludePad: counted)
    }
    #expect(try floats(pool(.max), x) == [1, 3])
    #expect(try floats(pool(.average), x) == [0.5, 2])
    #expect(try floats(pool(.average, counted: true), x) == [1 / 3, 2])
  }

  @Test func `products of matrices broadcast their batches`() throws {
    #expect(
      try floats(MatMul(), ramp([2, 1, 2]), ramp([2, 2])) == [2, 3, 6, 11])
    let gemm = Gemm(alpha: 2, beta: 0.5, transposeA: false, transposeB: true)
    #expect(try floats(gemm, ramp([1, 2]), ramp([2, 2]), tensor([4, 8], [2])) == [4, 10])
    #expect(try floats(Reduce(.mean, axes: [0], keepDimensions: false), ramp([2, 2])) == [1, 2])
    #expect(try floats(Reduce(.l2, axes: nil, keepDimensions: false), tensor([3, 4], [2])) == [5])
  }

  @Test func `movement`() throws {
    let x = ramp([2, 3])
    #expect(try floats(Transpose(nil), x) == [0, 3, 1, 4, 2, 5])
    #expect(
      try floats(Slice(), x, list([-1]), list([.min]), list([1]), list([-2])) == [2, 0, 5, 3])
    #expect(try floats(Gather(axis: 1), x, list([-1, 0])) == [2, 0, 5, 3])
    #expect(throws: OperatorError.self) { try floats(Gather(axis: 1), x, list([3])) }
    #expect(try floats(Concat(axis: 1), ramp([2, 1]), x) == [0, 0, 1, 2, 1, 3, 4, 5])
    #expect(try floats(Tile(), ramp([2]), list([2])) == [0, 1, 0, 1])
    #expect(
      try floats(Pad(mode: .constant), ramp([3]), list([1, -1]), tensor([9], [])) == [9, 0, 1])
    #expect(try floats(Pad(mode: .reflect), ramp([3]), list([2, 1])) == [2, 1, 0, 1, 2, 1])
    #expect(try floats(Pad(mode: .wrap), ramp([3]), list([1, 1])) == [2, 0, 1, 2, 0])
    let depth = BlockMove(direction: .depthToSpace, block: 2)
    #expect(try floats(depth, ramp([1, 4, 1, 2])) == [0, 2, 1, 3, 4, 6, 5, 7])
    #expect(
      try floats(
        Where(), try Tensor([true, false], shape: [2]), ramp([2, 2]), tensor([9], [1]))
        == [0, 9, 2, 9])
    let parts = try ReferenceEvaluator().evaluate(
      Split(axis: 1, outputCount: 2), [x, list([1, 2])], outputCount: 2)
    #expect(parts.map { $0.array(of: Float.self) } == [[0, 3], [1, 2, 4, 5]])
  }

  @Test func `resizing`() throws {
    let scale = tensor([1, 1, 2], [3])
    let nearest = Resize(mode: .nearest, coordinates: .asymmetric, rounding: .floor)
    #expect(try floats(nearest, ramp([1, 1, 2]), scale) == [0, 0, 1, 1])
    let linear = Resize(mode: .linear, coordinates: .halfPixel, rounding: .floor)
    #expect(try floats(linear, ramp([1, 1, 2]), scale) == [0, 0.25, 0.75, 1])
    let aligned = Resize(mode: .linear, coordinates: .alignCorners, rounding: .floor)
    #expect(try floats(aligned, ramp([1, 1, 2]), nil, list([1, 1, 3])) == [0, 0.5, 1])
  }

  @Test func `softmax sums to 1 and bears large numbers`() throws {
    #expect(try floats(Softmax(axis: 0), tensor([1000, 1000], [2])) == [0.5, 0.5])
    #expect(try floats(Softmax(axis: 0), ramp([2, 0])) == [])
  }

  @Test func `batch normalisation`() throws {
    let y = try floats(
      BatchNormalization(epsilon: 0), ramp([1, 2, 1, 1]), tensor([2, 3], [2]), tensor([1, 1], [2]),
      tensor([1, 0], [2]), tensor([4, 9], [2]))
    #expect(y == [0, 2])
  }
}
