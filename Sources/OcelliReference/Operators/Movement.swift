import OcelliGraph
import OcelliTensor

extension Tensor {
  /// The axes in another order.
  func transposed(_ order: [Int]) throws(TensorError) -> Tensor {
    let own = shape.strides
    return try strided(Shape(order.map { shape[$0] }), strides: order.map { own[$0] })
  }
}

extension Concat: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let shape = try facts.shape()
    let axis = try normalizedAxis(axis, rank: shape.rank)
    var result = try Tensor(facts[0].type, shape)
    var offset = 0
    for index in inputs.indices {
      let part = try inputs.required(index)
      result.write(part, offset: offset, strides: shape.strides)
      offset += part.shape[axis] * shape.strides[axis]
    }
    return [result]
  }
}

extension Split: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let axis = try normalizedAxis(axis, rank: x.shape.rank)
    var start = 0
    var parts: [Tensor] = []
    for fact in facts {
      let extent = fact.shape?[axis] ?? 0
      parts.append(try x.taking(Array(start..<start + extent), axis: axis))
      start += extent
    }
    return parts
  }
}

extension Slice: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let ranges = try resolvedRanges(
      x.shape, starts: try inputs.required(1).integers("starts"),
      ends: try inputs.required(2).integers("ends"),
      axes: try inputs.optional(3)?.integers("axes"),
      steps: try inputs.optional(4)?.integers("steps"))
    let own = x.shape.strides
    let offset = zip(ranges, own).reduce(0) { $0 + ($1.0.count > 0 ? $1.0.start * $1.1 : 0) }
    return [
      try x.strided(
        try facts.shape(), offset: offset,
        // A step that is never taken must not count, however large it is.
        strides: zip(ranges, own).map { $0.count > 1 ? $0.step * $1 : 0 })
    ]
  }
}

extension Gather: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let places = try inputs.required(1)
    let axis = try normalizedAxis(axis, rank: x.shape.rank)
    let extent = x.shape[axis]
    let positions = try places.indices("indices").map { try position($0, extent: extent) }
    return [try x.taking(positions, axis: axis).reshaped(try facts.shape())]
  }
}

extension Transpose: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    return [try x.transposed(try resolvedPermutation(rank: x.shape.rank))]
  }
}

/// An operator that gives the same elements another shape.
protocol ReshapingOperator: AnyTypeOperator {}

extension ReshapingOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    [try inputs.required(0).reshaped(try facts.shape())]
  }
}

extension Reshape: ReshapingOperator {}
extension Flatten: ReshapingOperator {}
extension Squeeze: ReshapingOperator {}
extension Unsqueeze: ReshapingOperator {}

extension Expand: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    [try inputs.required(0).expanded(to: try facts.shape())]
  }
}

extension Tile: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    var result = x
    for (axis, extent) in try facts.shape().dimensions.enumerated() where extent != x.shape[axis] {
      result = try result.taking((0..<extent).map { $0 % x.shape[axis] }, axis: axis)
    }
    return [result]
  }
}

extension Pad: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let rank = shape.rank
    let pads = try resolvedPads(
      x.shape, pads: try inputs.required(1).integers("pads"),
      axes: try inputs.optional(3)?.integers("axes"))
    var part = x
    for axis in 0..<rank where mode != .constant || pads[axis] < 0 || pads[rank + axis] < 0 {
      let extent = x.shape[axis]
      let first = mode == .constant ? Swift.max(-pads[axis], 0) : -pads[axis]
      let last =
        extent + (mode == .constant ? Swift.min(pads[rank + axis], 0) : pads[rank + axis])
      part = try part.taking((first..<last).map { source($0, extent) }, axis: axis)
    }
    guard mode == .constant else { return [part] }
    let value = try inputs.optional(2) ?? Tensor(x.type, [])
    var result = try value.reshaped([]).expanded(to: shape)
    let offset = (0..<rank).reduce(0) { $0 + Swift.max(pads[$1], 0) * shape.strides[$1] }
    result.write(part, offset: offset, strides: shape.strides)
    return [result]
  }

  /// Where an element beyond the border comes from.
  private func source(_ position: Int, _ extent: Int) -> Int {
    if 0..<extent ~= position { return position }
    switch mode {
    case .constant, .edge: return Swift.min(Swift.max(position, 0), extent - 1)
    case .reflect: return position < 0 ? -position : 2 * (extent - 1) - position
    case .wrap: return (position % extent + extent) % extent
    }
  }
}

extension BlockMove: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let split: Shape
    let order: [Int]
    switch (direction, columnRowDepth) {
    case (.depthToSpace, false):
      split = [n, block, block, shape[1], h, w]
      order = [0, 3, 4, 1, 5, 2]
    case (.depthToSpace, true):
      split = [n, shape[1], block, block, h, w]
      order = [0, 1, 4, 2, 5, 3]
    case (.spaceToDepth, let channelsFirst):
      split = [n, c, h / block, block, w / block, block]
      order = channelsFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]
    }
    return [try x.reshaped(split).transposed(order).reshaped(shape)]
  }
}

extension ShapeOf: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let extents = extents(of: try inputs.required(0).shape)
    return [try Tensor(extents.map(Int64.init), shape: [extents.count])]
  }
}

extension ConstantOfShape: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    [try value.reshaped([]).expanded(to: try facts.shape())]
  }
}

extension OcelliGraph.Range: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let start = try inputs.required(0)
    let delta = try inputs.required(2)
    let shape = try facts.shape()
    switch start.type {
    case .int64: return [try list(start, delta, shape) { (x: Int64, d, i) in x &+ Int64(i) &* d }]
    case .int32:
      return [
        try list(start, delta, shape) { (x: Int32, d, i) in x &+ Int32(truncatingIfNeeded: i) &* d }
      ]
    case .int16:
      return [
        try list(start, delta, shape) { (x: Int16, d, i) in x &+ Int16(truncatingIfNeeded: i) &* d }
      ]
    case .float32: return [try list(start, delta, shape) { (x: Float, d, i) in x + Float(i) * d }]
    case .float64: return [try list(start, delta, shape) { (x: Double, d, i) in x + Double(i) * d }]
    default: throw unsupported(start.type)
    }
  }

  private func list<E: TensorElement>(
    _ start: Tensor, _ delta: Tensor, _ shape: Shape, _ element: (E, E, Int) -> E
  ) throws -> Tensor {
    let first = start.array(of: E.self)[0]
    let step = delta.array(of: E.self)[0]
    var result = try Tensor(E.elementType, shape)
    var elements = result.mutableSpan(of: E.self)
    for i in 0..<elements.count { elements[i] = element(first, step, i) }
    return result
  }
}
