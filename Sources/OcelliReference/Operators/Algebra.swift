import OcelliGraph
import OcelliTensor

extension MatMul: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let a = try inputs.required(0)
    let b = try inputs.required(1)
    let product = try MatrixProduct(a.shape, b.shape)
    let shape = try facts.shape()
    if a.type == .float32 { return [try product.multiply(a, b, shape, Float.self)] }
    guard let type = a.type.number else { throw unsupported(a.type) }
    return [try product.multiply(a, b, shape, type)]
  }
}

/// A matrix product of the last two axes, the others broadcast; a vector counts as a row on the left
/// and as a column on the right.
struct MatrixProduct {
  let rows: Int
  let depth: Int
  let columns: Int
  private let batch: Shape
  private let strides: [[Int]]

  /// Errors: shapes that have no product.
  init(_ a: Shape, _ b: Shape) throws(OperatorError) {
    let left = a.rank == 1 ? Shape([1, a.count]) : a
    let right = b.rank == 1 ? Shape([b.count, 1]) : b
    let shape = try MatMul().outputShape(left, right)
    let batch = Shape(Array(shape.dimensions.dropLast(2)))
    rows = shape[shape.rank - 2]
    columns = shape[shape.rank - 1]
    depth = left[left.rank - 1]
    self.batch = batch
    strides = [left, right].map { operand in
      let matrix = operand.dimensions.suffix(2).reduce(1, *)
      let own = Shape(Array(operand.dimensions.dropLast(2)))
      return own.strides(broadcastTo: batch).map { $0 * matrix } + [0]
    }
  }

  /// Steps from matrix to matrix: `start` counts matrices of the result, the offsets say where the
  /// operands' begin.
  var walk: StridedRows { StridedRows(Shape(batch.dimensions + [1]), strides: strides) }

  /// Overflow of integers wraps.
  func multiply<E: NumberElement>(
    _ a: Tensor, _ b: Tensor, _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(E.elementType, shape)
    let x = a.span(of: E.self)
    let y = b.span(of: E.self)
    var z = result.mutableSpan(of: E.self)
    guard rows * columns > 0 else { return result }
    var walk = walk
    while walk.next() {
      let base = walk.start * rows * columns
      for i in 0..<rows {
        for k in 0..<depth {
          let factor = x[walk.offsets[0] + i * depth + k]
          let row = walk.offsets[1] + k * columns
          for j in 0..<columns {
            let place = base + i * columns + j
            z[place] = E.sum(z[place], E.product(factor, y[row + j]))
          }
        }
      }
    }
    return result
  }
}

extension Gemm: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let shape = try facts.shape()
    var a = try inputs.required(0)
    var b = try inputs.required(1)
    if transposeA { a = try a.transposed([1, 0]) }
    if transposeB { b = try b.transposed([1, 0]) }
    let product = try MatMul().evaluate([a, b], [Fact(a.type, shape)])[0]
    let c = try inputs.optional(2)?.expanded(to: shape)
    if let type = a.type.float { return [try floats(product, c, type)] }
    guard let type = a.type.integer else { throw unsupported(a.type) }
    return [try integers(product, c, type)]
  }

  private func floats<E: FloatElement>(
    _ product: Tensor, _ c: Tensor?, _ type: E.Type
  ) throws -> Tensor {
    var result = product
    var z = result.mutableSpan(of: E.self)
    for i in 0..<z.count { z[i] *= E(alpha) }
    guard let c else { return result }
    let addend = c.span(of: E.self)
    for i in 0..<z.count { z[i] += E(beta) * addend[i] }
    return result
  }

  /// Overflow wraps; factors that are no whole numbers go through double, toward zero.
  private func integers<E: IntegerElement>(
    _ product: Tensor, _ c: Tensor?, _ type: E.Type
  ) throws -> Tensor {
    func scaled(_ x: E, _ factor: Float) -> E {
      if let whole = E(exactly: factor) { return x &* whole }
      return E(nearest: Double(x) * Double(factor))
    }
    var result = product
    var z = result.mutableSpan(of: E.self)
    for i in 0..<z.count { z[i] = scaled(z[i], alpha) }
    guard let c else { return result }
    let addend = c.span(of: E.self)
    for i in 0..<z.count { z[i] = z[i] &+ scaled(addend[i], beta) }
    return result
  }
}
