import OcelliTensor

/// The lanes of a tensor along one axis: the elements of a lane stand `step` apart.
struct Lanes {
  let extent: Int
  let step: Int
  let count: Int

  /// A scalar is one lane of one element. `axis` counts from the front.
  init(_ shape: Shape, axis: Int) {
    extent = shape.rank == 0 ? 1 : shape[axis]
    step = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    count = shape.dimensions.prefix(axis).reduce(1, *) * step
  }

  /// Where a lane begins.
  func start(_ lane: Int) -> Int { lane / step * step * extent + lane % step }
}
