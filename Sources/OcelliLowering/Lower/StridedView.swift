/// Names a buffer of one program.
package struct BufferID: Hashable, Sendable {
  package let index: Int
}

/// A value as it lies in a buffer. Layout is nothing but the order of the strides: NHWC is a 4-D view
/// whose channel stride is 1. Transpose, Slice, Split, Squeeze and most Reshapes only change the view.
package struct StridedView: Sendable, Equatable {
  package var buffer: BufferID
  /// Units: elements from the buffer's origin (row 0, pixel 0; the halo lies before it).
  package var offset: Int
  /// The logical extents, in the model's own order.
  package var dimensions: [Int]
  /// Units: elements; 0 repeats.
  package var strides: [Int]

  package init(buffer: BufferID, offset: Int = 0, dimensions: [Int], strides: [Int]) {
    self.buffer = buffer
    self.offset = offset
    self.dimensions = dimensions
    self.strides = strides
  }

  package var count: Int { dimensions.reduce(1, *) }

  /// Whether the elements stand one after another in logical order.
  package var isContiguous: Bool {
    var step = 1
    for (dimension, stride) in zip(dimensions, strides).reversed() {
      if dimension != 1 && stride != step { return false }
      step *= dimension
    }
    return true
  }

  /// Whether both have the same elements at the same places: strides of axes of one element do not count.
  package func isSame(as other: StridedView) -> Bool {
    buffer == other.buffer && offset == other.offset && dimensions == other.dimensions
      && dimensions.indices.allSatisfy { dimensions[$0] == 1 || strides[$0] == other.strides[$0] }
  }

  /// Whether this is `[1, C, H, W]` with a pixel's channels side by side.
  package var isChannelsLast: Bool {
    dimensions.count == 4 && dimensions[0] == 1
      && (dimensions[1] == 1 || strides[1] == 1)
      && (dimensions[3] == 1 || strides[3] >= dimensions[1])
      && (dimensions[2] == 1 || strides[2] >= strides[3])
  }

  /// Calls `body` with every element in logical order: its index there, and its place from the view's
  /// first element. Units: elements.
  package func forEachPlace(_ body: (_ element: Int, _ place: Int) -> Void) {
    var index = [Int](repeating: 0, count: dimensions.count)
    var place = 0
    for element in 0..<count {
      body(element, place)
      for axis in dimensions.indices.reversed() {
        index[axis] += 1
        place += strides[axis]
        if index[axis] < dimensions[axis] { break }
        place -= strides[axis] * dimensions[axis]
        index[axis] = 0
      }
    }
  }

  package func permuted(_ permutation: [Int]) -> StridedView {
    var view = self
    view.dimensions = permutation.map { dimensions[$0] }
    view.strides = permutation.map { strides[$0] }
    return view
  }

  /// Every `step`-th of `count` elements along `axis`, from `start`. `step` may be negative.
  package func sliced(axis: Int, start: Int, count: Int, step: Int = 1) -> StridedView {
    var view = self
    view.offset += start * strides[axis]
    view.dimensions[axis] = count
    view.strides[axis] *= step
    return view
  }

  /// The view under other extents, or nil where the elements would have to move.
  package func reshaped(_ shape: [Int]) -> StridedView? {
    precondition(shape.reduce(1, *) == count, "a reshape keeps the number of elements")
    if count == 0 { return nil }
    // The old axes, ones dropped and neighbours joined where they stand together.
    var axes: [(size: Int, stride: Int)] = []
    for (size, stride) in zip(dimensions, strides) where size != 1 {
      if let last = axes.last, last.stride == size * stride {
        axes[axes.count - 1] = (last.size * size, stride)
      } else {
        axes.append((size, stride))
      }
    }
    // Each new axis must be cut out of one joined old axis, outermost first.
    var newStrides = [Int](repeating: 1, count: shape.count)
    var at = 0
    var left = axes.first?.size ?? 1
    for (index, size) in shape.enumerated() where size != 1 {
      while left == 1 {
        at += 1
        if at >= axes.count { return nil }
        left = axes[at].size
      }
      guard left % size == 0 else { return nil }
      left /= size
      newStrides[index] = axes[at].stride * left
    }
    return StridedView(buffer: buffer, offset: offset, dimensions: shape, strides: newStrides)
  }

  /// The view broadcast to other extents, NumPy's way, or nil where it cannot be.
  package func broadcast(to shape: [Int]) -> StridedView? {
    guard shape.count >= dimensions.count else { return nil }
    let lead = shape.count - dimensions.count
    var view = StridedView(
      buffer: buffer, offset: offset, dimensions: shape,
      strides: [Int](repeating: 0, count: shape.count))
    for (axis, size) in dimensions.enumerated() {
      if size == shape[lead + axis] {
        view.strides[lead + axis] = size == 1 ? 0 : strides[axis]
      } else if size != 1 {
        return nil
      }
    }
    return view
  }
}
