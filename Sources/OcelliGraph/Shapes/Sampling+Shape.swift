import OcelliTensor

extension GridSample {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let x = try inputs.required(0, "X")
    let grid = try inputs.required(1, "grid")
    guard grid.fact.type.isFloatingPoint else {
      throw OperatorError("a grid of \(grid.fact.type.rawValue)")
    }
    guard let shape = x.fact.shape, let places = grid.fact.shape else {
      return [Fact(x.fact.type, nil)]
    }
    let axes = shape.rank - 2
    guard 1...3 ~= axes, places.rank == shape.rank, places[0] == shape[0],
      places[places.rank - 1] == axes, mode != .cubic || axes == 2, shape.count > 0
    else { throw OperatorError("\(mode.rawValue) \(name) of \(shape) at \(places)") }
    let spatial = places.dimensions.dropFirst().dropLast()
    return [Fact(x.fact.type, try Shape.checked([shape[0], shape[1]] + spatial))]
  }
}

extension AffineGrid {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let theta = try inputs.required(0, "theta")
    guard theta.fact.type.isFloatingPoint else {
      throw OperatorError("\(name) of \(theta.fact.type.rawValue)")
    }
    guard let size = try inputs.required(1, "size").integersIfConstant("size") else {
      return [Fact(theta.fact.type, nil)]
    }
    let axes = size.count - 2
    guard axes == 2 || axes == 3 else { throw OperatorError("a picture of \(size)") }
    if let shape = theta.fact.shape, shape.dimensions != [size[0], axes, axes + 1] {
      throw OperatorError("theta of \(shape) for a picture of \(size)")
    }
    return [Fact(theta.fact.type, try Shape.checked([size[0]] + size.dropFirst(2) + [axes]))]
  }
}

extension RoiAlign {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let x = try inputs.required(0, "X")
    let regions = try inputs.required(1, "rois")
    let pictures = try inputs.required(2, "batch_indices")
    guard x.fact.type.isFloatingPoint else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    try regions.expectType(x.fact.type, "rois")
    try pictures.expectType(.int64, "batch_indices")
    guard 1...Int(Int16.max) ~= height, 1...Int(Int16.max) ~= width,
      0...Int(Int16.max) ~= samples, scale.isFinite
    else { throw OperatorError(detail) }
    guard let shape = x.fact.shape, let list = regions.fact.shape else {
      return [Fact(x.fact.type, nil)]
    }
    guard shape.rank == 4, list.rank == 2, list[1] == 4, shape[2] > 0, shape[3] > 0 else {
      throw OperatorError("regions \(list) of \(shape)")
    }
    if let pictures = pictures.fact.shape, pictures != [list[0]] {
      throw OperatorError("batch_indices of \(pictures) for \(list[0]) regions")
    }
    return [Fact(x.fact.type, try Shape.checked([list[0], shape[1], height, width]))]
  }
}

extension NonMaxSuppression {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...5)
    let boxes = try inputs.required(0, "boxes")
    let scores = try inputs.required(1, "scores")
    guard boxes.fact.type.isFloatingPoint else {
      throw OperatorError("boxes of \(boxes.fact.type.rawValue)")
    }
    try scores.expectType(boxes.fact.type, "scores")
    try inputs.optional(2)?.expectType(.int64, "max_output_boxes_per_class")
    for (index, name) in [(3, "iou_threshold"), (4, "score_threshold")] {
      guard let type = inputs.optional(index)?.fact.type, !type.isFloatingPoint else { continue }
      throw OperatorError("\(name) is \(type.rawValue)")
    }
    for index in 2...4 {
      guard let shape = inputs.optional(index)?.fact.shape, shape.count != 1 else { continue }
      throw OperatorError("input \(index) of \(shape); one number is due")
    }
    if let a = boxes.fact.shape, let b = scores.fact.shape {
      guard a.rank == 3, b.rank == 3, a[2] == 4, a[0] == b[0], a[1] == b[2] else {
        throw OperatorError("boxes of \(a) with scores of \(b)")
      }
    }
    return [Fact(.int64, nil)]
  }
}
