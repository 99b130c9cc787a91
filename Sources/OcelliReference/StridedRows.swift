import OcelliTensor

/// Walks a shape row by row, with the places of operands that have strides of their own.
struct StridedRows {
  /// Elements of a row, and each operand's step along it.
  let length: Int
  let steps: [Int]
  /// Where the row begins in the dense tensor of the shape, and in each operand.
  private(set) var start = 0
  private(set) var offsets: [Int]

  private let outer: [Int]
  private let strides: [[Int]]
  private var index: [Int]
  private var remaining: Int
  private var isFirst = true

  /// `strides`: one list an operand, as long as the shape's rank.
  init(_ shape: Shape, strides: [[Int]]) {
    let rank = shape.rank
    length = rank == 0 ? 1 : shape[rank - 1]
    steps = strides.map { $0.last ?? 0 }
    outer = Array(shape.dimensions.dropLast())
    self.strides = strides
    index = [Int](repeating: 0, count: outer.count)
    offsets = [Int](repeating: 0, count: strides.count)
    remaining = shape.count == 0 ? 0 : outer.reduce(1, *)
  }

  /// Steps to the next row; false at the end.
  mutating func next() -> Bool {
    guard remaining > 0 else { return false }
    remaining -= 1
    if isFirst {
      isFirst = false
      return true
    }
    start += length
    var axis = outer.count - 1
    while axis >= 0 {
      index[axis] += 1
      for operand in strides.indices { offsets[operand] += strides[operand][axis] }
      if index[axis] < outer[axis] { break }
      for operand in strides.indices { offsets[operand] -= strides[operand][axis] * outer[axis] }
      index[axis] = 0
      axis -= 1
    }
    return true
  }
}
