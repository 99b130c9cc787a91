import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

/// Products of matrices, of floats and of quantised numbers, Einsum and determinants.
@Suite struct ProductTests {
  @Test func `products of nothing are zeros, vectors give fewer axes, integers wrap`() throws {
    let none = try Known.run(MatMul(), Known.floats([], [2, 0]), Known.floats([], [0, 3]))[0]
    #expect(none.shape == [2, 3])
    #expect(none.array() == [Float](repeating: 0, count: 6))
    let v = try Known.floats([1, 2])
    let m = try Known.floats([1, 2, 3, 4], [2, 2])
    #expect(try Known.run(MatMul(), v, v)[0].shape == [])
    #expect(try Known.values(MatMul(), v, v) == [5])
    #expect(try Known.values(MatMul(), v, m) == [7, 10])
    #expect(try Known.values(MatMul(), m, v) == [5, 11])
    let big = try Known.numbers([.init(Int32.max)], .int32, [1, 1])
    #expect(
      try Known.run(MatMul(), big, Known.numbers([2], .int32, [1, 1]))[0].array() == [-2] as [Int32]
    )
    #expect(
      Known.isNear(
        try Known.values(
          MatMul(), Known.floats([.nan, 0], [2, 1]), Known.floats([.infinity], [1, 1])),
        [.nan, .nan]))
    #expect(Known.refusal(MatMul(), try Known.floats([1], []), v) != nil)
    #expect(Known.refusal(MatMul(), m, try Known.floats([1, 2, 3])) != nil)
    #expect(Known.refusal(MatMul(), m, try Known.numbers([1, 2], .int32)) != nil)
  }

  @Test func `Gemm takes C of any shape that broadcasts, and none`() throws {
    let a = try Known.floats([1, 2], [1, 2])
    let b = try Known.floats([1, 2, 3, 4], [2, 2])
    let op = Gemm(alpha: 1, beta: 2, transposeA: false, transposeB: false)
    #expect(try Known.values(op, a, b) == [7, 10])
    #expect(try Known.values(op, a, b, Known.floats([1], [])) == [9, 12])
    #expect(try Known.values(op, a, b, Known.floats([1], [1, 1])) == [9, 12])
    #expect(try Known.values(op, a, b, Known.floats([1, 2], [1, 2])) == [9, 14])
    let flipped = Gemm(alpha: 1, beta: 1, transposeA: true, transposeB: true)
    #expect(try Known.values(flipped, Known.floats([1, 2], [2, 1]), b) == [5, 11])
    let half = Gemm(alpha: 0.5, beta: 1, transposeA: false, transposeB: false)
    let three = try Known.numbers([3], .int32, [1, 1])
    #expect(try Known.values(half, three, three, Known.numbers([1], .int32)) == [5])
    #expect(Known.refusal(op, a, b, try Known.floats([1, 2], [2, 1])) != nil)
    #expect(Known.refusal(op, a, try Known.floats([1, 2], [2])) != nil)
  }

  @Test(
    arguments: [
      ("ij,jk->ik", [7, 10, 15, 22]), ("ij,jk", [7, 10, 15, 22]), ("ii,ii->i", [1, 16]),
      ("ii,ii", [17]), ("ij,ij->", [30]), ("ij,kl->", [100]), ("ij,ij->ji", [1, 9, 4, 16]),
      ("...i,...i->...", [5, 25]), ("...i,ij->...j", [7, 10, 15, 22]),
      (" i j , j k -> k i ", [7, 15, 10, 22]),
      ("ab,bc->abc", [1, 2, 6, 8, 3, 6, 12, 16]),
    ] as [(String, [Float])])
  func `Einsum sums over what the result does not name`(_ equation: String, _ due: [Float]) throws {
    let x = try Known.floats([1, 2, 3, 4], [2, 2])
    #expect(try Known.values(Einsum(EinsumEquation(equation)), x, x) == due)
  }

  @Test func `Einsum broadcasts axes of one, takes one operand, empty ones and integers`() throws {
    let x = try Known.floats([1, 2, 3, 4], [2, 2])
    func sum(_ equation: String, _ inputs: Tensor...) throws -> [Float] {
      let op = try Einsum(EinsumEquation(equation))
      let y = try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)[0]
      return try Known.values(Identity(), y)
    }
    #expect(try sum("ij->j", x) == [4, 6])
    #expect(try sum("ba", x) == [1, 3, 2, 4])
    #expect(try sum("ii", x) == [5])
    #expect(try sum("ij,ij->i", x, Known.floats([1, 10], [1, 2])) == [21, 43])
    #expect(try sum("ij,jk->ik", Known.floats([], [1, 0]), Known.floats([], [0, 2])) == [0, 0])
    #expect(
      try sum("i,i->", Known.numbers([100, 100], .int8), Known.numbers([2, 1], .int8)) == [44])
  }

  @Test func `an equation that cannot be is an error`() throws {
    for text in [
      "ij,jk->iz", "i..j->i", "ij->ii", "i,j", "", "ij-k", "1", "......i->i", "i,,j->i",
      String(repeating: "a", count: 257),
    ] {
      let x = try Known.floats([1, 2, 3, 4], [2, 2])
      var reason: String?
      do { reason = Known.refusal(try Einsum(EinsumEquation(text)), x) } catch {
        reason = "\(error)"
      }
      #expect(reason != nil, "\(text)")
    }
    let op = try Einsum(EinsumEquation("ij,jk->ik"))
    #expect(
      Known.refusal(op, try Known.floats([1, 2], [1, 2]), try Known.floats([1, 2, 3], [3, 1]))
        != nil)
    #expect(
      Known.refusal(op, try Known.floats([1], [1, 1]), try Known.numbers([1], .int32, [1, 1]))
        != nil)
  }

  @Test func `an Einsum that would take hours is refused before it is begun`() throws {
    let op = try Einsum(EinsumEquation("ab,cd,ef->"))
    let x = try Tensor(.float32, [1024, 1024])
    #expect(Known.refusal(op, x, x, x)?.contains("thousand million") == true)
  }

  @Test func `zero points count by rows of A and by columns of B`() throws {
    let a = try Known.numbers([5, 5, 5, 5], .uint8, [2, 2])
    let b = try Known.numbers([1, 2, 3, 4], .int8, [2, 2])
    func product(_ aZero: Tensor?, _ bZero: Tensor?) throws -> [Int32] {
      try Known.run(MatMulInteger(), a, b, aZero, bZero)[0].array()
    }
    #expect(try product(nil, nil) == [20, 30, 20, 30])
    #expect(try product(Known.numbers([4], .uint8, []), nil) == [4, 6, 4, 6])
    #expect(try product(Known.numbers([5, 4], .uint8), nil) == [0, 0, 4, 6])
    #expect(try product(nil, Known.numbers([1, 2], .int8)) == [10, 10, 10, 10])
    #expect(Known.refusal(MatMulInteger(), a, b, try Known.numbers([1], .int8)) != nil)
    #expect(Known.refusal(MatMulInteger(), a, b, try Known.numbers([1, 2, 3], .uint8)) != nil)
    #expect(Known.refusal(MatMulInteger(), a, try Known.numbers([1, 2], .int32, [2, 1])) != nil)
    let none = try Known.run(MatMulInteger(), Tensor(.uint8, [1, 0]), Tensor(.int8, [0, 1]))[0]
    #expect(none.array() == [0] as [Int32])
  }

  @Test func `sums of 8 bit products are exact however deep, and wrap at 32 bits`() throws {
    for (depth, due) in [(1000, Int32(65_025_000)), (70_000, 256_782_704)] {
      let full = try Tensor([UInt8](repeating: 255, count: depth), shape: [1, depth])
      let y = try Known.run(MatMulInteger(), full, full.reshaped([depth, 1]))[0]
      #expect(y.array() == [due])
    }
  }

  @Test func `padding of a quantised convolution is the zero point`() throws {
    let x = try Known.numbers([Int64](repeating: 2, count: 9), .uint8, [1, 1, 3, 3])
    let w = try Known.numbers([Int64](repeating: 1, count: 18), .int8, [2, 1, 3, 3])
    let op = ConvolutionInteger(
      strides: [1, 1], dilations: [1, 1], padding: .explicit([1, 1, 1, 1]), groups: 1)
    let one = try Known.numbers([1], .uint8, [])
    let first: [Float] = [4, 6, 4, 6, 9, 6, 4, 6, 4]
    let y = try Known.values(op, x, w, one, nil, Known.numbers([0, 10], .int32))
    #expect(y == first + first.map { $0 + 10 })
    let own = try Known.values(op, x, w, one, Known.numbers([1, 2], .int8))
    #expect(own == first.map { _ in 0 } + first.map { -$0 })
    #expect(Known.refusal(op, x, w, try Known.numbers([1, 2], .uint8)) != nil)
    #expect(Known.refusal(op, x, w, one, try Known.numbers([1, 2, 3], .int8)) != nil)
    #expect(Known.refusal(op, try Known.floats([1], [1, 1, 1, 1]), w) != nil)
  }

  @Test func `determinants, of a singular matrix, of none, of what is no number`() throws {
    let op = Determinant()
    #expect(try Known.values(op, Known.floats([1, 2, 3, 4, 0, 1, 1, 0], [2, 2, 2])) == [-2, -1])
    #expect(try Known.values(op, Known.floats([1, 2, 2, 4], [2, 2])) == [0])
    #expect(try Known.values(op, Known.floats([], [0, 0])) == [1])
    #expect(try Known.values(op, Known.floats([.nan, 1, 1, 1], [2, 2]))[0].isNaN)
    #expect(Known.refusal(op, try Known.floats([1, 2], [1, 2])) != nil)
  }
}
