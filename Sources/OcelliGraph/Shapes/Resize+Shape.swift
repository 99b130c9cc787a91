package import OcelliTensor

extension Resize {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...4)
    let x = try inputs.required(0, "X")
    let scales = inputs.optional(1)
    let sizes = inputs.optional(2)
    guard scales != nil || sizes != nil else { throw OperatorError("neither scales nor sizes") }
    try scales?.expectType(.float32, "scales")
    let extents = try sizes?.integersIfConstant("sizes")
    let region = inputs.optional(3)
    if let type = region?.fact.type, !type.isFloatingPoint {
      throw OperatorError("roi is \(type.rawValue)")
    }
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    if let region = region?.fact.shape, coordinates == .tfCropAndResize {
      guard region.count == 2 * (try resolvedAxes(rank: shape.rank)).count else {
        throw OperatorError("roi of \(region) for \(shape)")
      }
    }
    if sizes != nil {
      guard let extents else { return [Fact(x.fact.type, nil)] }
      return [Fact(x.fact.type, try geometry(shape, sizes: extents).shape)]
    }
    guard let scales = scales?.constant else { return [Fact(x.fact.type, nil)] }
    var spans: [Float]?
    if coordinates == .tfCropAndResize {
      guard let constant = region?.constant else { return [Fact(x.fact.type, nil)] }
      spans = try regionSpans(constant)
    }
    let list = scales.array(of: Float.self)
    return [Fact(x.fact.type, try geometry(shape, scales: list, spans: spans).shape)]
  }

  /// What a region takes of each of the axes, as a share of it. Errors: an odd number of bounds.
  package func regionSpans(_ region: Tensor) throws(OperatorError) -> [Float] {
    let bounds = try regionBounds(region)
    return bounds.begin.indices.map { bounds.end[$0] - bounds.begin[$0] }
  }

  /// Where a region begins and ends on each of the axes. Errors: an odd number of bounds.
  package func regionBounds(
    _ region: Tensor
  ) throws(OperatorError) -> (begin: [Float], end: [Float]) {
    let list: [Float]
    do {
      list =
        region.type == .float64
        ? region.array(of: Double.self).map { Float($0) }
        : try region.widened().array(of: Float.self)
    } catch { throw OperatorError(error.description) }
    guard list.count % 2 == 0 else { throw OperatorError("roi of \(list.count) bounds") }
    return (Array(list.prefix(list.count / 2)), Array(list.suffix(list.count / 2)))
  }

  /// The axes that scales, sizes and regions speak of, in their order.
  package func resolvedAxes(rank: Int) throws(OperatorError) -> [Int] {
    try normalizedAxes(axes ?? Array(0..<rank), rank: rank)
  }

  /// The result's shape, and every axis's scale, for the extents that are wanted.
  /// Errors: a wrong number of them, or one below 0.
  package func geometry(
    _ x: Shape, sizes: [Int]
  ) throws(OperatorError) -> (shape: Shape, scales: [Float]) {
    let axes = try resolvedAxes(rank: x.rank)
    guard sizes.count == axes.count, sizes.allSatisfy({ 0...Shape.maximumCount ~= $0 }) else {
      throw OperatorError("sizes \(sizes) for \(x)")
    }
    var dimensions = x.dimensions
    for (axis, size) in zip(axes, sizes) { dimensions[axis] = size }
    try checkSource(x, dimensions)
    var scales = zip(x.dimensions, dimensions).map { $0 == $1 ? 1 : Float($1) / Float($0) }
    if policy != .stretch, x.count > 0 {
      // One scale for all: the smallest keeps within the extents, the largest covers them.
      let wanted = axes.map { Double(dimensions[$0]) / Double(x[$0]) }
      let scale = (policy == .notLarger ? wanted.min() : wanted.max()) ?? 1
      for axis in axes {
        let scaled = (scale * Double(x[axis])).rounded(.toNearestOrAwayFromZero)
        guard scaled <= Double(Shape.maximumCount) else {
          throw OperatorError("sizes \(sizes) for \(x)")
        }
        scales[axis] = Float(scale)
        dimensions[axis] = Int(scaled)
      }
    }
    return (try Shape.checked(dimensions), scales)
  }

  /// The result's shape, and every axis's scale. `spans`: the share of each axis that is taken.
  /// Errors: a wrong number of scales, or one that is not a positive number.
  package func geometry(
    _ x: Shape, scales given: [Float], spans: [Float]? = nil
  ) throws(OperatorError) -> (shape: Shape, scales: [Float]) {
    let axes = try resolvedAxes(rank: x.rank)
    guard given.count == axes.count, spans.map({ $0.count == axes.count }) ?? true else {
      throw OperatorError("scales \(given) for \(x)")
    }
    var dimensions = x.dimensions
    var scales = [Float](repeating: 1, count: x.rank)
    for (index, axis) in axes.enumerated() {
      let scale = given[index]
      let scaled = (Float(x[axis]) * (spans?[index] ?? 1) * scale).rounded(.down)
      guard scale > 0, scaled >= 0, scaled.isFinite, scaled <= Float(Shape.maximumCount) else {
        throw OperatorError("scales \(given) for \(x)")
      }
      dimensions[axis] = Int(scaled)
      scales[axis] = scale
    }
    try checkSource(x, dimensions)
    return (try Shape.checked(dimensions), scales)
  }

  private func checkSource(_ x: Shape, _ dimensions: [Int]) throws(OperatorError) {
    guard x.count > 0 || dimensions.contains(0) else {
      throw OperatorError("Resize of nothing: \(x)")
    }
  }
}
