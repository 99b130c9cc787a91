import Glibc
import OcelliGraph
import OcelliTensor

extension Reduce: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let given = try inputs.optional(1)?.integers("axes")
    let folded = try resolvedAxes(rank: x.shape.rank, given: given)
    if x.type == .bool { return [try bools(x, shape, folded)] }
    if x.type == .float32 { return [try floats(x, shape, folded, Float.self)] }
    if let type = x.type.float { return [try floats(x, shape, folded, type)] }
    guard let type = x.type.integer else { throw unsupported(x.type) }
    return [try integers(x, shape, folded, type)]
  }

  /// Folds every element of `x` into its place of the result.
  private func fold<E: TensorElement, Total>(
    _ x: Tensor, _ folded: [Int], into totals: inout [Total], _ combine: (Total, E) -> Total
  ) {
    let kept = Shape(x.shape.dimensions.indices.map { folded.contains($0) ? 1 : x.shape[$0] })
    let steps = kept.strides.enumerated().map { folded.contains($0) ? 0 : $1 }
    let source = x.span(of: E.self)
    var rows = StridedRows(x.shape, strides: [steps])
    while rows.next() {
      let (step, offset) = (rows.steps[0], rows.offsets[0])
      for i in 0..<rows.length {
        let place = offset + i * step
        totals[place] = combine(totals[place], source[rows.start + i])
      }
    }
  }

  private func floats<E: FloatElement>(
    _ x: Tensor, _ shape: Shape, _ folded: [Int], _ type: E.Type
  ) throws -> Tensor {
    let totals = try totals(x, shape, folded, E.self) { Double($0) }
    return try Tensor(totals.map { E($0) }, shape: shape)
  }

  /// The result in double. Of nothing: what leaves another value as it is.
  private func totals<E: TensorElement>(
    _ x: Tensor, _ shape: Shape, _ folded: [Int], _ type: E.Type, _ double: (E) -> Double
  ) throws -> [Double] {
    var totals = [Double](repeating: start, count: shape.count)
    guard function == .logSumExp else {
      fold(x, folded, into: &totals) { (total, x: E) in combine(total, double(x)) }
      let count = Double(x.count) / Double(max(shape.count, 1))
      return totals.map { finish($0, count) }
    }
    // From the largest on, so that no power overflows.
    var highest = [Double](repeating: -.infinity, count: shape.count)
    fold(x, folded, into: &highest) { (total, x: E) in larger(total, double(x)) }
    var powers = [(Double, Double)](repeating: (0, 0), count: shape.count)
    for i in powers.indices { powers[i].1 = highest[i].isInfinite ? 0 : highest[i] }
    fold(x, folded, into: &powers) { (pair, x: E) in (pair.0 + exp(double(x) - pair.1), pair.1) }
    return powers.map { log($0.0) + $0.1 }
  }

  private var start: Double {
    switch function {
    case .maximum: -.infinity
    case .minimum: .infinity
    case .product: 1
    default: 0
    }
  }

  private func larger(_ a: Double, _ b: Double) -> Double {
    a.isNaN || b.isNaN ? .nan : Swift.max(a, b)
  }

  private func combine(_ total: Double, _ x: Double) -> Double {
    switch function {
    case .sum, .mean, .logSum, .logSumExp: total + x
    case .maximum: larger(total, x)
    case .minimum: total.isNaN || x.isNaN ? .nan : Swift.min(total, x)
    case .product: total * x
    case .sumSquare, .l2: total + x * x
    case .l1: total + abs(x)
    }
  }

  private func finish(_ total: Double, _ count: Double) -> Double {
    switch function {
    case .mean: total / count
    case .l2: total.squareRoot()
    case .logSum: log(total)
    default: total
    }
  }

  /// Overflow wraps; what has a root or a logarithm goes through double, toward zero.
  private func integers<E: IntegerElement>(
    _ x: Tensor, _ shape: Shape, _ folded: [Int], _ type: E.Type
  ) throws -> Tensor {
    switch function {
    case .l2, .logSum, .logSumExp:
      let totals = try totals(x, shape, folded, E.self) { Double($0) }
      return try Tensor(totals.map { E(nearest: $0) }, shape: shape)
    default: break
    }
    let first: E =
      switch function {
      case .maximum: .min
      case .minimum: .max
      case .product: 1
      default: 0
      }
    var totals = [E](repeating: first, count: shape.count)
    fold(x, folded, into: &totals) { combine($0, $1) }
    if function == .mean, shape.count > 0 {
      let count = x.count / shape.count
      guard count > 0 else { throw OperatorError("\(name) of nothing: \(x.shape)") }
      if let count = E(exactly: count) {
        totals = totals.map { $0 / count }
      } else {
        totals = totals.map { _ in 0 }
      }
    }
    return try Tensor(totals, shape: shape)
  }

  private func combine<E: FixedWidthInteger>(_ total: E, _ x: E) -> E {
    switch function {
    case .maximum: Swift.max(total, x)
    case .minimum: Swift.min(total, x)
    case .product: total &* x
    case .sumSquare: total &+ x &* x
    case .l1: total &+ (x < 0 ? 0 &- x : x)
    default: total &+ x
    }
  }

  private func bools(_ x: Tensor, _ shape: Shape, _ folded: [Int]) throws -> Tensor {
    let largest = function == .maximum
    var totals = [Bool](repeating: !largest, count: shape.count)
    fold(x, folded, into: &totals) { (total, x: Bool) in largest ? total || x : total && x }
    return try Tensor(totals, shape: shape)
  }
}
