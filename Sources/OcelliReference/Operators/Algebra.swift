import OcelliGraph
import OcelliTensor

extension MatMul: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let a = try inputs.required(0)
    let b = try inputs.required(1)
    guard a.type == .float32 else { throw unsupported(a.type) }
    // A vector counts as a row on the left, as a column on the right.
    let left = a.shape.rank == 1 ? a.reshaped([1, a.count]) : a
    let right = b.shape.rank == 1 ? b.reshaped([b.count, 1]) : b
    let product = try outputShape(left.shape, right.shape)
    return [try multiply(left, right, product).reshaped(try facts.shape())]
  }

  /// Shape: a `[…, rows, depth]`, b `[…, depth, columns]`, the leading axes broadcast.
  private func multiply(_ a: Tensor, _ b: Tensor, _ shape: Shape) throws -> Tensor {
    let rank = shape.rank
    let rows = shape[rank - 2]
    let columns = shape[rank - 1]
    let depth = a.shape[a.shape.rank - 1]
    let batch = Shape(Array(shape.dimensions.dropLast(2)))
    var result = try Tensor(.float32, shape)
    let x = a.span(of: Float.self)
    let y = b.span(of: Float.self)
    var z = result.mutableSpan(of: Float.self)
    var walk = StridedRows(
      Shape(batch.dimensions + [1]),
      strides: [a, b].map { operand in
        let own = Shape(Array(operand.shape.dimensions.dropLast(2)))
        let matrix = operand.shape.dimensions.suffix(2).reduce(1, *)
        return own.strides(broadcastTo: batch).map { $0 * matrix } + [0]
      })
    guard rows * columns > 0 else { return result }
    while walk.next() {
      let base = walk.start * rows * columns
      for i in 0..<rows {
        for k in 0..<depth {
          let factor = x[walk.offsets[0] + i * depth + k]
          let row = walk.offsets[1] + k * columns
          for j in 0..<columns { z[base + i * columns + j] += factor * y[row + j] }
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
    guard a.type == .float32 else { throw unsupported(a.type) }
    if transposeA { a = try a.transposed([1, 0]) }
    if transposeB { b = try b.transposed([1, 0]) }
    let ab = [Fact(.float32, shape)]
    var result = try MatMul().evaluate([a, b], ab)[0]
    let c = try inputs.optional(2)?.expanded(to: shape)
    var z = result.mutableSpan(of: Float.self)
    for i in 0..<z.count { z[i] *= alpha }
    guard let c else { return [result] }
    let addend = c.span(of: Float.self)
    for i in 0..<z.count { z[i] += beta * addend[i] }
    return [result]
  }
}

extension Reduce: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    switch x.type {
    case .float32: return [try floats(x, shape)]
    case .int64: return [try integers(x, shape, Int64.self)]
    case .int32: return [try integers(x, shape, Int32.self)]
    default: throw unsupported(x.type)
    }
  }

  /// For every axis the step in the folded result: 0 along what is folded.
  private func steps(_ shape: Shape) throws -> [Int] {
    let folded = try resolvedAxes(rank: shape.rank)
    let kept = Shape(shape.dimensions.indices.map { folded.contains($0) ? 1 : shape[$0] })
    return zip(shape.dimensions.indices, kept.strides).map { folded.contains($0) ? 0 : $1 }
  }

  private func floats(_ x: Tensor, _ shape: Shape) throws -> Tensor {
    var totals = [Double](repeating: start, count: shape.count)
    let source = x.span(of: Float.self)
    var rows = StridedRows(x.shape, strides: [try steps(x.shape)])
    while rows.next() {
      for i in 0..<rows.length {
        let place = rows.offsets[0] + i * rows.steps[0]
        totals[place] = fold(totals[place], Double(source[rows.start + i]))
      }
    }
    let count = Double(x.count) / Double(max(shape.count, 1))
    let results = totals.map { total -> Float in
      switch function {
      case .mean: Float(total / count)
      case .l2: Float(total.squareRoot())
      default: Float(total)
      }
    }
    return try Tensor(results, shape: shape)
  }

  private var start: Double {
    switch function {
    case .maximum: -.infinity
    case .minimum: .infinity
    case .product: 1
    default: 0
    }
  }

  private func fold(_ total: Double, _ x: Double) -> Double {
    switch function {
    case .sum, .mean: total + x
    case .maximum: total.isNaN || x.isNaN ? .nan : Swift.max(total, x)
    case .minimum: total.isNaN || x.isNaN ? .nan : Swift.min(total, x)
    case .product: total * x
    case .sumSquare, .l2: total + x * x
    case .l1: total + abs(x)
    }
  }

  /// Overflow wraps.
  private func integers<E: TensorElement & FixedWidthInteger>(
    _ x: Tensor, _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    let first: E = function == .maximum ? .min : function == .minimum ? .max : 0
    var totals = [E](repeating: function == .product ? 1 : first, count: shape.count)
    let source = x.span(of: E.self)
    var rows = StridedRows(x.shape, strides: [try steps(x.shape)])
    while rows.next() {
      for i in 0..<rows.length {
        let place = rows.offsets[0] + i * rows.steps[0]
        totals[place] = try fold(totals[place], source[rows.start + i])
      }
    }
    if function == .mean, shape.count > 0, let count = E(exactly: x.count / shape.count), count > 0
    {
      totals = totals.map { $0 / count }
    }
    return try Tensor(totals, shape: shape)
  }

  private func fold<E: FixedWidthInteger>(_ total: E, _ x: E) throws -> E {
    switch function {
    case .sum, .mean: total &+ x
    case .maximum: Swift.max(total, x)
    case .minimum: Swift.min(total, x)
    case .product: total &* x
    case .sumSquare: total &+ x &* x
    case .l1: total &+ (x < 0 ? 0 &- x : x)
    case .l2: throw unsupported(E.self == Int64.self ? .int64 : .int32)
    }
  }
}
