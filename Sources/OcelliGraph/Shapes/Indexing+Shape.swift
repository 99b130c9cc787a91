import OcelliTensor

extension OperatorInput {
  /// Errors: where the input is neither int64 nor int32.
  fileprivate func expectIndices(_ name: String) throws(OperatorError) {
    guard fact.type == .int64 || fact.type == .int32 else {
      throw OperatorError("\(name) are \(fact.type.rawValue)")
    }
  }
}

extension ScatterReduction {
  /// Errors: where there is no arithmetic for a type.
  fileprivate func check(_ type: ElementType) throws(OperatorError) {
    guard self == .none || type.isFloatingPoint || type.isInteger else {
      throw OperatorError("\(rawValue) of \(type.rawValue)")
    }
  }
}

extension GatherElements {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "data")
    let indices = try inputs.required(1, "indices")
    try indices.expectIndices("indices")
    if let shape = x.fact.shape, let places = indices.fact.shape {
      try expectWithin(places, shape, axis: axis)
    }
    return [Fact(x.fact.type, indices.fact.shape)]
  }
}

/// Errors: where `places` is of another rank than `shape`, or longer on an axis other than `axis`.
private func expectWithin(_ places: Shape, _ shape: Shape, axis: Int) throws(OperatorError) {
  guard places.rank == shape.rank, shape.rank > 0 else {
    throw OperatorError("indices of \(places) for \(shape)")
  }
  let axis = try normalizedAxis(axis, rank: shape.rank)
  for other in 0..<shape.rank where other != axis && places[other] > shape[other] {
    throw OperatorError("indices of \(places) for \(shape) along axis \(axis)")
  }
}

extension GatherND {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "data")
    let indices = try inputs.required(1, "indices")
    try indices.expectIndices("indices")
    guard let shape = x.fact.shape, let places = indices.fact.shape else {
      return [Fact(x.fact.type, nil)]
    }
    let depth = try tupleLength(places, of: shape, after: batchAxes)
    guard batchAxes < places.rank,
      places.dimensions.prefix(batchAxes) == shape.dimensions.prefix(batchAxes)
    else { throw OperatorError("indices of \(places) for \(shape)") }
    let dimensions = places.dimensions.dropLast() + shape.dimensions.dropFirst(batchAxes + depth)
    return [Fact(x.fact.type, try Shape.checked(Array(dimensions)))]
  }
}

/// How many axes of `shape` behind the first `batch` a tuple of the last axis of `places` names.
private func tupleLength(
  _ places: Shape, of shape: Shape, after batch: Int
) throws(OperatorError) -> Int {
  guard let depth = places.dimensions.last, batch >= 0, batch <= shape.rank, depth >= 1,
    depth <= shape.rank - batch
  else { throw OperatorError("tuples of \(places) for \(shape)") }
  return depth
}

extension ScatterElements {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let x = try inputs.required(0, "data")
    let indices = try inputs.required(1, "indices")
    let updates = try inputs.required(2, "updates")
    try indices.expectIndices("indices")
    try updates.expectType(x.fact.type, "updates")
    try reduction.check(x.fact.type)
    if let shape = x.fact.shape, let places = indices.fact.shape {
      try expectWithin(places, shape, axis: axis)
    }
    if let places = indices.fact.shape, let given = updates.fact.shape, places != given {
      throw OperatorError("updates of \(given) for indices of \(places)")
    }
    return [x.fact]
  }
}

extension ScatterND {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let x = try inputs.required(0, "data")
    let indices = try inputs.required(1, "indices")
    let updates = try inputs.required(2, "updates")
    try indices.expectIndices("indices")
    try updates.expectType(x.fact.type, "updates")
    try reduction.check(x.fact.type)
    guard let shape = x.fact.shape, let places = indices.fact.shape else { return [x.fact] }
    let depth = try tupleLength(places, of: shape, after: 0)
    let due = Array(places.dimensions.dropLast() + shape.dimensions.dropFirst(depth))
    if let given = updates.fact.shape, given.dimensions != due {
      throw OperatorError("updates of \(given) for indices of \(places) in \(shape)")
    }
    return [x.fact]
  }
}

extension TensorScatter {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let x = try inputs.required(0, "past_cache")
    let rows = try inputs.required(1, "update")
    try rows.expectType(x.fact.type, "update")
    let places = inputs.optional(2)
    try places?.expectIndices("write_indices")
    guard let shape = x.fact.shape, let update = rows.fact.shape else { return [x.fact] }
    let axis = try normalizedAxis(axis, rank: shape.rank)
    guard axis > 0, update.rank == shape.rank, update[axis] <= shape[axis],
      (0..<shape.rank).allSatisfy({ $0 == axis || update[$0] == shape[$0] })
    else { throw OperatorError("rows of \(update) for a cache of \(shape), axis \(axis)") }
    if let places = places?.fact.shape, places != [shape[0]] {
      throw OperatorError("write_indices of \(places) for \(shape[0]) batches")
    }
    return [x.fact]
  }
}

