import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

private func run(_ op: any Operator, _ inputs: Tensor...) throws -> Tensor {
  try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)[0]
}

/// Whole numbers in any type that holds them.
private func numbers(_ values: [Int64], _ type: ElementType) throws -> Tensor {
  try run(Cast(to: type), Tensor(values, shape: [values.count]))
}

private func integers(_ x: Tensor) throws -> [Int64] { try run(Cast(to: .int64), x).array() }

@Suite struct ElementwiseTests {
  @Test(arguments: ElementType.allCases.filter { $0.isInteger || $0.isFloatingPoint })
  func `arithmetic and comparisons take every number`(_ type: ElementType) throws {
    let a = try numbers([7, 2, 9], type)
    let b = try numbers([2, 2, 10], type)
    let expected: [(BinaryFunction, [Int64])] = [
      (.add, [9, 4, 19]), (.multiply, [14, 4, 90]), (.maximum, [7, 2, 10]), (.minimum, [2, 2, 9]),
      (.modulo, [1, 0, 9]), (.remainder, [1, 0, 9]), (.equal, [0, 1, 0]), (.less, [0, 0, 1]),
      (.lessOrEqual, [0, 1, 1]), (.greater, [1, 0, 0]), (.greaterOrEqual, [1, 1, 0]),
    ]
    for (function, values) in expected {
      let y = try run(Binary(function), a, b)
      #expect(y.type == (function.isPredicate ? .bool : type))
      #expect(try integers(y) == values, "\(function)")
    }
    #expect(try integers(run(Binary(.power), a, numbers([2], type))) == [49, 4, 81])
    #expect(try integers(run(Unary(.sign), a)) == [1, 1, 1])
  }

  @Test(arguments: ElementType.allCases.filter(\.isInteger))
  func `integers of every width wrap, and shift by nothing that is out of range`(
    _ type: ElementType
  ) throws {
    let ones = try run(Unary(.bitwiseNot), numbers([0], type))
    #expect(try integers(run(Binary(.add), ones, numbers([2], type))) == [1])
    let x = try numbers([0b1100], type)
    let y = try numbers([0b1010], type)
    #expect(try integers(run(Binary(.bitwiseAnd), x, y)) == [0b1000])
    #expect(try integers(run(Binary(.bitwiseOr), x, y)) == [0b1110])
    #expect(try integers(run(Binary(.bitwiseExclusiveOr), x, y)) == [0b0110])
    let shifts = try numbers([1, Int64(type.size) * 8], type)
    #expect(try integers(run(Binary(.shiftLeft), x, shifts)) == [0b11000, 0])
    #expect(try integers(run(Binary(.shiftRight), x, shifts)) == [0b110, 0])
    #expect(throws: OperatorError.self) {
      try run(Binary(.remainder), x, numbers([0], type))
    }
  }

  @Test func `a rest has the divisor's sign, or the dividend's`() throws {
    let a = try Tensor([-5.5, 5.5, -4, 3] as [Float], shape: [4])
    let b = try Tensor([2, -2, 2, .infinity] as [Float], shape: [4])
    #expect(try run(Binary(.modulo), a, b).array() == [0.5, -0.5, 0, 3] as [Float])
    #expect(try run(Binary(.remainder), a, b).array() == [-1.5, 1.5, 0, 3] as [Float])
  }

  @Test func `an exponent may be of another type, and the power is of the base's`() throws {
    let base = try numbers([2, 9], .int32)
    let root = try run(Binary(.power), base, Tensor([3, 0.5] as [Float], shape: [2]))
    #expect(root.array(of: Int32.self) == [8, 3])
    let small = try run(Binary(.power), numbers([2, -1], .int8), numbers([300, -3], .int64))
    #expect(small.array(of: Int8.self) == [0, -1])
  }

  @Test func `double is computed in double`() throws {
    let x = try Tensor([1] as [Double], shape: [1])
    let sine = try run(Unary(.sin), x).array(of: Double.self)[0]
    #expect(abs(sine - 0.841_470_984_807_896_5) < 1e-15)
    let error = try run(Unary(.erf), x).array(of: Double.self)[0]
    #expect(abs(error - 0.842_700_792_949_714_9) < 1e-15)
  }

  @Test func `infinities by sign, and NaN, are told in every floating type`() throws {
    let special = try Tensor([.nan, .infinity, -.infinity, 0] as [Float], shape: [4])
    for type in [ElementType.float32, .float64, .float16, .bfloat16] {
      let x = try run(Cast(to: type), special)
      #expect(try integers(run(Unary(.isNaN), x)) == [1, 0, 0, 0])
      let negative = Unary(.isInfinite(negative: true, positive: false))
      #expect(try integers(run(negative, x)) == [0, 0, 1, 0])
    }
  }

  @Test func `softplus and elu hold where eˣ overflows or is near 1`() throws {
    let x = try Tensor([200, -200, 0, -1e-6] as [Float], shape: [4])
    #expect(try run(Unary(.softplus), x).array(of: Float.self)[0...1] == [200, 0])
    let bent = try run(Unary(.elu(alpha: 2)), x).array(of: Float.self)
    #expect(bent[0...2] == [200, -2, 0])
    #expect(abs(bent[3] / -2e-6 - 1) < 1e-5)
  }

  @Test func `types that a function has no meaning for are refused`() throws {
    let floats = try Tensor([1] as [Float], shape: [1])
    let truth = try Tensor([true], shape: [1])
    for (op, x) in [
      (Unary(.bitwiseNot), floats), (Unary(.sin), try numbers([1], .int32)), (Unary(.relu), truth),
    ] {
      #expect(throws: OperatorError.self) { try run(op, x) }
    }
    #expect(throws: OperatorError.self) { try run(Binary(.bitwiseAnd), floats, floats) }
    #expect(throws: OperatorError.self) { try run(Binary(.add), truth, truth) }
  }
}
