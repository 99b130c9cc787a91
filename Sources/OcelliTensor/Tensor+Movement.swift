/// Movement of elements: the same for every type, so it works on bytes.
extension Tensor {
  /// A tensor of `shape` whose element at an index is ours at `offset + Σ index · stride`.
  /// Units: elements. Errors: `.outOfMemory`. Traps: where that is outside of this tensor.
  package func strided(
    _ shape: Shape, offset: Int = 0, strides: [Int]
  ) throws(TensorError) -> Tensor {
    var result = try Tensor(type, shape)
    guard shape.count > 0 else { return result }
    precondition(Self.reach(shape, offset, strides, within: count), "beyond the tensor")
    unsafe result.withMutableBase { target in
      Self.walk(shape, offset, strides, size: type.size) { position, place, bytes in
        unsafe (target + position).copyMemory(from: storage.pointer + place, byteCount: bytes)
      }
    }
    return result
  }

  /// Writes `source` so that its element at an index stands here at `offset + Σ index · stride`.
  /// Units: elements. Traps: where that is outside of this tensor, or the types differ.
  package mutating func write(_ source: Tensor, offset: Int = 0, strides: [Int]) {
    precondition(source.type == type, "another element type")
    guard source.count > 0 else { return }
    let size = type.size
    precondition(Self.reach(source.shape, offset, strides, within: count), "beyond the tensor")
    unsafe withMutableBase { target in
      Self.walk(source.shape, offset, strides, size: size) { position, place, bytes in
        unsafe (target + place).copyMemory(
          from: source.storage.pointer + position, byteCount: bytes)
      }
    }
  }

  /// The slices at `positions` of one axis, in that order; positions may repeat.
  /// Errors: `.outOfMemory`, `.tooLarge`. Traps: on a position that the axis has not.
  package func taking(_ positions: [Int], axis: Int) throws(TensorError) -> Tensor {
    precondition(positions.allSatisfy { $0 >= 0 && $0 < shape[axis] }, "no such position")
    var dimensions = shape.dimensions
    dimensions[axis] = positions.count
    var result = try Tensor(type, try Shape(checking: dimensions))
    let block = shape.dimensions.dropFirst(axis + 1).reduce(type.size, *)
    let outer = shape.dimensions.prefix(axis).reduce(1, *)
    let extent = shape[axis]
    guard block > 0 else { return result }
    unsafe result.withMutableBase { target in
      var to = 0
      for row in 0..<outer {
        for position in positions {
          unsafe (target + to).copyMemory(
            from: storage.pointer + (row * extent + position) * block, byteCount: block)
          to += block
        }
      }
    }
    return result
  }

  /// Whether every place of a walk lies within `count` elements.
  private static func reach(
    _ shape: Shape, _ offset: Int, _ strides: [Int], within count: Int
  ) -> Bool {
    guard strides.count == shape.rank else { return false }
    var lowest = offset
    var highest = offset
    for (extent, step) in zip(shape.dimensions, strides) {
      if step < 0 { lowest += (extent - 1) * step } else { highest += (extent - 1) * step }
    }
    return lowest >= 0 && highest < count
  }

  /// Calls `body` with runs: (place in a dense tensor, place at the strides, length). Units: bytes.
  private static func walk(
    _ shape: Shape, _ offset: Int, _ strides: [Int], size: Int,
    _ body: (_ dense: Int, _ strided: Int, _ bytes: Int) -> Void
  ) {
    let rank = shape.rank
    let inner = rank == 0 ? 1 : shape[rank - 1]
    let step = rank == 0 ? 1 : strides[rank - 1]
    var index = [Int](repeating: 0, count: max(rank - 1, 0))
    var place = offset
    for dense in stride(from: 0, to: shape.count, by: inner) {
      if step == 1 || inner == 1 {
        body(dense * size, place * size, inner * size)
      } else {
        for i in 0..<inner { body((dense + i) * size, (place + i * step) * size, size) }
      }
      var axis = rank - 2
      while axis >= 0 {
        index[axis] += 1
        place += strides[axis]
        if index[axis] < shape[axis] { break }
        place -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}