extension Compress {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "input")
    let condition = try inputs.required(1, "condition")
    try condition.expectType(.bool, "condition")
    if let shape = condition.fact.shape, shape.rank != 1 {
      throw OperatorError("a condition of \(shape)")
    }
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    let axis = try axis.map { (axis) throws(OperatorError) in
      try normalizedAxis(axis, rank: shape.rank)
    }
    guard let mask = condition.constant else { return [Fact(x.fact.type, nil)] }
    let extent = axis.map { shape[$0] } ?? shape.count
    let count = mask.array(of: Bool.self).prefix(extent).count { $0 }
    var dimensions = axis == nil ? [count] : shape.dimensions
    if let axis { dimensions[axis] = count }
    return [Fact(x.fact.type, try Shape.checked(dimensions))]
  }
}

extension ReverseSequence {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "input")
    let lengths = try inputs.required(1, "sequence_lens")
    try lengths.expectType(.int64, "sequence_lens")
    guard let shape = x.fact.shape else { return [x.fact] }
    guard shape.rank >= 2, [batchAxis, timeAxis].sorted() == [0, 1] else {
      throw OperatorError("\(name) of \(shape), \(detail)")
    }
    if let lengths = lengths.fact.shape, lengths != [shape[batchAxis]] {
      throw OperatorError("sequence_lens of \(lengths) for \(shape)")
    }
    return [x.fact]
  }
}

extension OneHot {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let indices = try inputs.required(0, "indices")
    let depth = try inputs.required(1, "depth")
    let values = try inputs.required(2, "values")
    for (input, name) in [(indices, "indices"), (depth, "depth")] {
      guard input.fact.type.isInteger || input.fact.type.isFloatingPoint else {
        throw OperatorError("\(name) of \(input.fact.type.rawValue)")
      }
    }
    if let shape = values.fact.shape, shape != [2] {
      throw OperatorError("values of \(shape); two are due")
    }
    guard let shape = indices.fact.shape, let depth = try depth.count("depth") else {
      return [Fact(values.fact.type, nil)]
    }
    var dimensions = shape.dimensions
    dimensions.insert(depth, at: try normalizedAxis(axis, rank: shape.rank + 1))
    return [Fact(values.fact.type, try Shape.checked(dimensions))]
  }
}

extension OperatorInput {
  /// The one number of a constant of any type, nil where it is none. Errors: more of them, or one
  /// that is no count.
  fileprivate func count(_ name: String) throws(OperatorError) -> Int? {
    guard let constant else { return nil }
    guard constant.count == 1 else { throw OperatorError("\(name) of \(constant.shape)") }
    let value: Double
    switch constant.type {
    case .float32: value = Double(constant.array(of: Float.self)[0])
    case .float64: value = constant.array(of: Double.self)[0]
    case .float16: value = Double(constant.array(of: Float16.self)[0])
    case .bfloat16: value = Double(constant.array(of: BFloat16.self)[0].float)
    case .int8: value = Double(constant.array(of: Int8.self)[0])
    case .int16: value = Double(constant.array(of: Int16.self)[0])
    case .int32: value = Double(constant.array(of: Int32.self)[0])
    case .int64: value = Double(constant.array(of: Int64.self)[0])
    case .uint8: value = Double(constant.array(of: UInt8.self)[0])
    case .uint16: value = Double(constant.array(of: UInt16.self)[0])
    case .uint32: value = Double(constant.array(of: UInt32.self)[0])
    case .uint64: value = Double(constant.array(of: UInt64.self)[0])
    default: throw OperatorError("\(name) of \(constant.type.rawValue)")
    }
    guard value >= 0, value <= Double(Shape.maximumCount) else {
      throw OperatorError("\(name) \(value)")
    }
    return Int(value)
  }
}

extension EyeLike {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "input")
    let type = type ?? x.fact.type
    guard type.isFloatingPoint || type.isInteger || type == .bool else {
      throw OperatorError("\(name) of \(type.rawValue)")
    }
    if let shape = x.fact.shape, shape.rank != 2 { throw OperatorError("\(name) of \(shape)") }
    return [Fact(type, x.fact.shape)]
  }
}

extension Trilu {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...2)
    let x = try inputs.required(0, "input")
    if let diagonal = inputs.optional(1) {
      try diagonal.expectType(.int64, "k")
      if let shape = diagonal.fact.shape, shape.count != 1 { throw OperatorError("k of \(shape)") }
    }
    if let shape = x.fact.shape, shape.rank < 2 { throw OperatorError("\(name) of \(shape)") }
    return [x.fact]
  }
}

extension CenterCropPad {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "input")
    let extents = try inputs.required(1, "shape").integersIfConstant("shape")
    guard let shape = x.fact.shape, let extents else { return [Fact(x.fact.type, nil)] }
    let axes = try normalizedAxes(axes ?? Array(0..<shape.rank), rank: shape.rank)
    guard axes.count == extents.count else {
      throw OperatorError("extents \(extents) for axes \(axes)")
    }
    var dimensions = shape.dimensions
    for (axis, extent) in zip(axes, extents) { dimensions[axis] = extent }
    return [Fact(x.fact.type, try Shape.checked(dimensions))]
  }
}

extension Determinant {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "X")
    guard x.fact.type.isFloatingPoint else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    guard shape.rank >= 2, shape[shape.rank - 1] == shape[shape.rank - 2] else {
      throw OperatorError("\(name) of \(shape)")
    }
    return [Fact(x.fact.type, Shape(Array(shape.dimensions.dropLast(2))))]
  }
}
