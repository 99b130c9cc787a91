package import OcelliTensor

extension Concat {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    let first = try inputs.required(0, "0")
    var joined: [Int]?
    for index in inputs.indices {
      let input = try inputs.required(index, "\(index)")
      try input.expectType(first.fact.type, "\(index)")
      guard let shape = input.fact.shape else { return [Fact(first.fact.type, nil)] }
      let axis = try normalizedAxis(axis, rank: shape.rank)
      guard let so = joined else {
        joined = shape.dimensions
        continue
      }
      var next = shape.dimensions
      guard next.count == so.count else { throw OperatorError("\(shape) beside \(so)") }
      next[axis] = so[axis]
      guard next == so else { throw OperatorError("\(shape) beside \(so) along axis \(axis)") }
      next[axis] = try sum(so[axis], shape[axis])
      joined = next
    }
    return [Fact(first.fact.type, try Shape.checked(joined ?? []))]
  }
}

extension Split {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...2)
    let x = try inputs.required(0, "input")
    guard outputCount >= 1, outputCount <= 1 << 16 else {
      throw OperatorError("\(outputCount) outputs")
    }
    let unknown = [Fact](repeating: Fact(x.fact.type, nil), count: outputCount)
    guard let shape = x.fact.shape else { return unknown }
    var sizes: [Int]?
    if let given = inputs.optional(1) {
      guard let given = try given.integersIfConstant("split") else { return unknown }
      sizes = given
    }
    var facts: [Fact] = []
    let axis = try normalizedAxis(axis, rank: shape.rank)
    for size in try resolvedSizes(shape, sizes: sizes) {
      var dimensions = shape.dimensions
      dimensions[axis] = size
      facts.append(Fact(x.fact.type, try Shape.checked(dimensions)))
    }
    return facts
  }

  /// The extents of the outputs along the axis. Errors: where they do not add up.
  package func resolvedSizes(_ x: Shape, sizes: [Int]?) throws(OperatorError) -> [Int] {
    let extent = x[try normalizedAxis(axis, rank: x.rank)]
    guard let sizes else {
      // Even shares, the last one smaller.
      let share = (extent + outputCount - 1) / outputCount
      return (0..<outputCount).map { max(0, min(share, extent - $0 * share)) }
    }
    var total = 0
    for size in sizes {
      guard size >= 0 else { throw OperatorError("split \(sizes)") }
      total = try sum(total, size)
    }
    guard sizes.count == outputCount, total == extent else {
      throw OperatorError("split \(sizes) of \(extent) into \(outputCount)")
    }
    return sizes
  }
}

extension Gather {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "data")
    let indices = try inputs.required(1, "indices")
    guard indices.fact.type == .int64 || indices.fact.type == .int32 else {
      throw OperatorError("indices are \(indices.fact.type.rawValue)")
    }
    guard let shape = x.fact.shape, let places = indices.fact.shape else {
      return [Fact(x.fact.type, nil)]
    }
    let axis = try normalizedAxis(axis, rank: shape.rank)
    let dimensions =
      shape.dimensions.prefix(axis) + places.dimensions + shape.dimensions.dropFirst(axis + 1)
    return [Fact(x.fact.type, try Shape.checked(Array(dimensions)))]
  }
}

extension Expand {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "input")
    let target = try inputs.required(1, "shape").integersIfConstant("shape")
    guard let shape = x.fact.shape, let target else { return [Fact(x.fact.type, nil)] }
    return [Fact(x.fact.type, try shape.broadcast(with: Shape.checked(target)))]
  }
}

extension Tile {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "input")
    let repeats = try inputs.required(1, "repeats").integersIfConstant("repeats")
    guard let shape = x.fact.shape, let repeats else { return [Fact(x.fact.type, nil)] }
    guard repeats.count == shape.rank, repeats.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError("repeats \(repeats) of \(shape)")
    }
    var dimensions: [Int] = []
    for (extent, count) in zip(shape.dimensions, repeats) {
      dimensions.append(try product(extent, count))
    }
    return [Fact(x.fact.type, try Shape.checked(dimensions))]
  }
}
