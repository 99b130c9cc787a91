package import OcelliTensor

/// What `Slice` takes of one axis: `count` elements from `start` on, every `step`-th.
package struct SliceRange: Sendable, Equatable {
  package var start: Int
  package var step: Int
  package var count: Int
}

extension Slice {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...5)
    let x = try inputs.required(0, "data")
    let starts = try inputs.required(1, "starts").integersIfConstant("starts")
    let ends = try inputs.required(2, "ends").integersIfConstant("ends")
    var axes: [Int]?
    if let given = inputs.optional(3) {
      axes = try given.integersIfConstant("axes")
      if axes == nil { return [Fact(x.fact.type, nil)] }
    }
    var steps: [Int]?
    if let given = inputs.optional(4) {
      steps = try given.integersIfConstant("steps")
      if steps == nil { return [Fact(x.fact.type, nil)] }
    }
    guard let shape = x.fact.shape, let starts, let ends else { return [Fact(x.fact.type, nil)] }
    let ranges = try resolvedRanges(shape, starts: starts, ends: ends, axes: axes, steps: steps)
    return [Fact(x.fact.type, try Shape.checked(ranges.map(\.count)))]
  }

  /// What is taken of every axis of `x`. Bounds beyond the ends are clamped.
  /// Errors: lists of unlike length, an axis twice or out of range, a step of 0.
  package func resolvedRanges(
    _ x: Shape, starts: [Int], ends: [Int], axes: [Int]?, steps: [Int]?
  ) throws(OperatorError) -> [SliceRange] {
    let axes = try normalizedAxes(axes ?? Array(0..<starts.count), rank: x.rank)
    let steps = steps ?? [Int](repeating: 1, count: starts.count)
    guard starts.count == ends.count, starts.count == axes.count, starts.count == steps.count
    else { throw OperatorError("starts, ends, axes and steps differ in length") }
    var ranges = x.dimensions.map { SliceRange(start: 0, step: 1, count: $0) }
    for (index, axis) in axes.enumerated() {
      ranges[axis] = try range(
        extent: x[axis], start: starts[index], end: ends[index], step: steps[index])
    }
    return ranges
  }

  private func range(
    extent: Int, start: Int, end: Int, step: Int
  ) throws(OperatorError) -> SliceRange {
    guard step != 0 else { throw OperatorError("a step of 0") }
    // No axis is longer than this, so a longer step takes one element as well.
    let step = min(max(step, -Shape.maximumCount), Shape.maximumCount)
    let from = start < 0 ? try sum(start, extent) : start
    let to = end < 0 ? try sum(end, extent) : end
    if step > 0 {
      let first = min(max(from, 0), extent)
      let last = min(max(to, 0), extent)
      return SliceRange(start: first, step: step, count: max(0, (last - first + step - 1) / step))
    }
    let first = min(max(from, -1), extent - 1)
    let last = min(max(to, -1), extent - 1)
    return SliceRange(start: first, step: step, count: max(0, (first - last - step - 1) / -step))
  }
}
