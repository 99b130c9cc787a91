import OcelliGraph
import OcelliTensor
import Testing

private func float(_ dimensions: Int...) -> OperatorInput {
  OperatorInput(Fact(.float32, Shape(dimensions)))
}

private func list(_ elements: [Int64]) -> OperatorInput {
  // A short list always fits.
  let tensor = try! Tensor(elements, shape: [elements.count])
  return OperatorInput(Fact(.int64, tensor.shape), constant: tensor)
}

private func floats(_ elements: [Float]) -> OperatorInput {
  let tensor = try! Tensor(elements, shape: [elements.count])
  return OperatorInput(Fact(.float32, tensor.shape), constant: tensor)
}

private func shape(_ op: any Operator, _ inputs: OperatorInput?...) throws -> [Int]? {
  try op.outputFacts(inputs).first?.shape?.dimensions
}

@Suite struct ShapeRuleTests {
  @Test func `binary operators broadcast as NumPy does`() throws {
    #expect(try shape(Binary(.add), float(2, 1, 4), float(3, 1)) == [2, 3, 4])
    #expect(try shape(Binary(.add), float(), float(0)) == [0])
    #expect(throws: OperatorError.self) { try shape(Binary(.add), float(2), float(3)) }
    #expect(try Binary(.less).outputFacts([float(1), float(2)]) == [Fact(.bool, [2])])
  }

  @Test(arguments: [
    (Padding.explicit([1, 1, 1, 1]), [16, 16]), (.sameUpper, [16, 16]), (.sameLower, [16, 16]),
    (.valid, [15, 15]), (.explicit([]), [15, 15]),
  ])
  func `a convolution of 32 by 32, kernel 3, stride 2`(_ padding: Padding, _ extents: [Int])
    throws
  {
    let op = Convolution(strides: [2, 2], dilations: [], padding: padding, groups: 1)
    #expect(try shape(op, float(1, 3, 32, 32), float(8, 3, 3, 3), float(8)) == [1, 8] + extents)
  }

  @Test func `same padding leans to the end or the beginning`() throws {
    let upper = Convolution(strides: [2], dilations: [1], padding: .sameUpper, groups: 1)
    #expect(try upper.resolvedPads(input: [32], kernel: [3]) == [0, 1])
    let lower = Convolution(strides: [2], dilations: [1], padding: .sameLower, groups: 1)
    #expect(try lower.resolvedPads(input: [32], kernel: [3]) == [1, 0])
  }

  @Test func `a convolution refuses what cannot be`() {
    func check(_ op: Convolution, _ inputs: OperatorInput...) {
      #expect(throws: OperatorError.self) { try op.outputFacts(inputs) }
    }
    let x = float(1, 4, 8, 8)
    let good = Convolution(strides: [1, 1], dilations: [1, 1], padding: .valid, groups: 1)
    check(good, x, float(8, 3, 3, 3))
    check(good, x, float(8, 4, 9, 9))
    check(good, x, float(8, 4, 3))
    check(good, x, float(8, 4, 3, 3), float(7))
    check(good, x)
    var bad = good
    bad.strides = [0, 1]
    check(bad, x, float(8, 4, 3, 3))
    bad = good
    bad.groups = 0
    check(bad, x, float(8, 4, 3, 3))
    bad.groups = Int.max
    check(bad, x, float(8, 4, 3, 3))
    bad = good
    bad.padding = .explicit([1, 1, 1, Int.max])
    check(bad, x, float(8, 4, 3, 3))
    bad.padding = .explicit([1, 1])
    check(bad, x, float(8, 4, 3, 3))
    bad = good
    bad.dilations = [Int.max, 1]
    check(bad, x, float(8, 4, 3, 3))
  }

