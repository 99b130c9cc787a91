extension Blas {
  /// `c = a · b` on one thread. The operands begin at `aStart`, `bStart`; their rows are `aStep`,
  /// `bStep` elements apart. Shape: a `[rows, depth]`, b `[depth, columns]`, c `[rows, columns]` dense.
  /// Traps: where that is outside of a span, or an extent beyond 32 bits.
  package static func multiply(
    _ a: Span<Float>, from aStart: Int = 0, step aStep: Int, _ b: Span<Float>,
    from bStart: Int = 0, step bStep: Int, rows: Int, depth: Int, columns: Int,
    into c: inout MutableSpan<Float>
  ) {
    guard rows > 0, columns > 0 else { return }
    precondition(c.count >= rows * columns, "the result has no room")
    guard depth > 0 else {
      for i in 0..<rows * columns { c[i] = 0 }
      return
    }
    precondition(aStart >= 0 && bStart >= 0 && aStep >= depth && bStep >= columns, "steps")
    precondition(aStart + (rows - 1) * aStep + depth <= a.count, "the left operand is too short")
    precondition(bStart + (depth - 1) * bStep + columns <= b.count, "the right one is too short")
    let extents = (Int32(rows), Int32(columns), Int32(depth), Int32(aStep), Int32(bStep))
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          unsafe ock_sgemm(
            extents.0, extents.1, extents.2, a.baseAddress! + aStart, extents.3,
            b.baseAddress! + bStart, extents.4, c.baseAddress!, extents.1)
        }
      }
    }
  }
}
