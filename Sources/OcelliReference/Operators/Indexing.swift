import OcelliGraph
import OcelliTensor

/// Where in `shape` each index of `places` points, one axis by its value and the others by where it is.
private func positions(
  _ places: Tensor, in shape: Shape, axis: Int
) throws -> [Int] {
  let axis = try normalizedAxis(axis, rank: shape.rank)
  let indices = try places.indices("indices")
  var strides = shape.strides
  let step = strides[axis]
  strides[axis] = 0
  var result: [Int] = []
  result.reserveCapacity(indices.count)
  var rows = StridedRows(places.shape, strides: [strides])
  while rows.next() {
    for i in 0..<rows.length {
      let index = try position(indices[rows.start + i], extent: shape[axis])
      result.append(rows.offsets[0] + i * rows.steps[0] + index * step)
    }
  }
  return result
}

/// Which slice of the first axes of `shape`, from `first` on, each tuple of `places` names.
private func tuples(_ places: Tensor, in shape: Shape, from first: Int = 0) throws -> [Int] {
  let depth = places.shape.dimensions.last ?? 0
  let indices = try places.indices("indices")
  return try (0..<(depth == 0 ? 0 : indices.count / depth)).map { tuple in
    var place = 0
    for axis in 0..<depth {
      let extent = shape[first + axis]
      place = try place * extent + position(indices[tuple * depth + axis], extent: extent)
    }
    return place
  }
}

extension GatherElements: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let places = try inputs.required(1)
    let positions = try positions(places, in: x.shape, axis: axis)
    return [try x.reshaped([x.count]).taking(positions, axis: 0).reshaped(places.shape)]
  }
}

extension GatherND: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let places = try inputs.required(1)
    let depth = places.shape[places.shape.rank - 1]
    let named = x.shape.dimensions[batchAxes..<batchAxes + depth].reduce(1, *)
    let batches = x.shape.dimensions.prefix(batchAxes).reduce(1, *)
    let block = x.shape.dimensions.dropFirst(batchAxes + depth).reduce(1, *)
    var slices = try tuples(places, in: x.shape, from: batchAxes)
    let each = batches == 0 ? 0 : slices.count / batches
    for index in slices.indices where each > 0 { slices[index] += index / each * named }
    let list = x.reshaped([batches * named, block])
    return [try list.taking(slices, axis: 0).reshaped(try facts.shape())]
  }
}

extension ScatterElements: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let positions = try positions(try inputs.required(1), in: x.shape, axis: axis)
    return [try reduction.scatter(try inputs.required(2), at: positions, in: x)]
  }
}

extension ScatterND: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let places = try inputs.required(1)
    let depth = places.shape[places.shape.rank - 1]
    let block = x.shape.dimensions.dropFirst(depth).reduce(1, *)
    let positions = try tuples(places, in: x.shape).flatMap { $0 * block..<($0 + 1) * block }
    return [try reduction.scatter(try inputs.required(2), at: positions, in: x)]
  }
}

extension ScatterReduction {
  fileprivate func scatter(
    _ updates: Tensor, at positions: [Int], in x: Tensor
  ) throws -> Tensor {
    if self == .none { return try x.replacing(positions, with: updates) }
    guard let type = x.type.number else {
      throw OperatorError("\(rawValue) of \(x.type.rawValue) has no reference")
    }
    return combined(updates, at: positions, in: x, type)
  }

  private func combined<E: NumberElement>(
    _ updates: Tensor, at positions: [Int], in x: Tensor, _ type: E.Type
  ) -> Tensor {
    var result = x
    let added = updates.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    for (index, position) in positions.enumerated() {
      let (a, b) = (y[position], added[index])
      switch self {
      case .none: y[position] = b
      case .add: y[position] = E.sum(a, b)
      case .multiply: y[position] = E.product(a, b)
      case .minimum: y[position] = a.isNaN || b.isNaN ? (a.isNaN ? a : b) : min(a, b)
      case .maximum: y[position] = a.isNaN || b.isNaN ? (a.isNaN ? a : b) : max(a, b)
      }
    }
    return result
  }
}

extension TensorScatter: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let cache = try inputs.required(0)
    let update = try inputs.required(1)
    let axis = try normalizedAxis(axis, rank: cache.shape.rank)
    let (extent, rows, batches) = (cache.shape[axis], update.shape[axis], cache.shape[0])
    let starts =
      try inputs.optional(2)?.integers("write_indices") ?? [Int](repeating: 0, count: batches)
    let block = cache.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let middle = cache.shape.dimensions[1..<axis].reduce(1, *)
    var positions: [Int] = []
    for batch in 0..<batches {
      let start = starts[batch]
      guard 0...extent ~= start, isCircular || start + rows <= extent else {
        throw OperatorError("\(rows) rows from \(start) on in a cache of \(extent)")
      }
      for line in 0..<middle {
        for row in 0..<rows {
          let base = ((batch * middle + line) * extent + (start + row) % extent) * block
          positions += base..<base + block
        }
      }
    }
    return [try cache.replacing(positions, with: update)]
  }
}

extension Compress: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let list = axis == nil ? x.reshaped([x.count]) : x
    let axis = try normalizedAxis(axis ?? 0, rank: list.shape.rank)
    let mask = try inputs.required(1).array(of: Bool.self).prefix(list.shape[axis])
    return [try list.taking(mask.indices.filter { mask[$0] }, axis: axis)]
  }
}

extension ReverseSequence: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let lengths = try inputs.required(1).integers("sequence_lens")
    let (first, second) = (x.shape[0], x.shape[1])
    let steps = x.shape[timeAxis]
    let order = try (0..<first * second).map { place in
      let index = [place / second, place % second]
      let (step, length) = (index[timeAxis], lengths[index[batchAxis]])
      guard 0...steps ~= length else { throw OperatorError("length \(length) of \(steps) steps") }
      guard step < length else { return place }
      let turned = length - 1 - step
      return timeAxis == 0 ? turned * second + index[1] : index[0] * second + turned
    }
    let block = x.shape.dimensions.dropFirst(2).reduce(1, *)
    return [
      try x.reshaped([first * second, block]).taking(order, axis: 0).reshaped(x.shape)
    ]
  }
}