  @Test func `pooling rounds up in ceil mode but no window begins in the end padding`() throws {
    func pool(_ kernel: Int, _ stride: Int, _ pads: [Int], ceil: Bool) -> Pool {
      Pool(
        kind: .max, kernel: [kernel], strides: [stride], dilations: [1],
        padding: .explicit(pads), ceilMode: ceil)
    }
    #expect(try shape(pool(3, 2, [0, 0], ceil: false), float(1, 1, 6)) == [1, 1, 2])
    #expect(try shape(pool(3, 2, [0, 0], ceil: true), float(1, 1, 6)) == [1, 1, 3])
    #expect(try shape(pool(2, 3, [0, 1], ceil: true), float(1, 1, 3)) == [1, 1, 1])
    #expect(throws: OperatorError.self) {
      try shape(pool(2, 1, [2, 2], ceil: false), float(1, 1, 3))
    }
  }

  @Test func `reshape copies on 0 and infers one -1`() throws {
    let op = Reshape(allowZero: false)
    #expect(try shape(op, float(2, 3, 4), list([0, -1])) == [2, 12])
    #expect(throws: OperatorError.self) { try shape(op, float(2, 3), list([-1, -1])) }
    #expect(throws: OperatorError.self) { try shape(op, float(2, 3), list([4, -1])) }
    #expect(throws: OperatorError.self) { try shape(op, float(2, 3), list([7])) }
    #expect(throws: OperatorError.self) { try shape(op, float(2), list([0, 0])) }
    #expect(throws: OperatorError.self) { try shape(op, float(2), list([1 << 40, 1 << 40])) }
    #expect(try shape(Reshape(allowZero: true), float(2, 0), list([0, 5])) == [0, 5])
  }

  @Test func `slice clamps, counts from the end and walks backwards`() throws {
    let x = float(10)
    #expect(try shape(Slice(), x, list([2]), list([Int64.max])) == [8])
    #expect(try shape(Slice(), x, list([-3]), list([-1])) == [2])
    #expect(try shape(Slice(), x, list([-1]), list([Int64.min]), list([0]), list([-1])) == [10])
    #expect(try shape(Slice(), x, list([8]), list([1]), list([0]), list([-3])) == [3])
    #expect(try shape(Slice(), x, list([0]), list([9]), list([0]), list([4])) == [3])
    #expect(
      try shape(Slice(), x, list([0]), list([9]), list([0]), list([Int64.max])) == [1])
    #expect(throws: OperatorError.self) {
      try shape(Slice(), x, list([0]), list([9]), list([0]), list([0]))
    }
    #expect(throws: OperatorError.self) { try shape(Slice(), x, list([0]), list([9]), list([1])) }
    #expect(throws: OperatorError.self) { try shape(Slice(), x, list([0, 0]), list([9, 9])) }
  }

  @Test func `movement operators`() throws {
    #expect(try shape(Concat(axis: 1), float(2, 3), float(2, 4)) == [2, 7])
    #expect(throws: OperatorError.self) { try shape(Concat(axis: 1), float(2, 3), float(3, 4)) }
    #expect(try shape(Gather(axis: 1), float(2, 5, 4), list([0, 1, 2])) == [2, 3, 4])
    #expect(try shape(Transpose([2, 0, 1]), float(2, 3, 4)) == [4, 2, 3])
    #expect(throws: OperatorError.self) { try shape(Transpose([0, 0, 1]), float(2, 3, 4)) }
    #expect(try shape(Squeeze(), float(1, 2, 1)) == [2])
    #expect(try shape(Squeeze(), float(1, 2, 1), list([-1])) == [1, 2])
    #expect(throws: OperatorError.self) { try shape(Squeeze(), float(1, 2), list([1])) }
    #expect(try shape(Unsqueeze(), float(2), list([0, -1])) == [1, 2, 1])
    #expect(throws: OperatorError.self) { try shape(Unsqueeze(), float(2), list([0, 0])) }
    #expect(try shape(Expand(), float(2, 1), list([3, 1, 4])) == [3, 2, 4])
    #expect(try shape(Tile(), float(2, 1), list([3, 4])) == [6, 4])
    #expect(throws: OperatorError.self) { try shape(Tile(), float(2), list([1 << 62])) }
    #expect(try shape(Flatten(axis: 1), float(2, 3, 4)) == [2, 12])
    #expect(try shape(Flatten(axis: 3), float(2, 3, 4)) == [24, 1])
    #expect(try shape(Pad(mode: .constant), float(2, 3), list([1, 0, 0, -1])) == [3, 2])
    #expect(throws: OperatorError.self) { try shape(Pad(mode: .reflect), float(2), list([2, 0])) }
    #expect(
      try shape(BlockMove(direction: .depthToSpace, block: 2), float(1, 8, 3, 5)) == [1, 2, 6, 10])
    let split = try Split(axis: 0, outputCount: 3).outputFacts([float(7)])
    #expect(split.map { $0.shape } == [[3], [3], [1]])
  }

  @Test func `algebra`() throws {
    #expect(try shape(MatMul(), float(5, 1, 2, 3), float(4, 3, 6)) == [5, 4, 2, 6])
    #expect(try shape(MatMul(), float(3), float(3)) == [])
    #expect(throws: OperatorError.self) { try shape(MatMul(), float(2, 3), float(2, 3)) }
    let gemm = Gemm(alpha: 1, beta: 1, transposeA: true, transposeB: true)
    #expect(try shape(gemm, float(3, 2), float(5, 3), float(5)) == [2, 5])
    #expect(throws: OperatorError.self) { try shape(gemm, float(3, 2), float(5, 3), float(4)) }
    let mean = Reduce(.mean, axes: [-1, 1], keepDimensions: true)
    #expect(try shape(mean, float(2, 3, 4)) == [2, 1, 1])
    #expect(throws: OperatorError.self) {
      try shape(Reduce(.sum, axes: [0, -1], keepDimensions: true), float(2))
    }
  }

  @Test func `resize by scales and by sizes`() throws {
    let op = Resize(mode: .nearest, coordinates: .asymmetric, rounding: .floor)
    #expect(try shape(op, float(1, 1, 3, 5), floats([1, 1, 2, 1.5])) == [1, 1, 6, 7])
    #expect(try shape(op, float(1, 1, 3, 5), nil, list([1, 1, 8, 2])) == [1, 1, 8, 2])
    for bad: [Float] in [[1, 1, .nan, 1], [1, 1, .infinity, 1], [1, 1, -1, 1], [1, 1, 1e30, 1]] {
      #expect(throws: OperatorError.self) { try shape(op, float(1, 1, 3, 5), floats(bad)) }
    }
  }

  @Test func `what depends on data has no shape yet and no error`() throws {
    let unknown = OperatorInput(Fact(.int64, [2]))
    #expect(try shape(Reshape(allowZero: false), float(2, 3), unknown) == nil)
    #expect(throws: OperatorError.self) { try unknown.integers("shape") }
  }

  @Test func `quantisation wants a scale for all or one a slice`() throws {
    let zero = OperatorInput(Fact(.int8, [3]))
    let op = QuantizeLinear(axis: 1)
    #expect(try op.outputFacts([float(2, 3), float(3), zero]) == [Fact(.int8, [2, 3])])
    #expect(throws: OperatorError.self) { try op.outputFacts([float(2, 4), float(3), zero]) }
    #expect(throws: OperatorError.self) { try op.outputFacts([float(2, 3), float(), zero]) }
  }
}
