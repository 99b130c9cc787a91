package import OcelliTensor

extension MatMul {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let a = try inputs.required(0, "A")
    let b = try inputs.required(1, "B")
    try b.expectType(a.fact.type, "B")
    guard let left = a.fact.shape, let right = b.fact.shape else { return [Fact(a.fact.type, nil)] }
    return [Fact(a.fact.type, try outputShape(left, right))]
  }

  /// The shape of the product. A vector counts as a row on the left, as a column on the right.
  package func outputShape(_ a: Shape, _ b: Shape) throws(OperatorError) -> Shape {
    guard a.rank > 0, b.rank > 0 else { throw OperatorError("a product of \(a) and \(b)") }
    let inner = b.rank == 1 ? b[0] : b[b.rank - 2]
    guard a[a.rank - 1] == inner else { throw OperatorError("a product of \(a) and \(b)") }
    let batch = try Shape(Array(a.dimensions.dropLast(2)))
      .broadcast(with: Shape(Array(b.dimensions.dropLast(2))))
    let rows = a.rank == 1 ? [] : [a[a.rank - 2]]
    let columns = b.rank == 1 ? [] : [b[b.rank - 1]]
    return try Shape.checked(batch.dimensions + rows + columns)
  }
}

extension Gemm {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let a = try inputs.required(0, "A")
    let b = try inputs.required(1, "B")
    try b.expectType(a.fact.type, "B")
    let c = inputs.optional(2)
    if let c { try c.expectType(a.fact.type, "C") }
    guard let left = a.fact.shape, let right = b.fact.shape else { return [Fact(a.fact.type, nil)] }
    guard left.rank == 2, right.rank == 2 else { throw OperatorError("Gemm of \(left), \(right)") }
    let (rows, inner) = transposeA ? (left[1], left[0]) : (left[0], left[1])
    let (depth, columns) = transposeB ? (right[1], right[0]) : (right[0], right[1])
    guard inner == depth else { throw OperatorError("Gemm of \(left) and \(right)") }
    let shape = try Shape.checked([rows, columns])
    if let c = c?.fact.shape, try c.broadcast(with: shape) != shape {
      throw OperatorError("C of \(c) does not broadcast to \(shape)")
    }
    return [Fact(a.fact.type, shape)]
  }
}
