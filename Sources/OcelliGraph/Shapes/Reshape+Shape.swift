package import OcelliTensor

extension Reshape {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "data")
    let target = try inputs.required(1, "shape").integersIfConstant("shape")
    guard let shape = x.fact.shape, let target else { return [Fact(x.fact.type, nil)] }
    return [Fact(x.fact.type, try outputShape(shape, target: target))]
  }

  /// The result's shape: 0 copies an extent (unless `allowZero`), one −1 takes what is left.
  package func outputShape(_ x: Shape, target: [Int]) throws(OperatorError) -> Shape {
    var dimensions = target
    for (axis, extent) in target.enumerated() where extent == 0 && !allowZero {
      guard axis < x.rank else { throw OperatorError("shape \(target) copies a missing axis") }
      dimensions[axis] = x[axis]
    }
    let open = dimensions.indices.filter { dimensions[$0] == -1 }
    guard open.count <= 1 else { throw OperatorError("shape \(target) has more than one −1") }
    if let axis = open.first {
      dimensions[axis] = 1
      let known = try Shape.checked(dimensions).count
      guard known > 0 ? x.count % known == 0 : x.count == 0 else {
        throw OperatorError("\(x) as \(target)")
      }
      dimensions[axis] = known > 0 ? x.count / known : 0
    }
    let result = try Shape.checked(dimensions)
    guard result.count == x.count else { throw OperatorError("\(x) as \(target)") }
    return result
  }
}

extension Flatten {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "input")
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    let axis = axis == shape.rank ? axis : try normalizedAxis(axis, rank: shape.rank)
    let rows = try product(shape.dimensions.prefix(axis))
    let columns = try product(shape.dimensions.dropFirst(axis))
    return [Fact(x.fact.type, try Shape.checked([rows, columns]))]
  }
}

extension Squeeze {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...2)
    let x = try inputs.required(0, "data")
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    var axes = shape.dimensions.indices.filter { shape[$0] == 1 }
    if let given = inputs.optional(1) {
      guard let given = try given.integersIfConstant("axes") else {
        return [Fact(x.fact.type, nil)]
      }
      axes = try normalizedAxes(given, rank: shape.rank)
    }
    guard axes.allSatisfy({ shape[$0] == 1 }) else {
      throw OperatorError("axes \(axes) of \(shape) are not all 1")
    }
    let dimensions = shape.dimensions.enumerated().filter { !axes.contains($0.offset) }
    return [Fact(x.fact.type, try Shape.checked(dimensions.map(\.element)))]
  }
}

extension Unsqueeze {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "data")
    let given = try inputs.required(1, "axes").integersIfConstant("axes")
    guard let shape = x.fact.shape, let given else { return [Fact(x.fact.type, nil)] }
    let rank = try sum(shape.rank, given.count)
    let axes = try normalizedAxes(given, rank: rank)
    var rest = shape.dimensions[...]
    let dimensions = (0..<rank).map { axes.contains($0) ? 1 : rest.removeFirst() }
    return [Fact(x.fact.type, try Shape.checked(dimensions))]
  }
}

extension Transpose {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "data")
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    let order = try resolvedPermutation(rank: shape.rank)
    return [Fact(x.fact.type, try Shape.checked(order.map { shape[$0] }))]
  }

  /// The order of the axes. Errors: where it is no permutation of `rank` axes.
  package func resolvedPermutation(rank: Int) throws(OperatorError) -> [Int] {
    guard let permutation else { return (0..<rank).reversed() }
    guard permutation.sorted() == Array(0..<rank) else {
      throw OperatorError("\(permutation) is no order of \(rank) axes")
    }
    return permutation
  }
}
