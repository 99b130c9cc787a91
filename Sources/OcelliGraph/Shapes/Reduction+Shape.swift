import OcelliTensor

extension Reduce {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...2)
    let x = try inputs.required(0, "data")
    let type = x.fact.type
    let ordered = function == .maximum || function == .minimum
    guard type != .bool || ordered else { throw OperatorError("\(name) of bool") }
    let axes = inputs.optional(1)
    let given = try axes?.integersIfConstant("axes")
    guard let shape = x.fact.shape, axes == nil || given != nil else {
      return [Fact(type, nil)]
    }
    let folded = try resolvedAxes(rank: shape.rank, given: given)
    return [
      Fact(type, try folding(shape, folded, keepDimensions: keepDimensions))
    ]
  }

  /// The axes that are folded, counted from the front, ascending. `given`: those of the input `axes`.
  package func resolvedAxes(rank: Int, given: [Int]? = nil) throws(OperatorError) -> [Int] {
    let wanted = given.map { $0.isEmpty && !emptyMeansNone ? nil : $0 } ?? axes
    guard let wanted else { return Array(0..<rank) }
    return try normalizedAxes(wanted, rank: rank).sorted()
  }
}

/// The shape after axes are folded.
private func folding(
  _ shape: Shape, _ folded: [Int], keepDimensions: Bool
) throws(OperatorError) -> Shape {
  var dimensions: [Int] = []
  for (axis, extent) in shape.dimensions.enumerated() {
    if !folded.contains(axis) {
      dimensions.append(extent)
    } else if keepDimensions {
      dimensions.append(1)
    }
  }
  return try Shape.checked(dimensions)
}

extension ArgExtremum {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "data")
    guard x.fact.type != .bool else { throw OperatorError("\(name) of bool") }
    guard let shape = x.fact.shape else { return [Fact(.int64, nil)] }
    let axis = try normalizedAxis(axis, rank: shape.rank)
    guard shape[axis] > 0 else { throw OperatorError("\(name) of nothing: \(shape)") }
    return [Fact(.int64, try folding(shape, [axis], keepDimensions: keepDimensions))]
  }
}

extension TopK {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "X")
    guard x.fact.type != .bool else { throw OperatorError("\(name) of bool") }
    let counts = try inputs.required(1, "K").integersIfConstant("K")
    guard let shape = x.fact.shape, let counts else {
      return [Fact(x.fact.type, nil), Fact(.int64, nil)]
    }
    let axis = try normalizedAxis(axis, rank: shape.rank)
    guard counts.count == 1, 0...shape[axis] ~= counts[0] else {
      throw OperatorError("\(name) of \(counts) on an axis of \(shape[axis])")
    }
    var dimensions = shape.dimensions
    dimensions[axis] = counts[0]
    let result = Shape(dimensions)
    return [Fact(x.fact.type, result), Fact(.int64, result)]
  }
}

extension Cumulative {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "x")
    guard x.fact.type != .bool else { throw OperatorError("\(name) of bool") }
    if let axes = try inputs.required(1, "axis").integersIfConstant("axis") {
      guard axes.count == 1 else { throw OperatorError("\(axes.count) axes") }
      if let shape = x.fact.shape { _ = try normalizedAxis(axes[0], rank: shape.rank) }
    }
    return [x.fact]
  }
}

extension Hardmax {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "input")
    guard x.fact.type.isFloatingPoint else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    if let shape = x.fact.shape { _ = try normalizedAxis(axis, rank: shape.rank) }
    return [x.fact]
  }
}

extension NonZero {
  /// The number of columns depends on the data.
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    _ = try inputs.required(0, "X")
    return [Fact(.int64, nil)]
  }
}

extension Unique {
  /// The extents depend on the data.
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "X")
    if let axis, let shape = x.fact.shape { _ = try normalizedAxis(axis, rank: shape.rank) }
    let places = Fact(.int64, nil)
    return [Fact(x.fact.type, nil), places, places, places]
  }
}
