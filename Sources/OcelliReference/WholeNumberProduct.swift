import OcelliKernels
import OcelliTensor

/// Products of matrices of small whole numbers, exact, through a product of floats: the depth is cut so
/// that no sum passes 2²⁴, up to which a float holds every whole number.
struct WholeNumberProduct {
  let rows: Int
  let columns: Int
  private let slice: Int
  private var part: [Float]
  /// Sums in 32 bits; overflow wraps.
  private(set) var totals: [Int32]

  /// `largest`: no product of two elements is greater.
  init(rows: Int, columns: Int, largest: Int) {
    self.rows = rows
    self.columns = columns
    slice = max((1 << 24) / max(largest, 1), 1)
    part = [Float](repeating: 0, count: rows * columns)
    totals = [Int32](repeating: 0, count: rows * columns)
  }

  /// Sets the totals to a · b. Shape: a `[rows, depth]` whose rows are dense, b `[depth, columns]`.
  mutating func multiply(
    _ a: Span<Float>, from aStart: Int, _ b: Span<Float>, from bStart: Int, depth: Int
  ) {
    for i in totals.indices { totals[i] = 0 }
    let (rows, columns) = (rows, columns)
    var k = 0
    while k < depth {
      let count = min(slice, depth - k)
      var target = part.mutableSpan
      Blas.multiply(
        a, from: aStart + k, step: depth, b, from: bStart + k * columns, step: columns, rows: rows,
        depth: count,
        columns: columns, into: &target)
      for i in totals.indices { totals[i] &+= Int32(part[i]) }
      k += count
    }
  }
}

/// The elements of an 8 bit tensor less their zero points, as floats, and the largest of their sizes.
struct CentredElements {
  let elements: [Float]
  let largest: Int

  /// `zero` broadcasts to the tensor under the given strides; nil: nothing is subtracted.
  init(_ x: Tensor, zero: Tensor?, strides: [Int]) throws {
    switch x.type {
    case .uint8: elements = Self.centred(x, zero, strides, UInt8.self)
    case .int8: elements = Self.centred(x, zero, strides, Int8.self)
    default: throw TensorError.byteCount(expected: 1, found: x.type.size)
    }
    var largest: Float = 0
    for element in elements { largest = max(largest, abs(element)) }
    self.largest = Int(largest)
  }

  private static func centred<E: IntegerElement>(
    _ x: Tensor, _ zero: Tensor?, _ strides: [Int], _ type: E.Type
  ) -> [Float] {
    let zeros = zero?.array(of: E.self) ?? [0]
    let source = x.span(of: E.self)
    var elements = [Float](repeating: 0, count: x.count)
    let walked = zero == nil ? [Int](repeating: 0, count: x.shape.rank) : strides
    var rows = StridedRows(x.shape, strides: [walked])
    while rows.next() {
      let (start, place, step) = (rows.start, rows.offsets[0], rows.steps[0])
      if step == 0 {
        let zero = Float(zeros[place])
        for i in start..<start + rows.length { elements[i] = Float(source[i]) - zero }
      } else {
        for i in 0..<rows.length {
          elements[start + i] = Float(source[start + i]) - Float(zeros[place + i * step])
        }
      }
    }
    return elements
  }
}
