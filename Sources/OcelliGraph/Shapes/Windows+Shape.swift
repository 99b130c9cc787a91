package import OcelliTensor

extension TransposedConvolution {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let x = try inputs.required(0, "X")
    let w = try inputs.required(1, "W")
    try w.expectType(x.fact.type, "W")
    guard x.fact.type.isFloatingPoint else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    let bias = inputs.optional(2)
    if let bias { try bias.expectType(x.fact.type, "B") }
    guard let input = x.fact.shape, let weights = w.fact.shape else {
      return [Fact(x.fact.type, nil)]
    }
    guard input.rank >= 3, weights.rank == input.rank, groups >= 1, input[1] == weights[0],
      weights[0] % groups == 0
    else { throw OperatorError("\(name) of \(input) with \(weights) in \(groups) groups") }
    let channels = try product(weights[1], groups)
    if let bias = bias?.fact.shape, bias != [channels] {
      throw OperatorError("a bias of \(bias) for \(channels) channels")
    }
    let window = try window(input: input, weights: weights)
    return [Fact(x.fact.type, try Shape.checked([input[0], channels] + window.input))]
  }

  /// The convolution of which this is the way back: the window, whose output is our input, and the
  /// extents that it slides over, which are our output. Pads may be negative.
  /// Errors: lists of unlike length, numbers out of range, an output below 1.
  package func window(
    input x: Shape, weights w: Shape
  ) throws(OperatorError) -> (window: Window, input: [Int]) {
    let extents = Array(x.dimensions.dropFirst(2))
    let kernel = Array(w.dimensions.dropFirst(2))
    let axes = extents.count
    let more = outputPadding.isEmpty ? [Int](repeating: 0, count: axes) : outputPadding
    guard more.count == axes, outputExtents.map({ $0.count == axes }) ?? true,
      (more + (outputExtents ?? [])).allSatisfy({ $0 >= 0 && $0 <= Int(Int32.max) })
    else {
      throw OperatorError("output_padding \(more), output_shape \(outputExtents ?? [])")
    }
    // The lists are checked as a window's are; pads and output come from the way back.
    var window = try Window(
      input: zip(kernel, dilationsOrOnes(axes)).map { ($0 - 1) * $1 + 1 }, kernel: kernel,
      strides: strides, dilations: dilations, padding: .valid)
    var pads = [Int](repeating: 0, count: 2 * axes)
    var output: [Int] = []
    for axis in 0..<axes {
      let reach = Window.reach(kernel: kernel[axis], dilation: window.dilations[axis])
      let whole = try sum(
        product(window.strides[axis], max(extents[axis] - 1, 0)), sum(reach, more[axis]))
      let (begin, end) = try ends(
        axis, axes, whole: whole, aligned: product(extents[axis], window.strides[axis]))
      pads[axis] = begin
      pads[axes + axis] = end
      let extent = try difference(whole, sum(begin, end))
      guard extent >= 1, extents[axis] >= 1 else {
        throw OperatorError("an output of \(extent) on axis \(axis)")
      }
      output.append(extent)
    }
    window.pads = pads
    window.output = extents
    return (window, output)
  }

  private func dilationsOrOnes(_ axes: Int) throws(OperatorError) -> [Int] {
    guard dilations.isEmpty || dilations.count == axes,
      dilations.allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) })
    else { throw OperatorError("dilations \(dilations)") }
    return dilations.isEmpty ? [Int](repeating: 1, count: axes) : dilations
  }

  /// What is cut from an axis of `whole` elements. `aligned`: the extent that "same" asks for.
  private func ends(
    _ axis: Int, _ axes: Int, whole: Int, aligned: Int
  ) throws(OperatorError) -> (Int, Int) {
    let total: Int
    if let outputExtents {
      total = whole - outputExtents[axis]
    } else {
      switch padding {
      case .valid: return (0, 0)
      case .explicit(let pads):
        if pads.isEmpty { return (0, 0) }
        guard pads.count == 2 * axes, pads.allSatisfy({ $0.magnitude <= UInt(Int32.max) }) else {
          throw OperatorError("pads \(pads) for \(axes) spatial axes")
        }
        return (pads[axis], pads[axes + axis])
      case .sameUpper, .sameLower: total = whole - aligned
      }
    }
    // Where nothing is to be cut, what is missing is added at the end.
    guard total > 0 else { return (0, total) }
    let less = total / 2
    return padding == .sameUpper ? (less, total - less) : (total - less, less)
  }
}

extension DeformableConvolution {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...5)
    let x = try inputs.required(0, "X")
    let w = try inputs.required(1, "W")
    let offset = try inputs.required(2, "offset")
    guard x.fact.type.isFloatingPoint else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    for case let input? in inputs { try input.expectType(x.fact.type, "beside X") }
    guard let input = x.fact.shape, let weights = w.fact.shape else {
      return [Fact(x.fact.type, nil)]
    }
    guard input.rank == 4, weights.rank == 4, groups >= 1, offsetGroups >= 1,
      weights[0] % groups == 0, try product(weights[1], groups) == input[1],
      input[1] % offsetGroups == 0
    else { throw OperatorError("\(name) of \(input) with \(weights) in \(groups) groups") }
    let window = try window(input: input, weights: weights)
    let taps = try product([weights[2], weights[3], offsetGroups])
    let places = [input[0], taps] + window.output
    if let shape = offset.fact.shape {
      guard shape.dimensions == [input[0], try product(taps, 2)] + window.output else {
        throw OperatorError("offsets of \(shape)")
      }
    }
    if let bias = inputs.optional(3)?.fact.shape, bias != [weights[0]] {
      throw OperatorError("a bias of \(bias) for \(weights[0]) channels")
    }
    if let mask = inputs.optional(4)?.fact.shape, mask.dimensions != places {
      throw OperatorError("a mask of \(mask)")
    }
    return [Fact(x.fact.type, try Shape.checked([input[0], weights[0]] + window.output))]
  }

  package func window(input x: Shape, weights w: Shape) throws(OperatorError) -> Window {
    try Window(
      input: Array(x.dimensions.dropFirst(2)), kernel: Array(w.dimensions.dropFirst(2)),
      strides: strides, dilations: dilations, padding: .explicit(pads))
  }
}

extension ColumnsToImage {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...3)
    let x = try inputs.required(0, "input")
    let extents = try inputs.required(1, "image_shape").integersIfConstant("image_shape")
    let block = try inputs.required(2, "block_shape").integersIfConstant("block_shape")
    guard x.fact.type != .bool else { throw OperatorError("\(name) of bool") }
    guard let shape = x.fact.shape, let extents, let block else { return [Fact(x.fact.type, nil)] }
    let window = try window(extents: extents, block: block)
    let area = try product(block)
    guard shape.rank == 3, area > 0, shape[1] % area == 0, shape[2] == (try product(window.output))
    else { throw OperatorError("\(shape) as a picture of \(extents) in blocks of \(block)") }
    return [Fact(x.fact.type, try Shape.checked([shape[0], shape[1] / area] + extents))]
  }

  package func window(extents: [Int], block: [Int]) throws(OperatorError) -> Window {
    guard !extents.isEmpty, extents.allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) }) else {
      throw OperatorError("a picture of \(extents)")
    }
    return try Window(
      input: extents, kernel: block, strides: strides, dilations: dilations,
      padding: .explicit(pads))
  }
}

extension MaxUnpool {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...3)
    let x = try inputs.required(0, "X")
    let places = try inputs.required(1, "I")
    try places.expectType(.int64, "I")
    var wanted: [Int]?
    if let given = inputs.optional(2) {
      wanted = try given.integersIfConstant("output_shape")
      if wanted == nil { return [Fact(x.fact.type, nil)] }
    }
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    if let places = places.fact.shape, places != shape {
      throw OperatorError("indices of \(places) for \(shape)")
    }
    let pooled = try pooledShape(shape)
    guard let wanted else { return [Fact(x.fact.type, pooled)] }
    let result = try Shape.checked(wanted)
    guard result.rank == pooled.rank, zip(result.dimensions, pooled.dimensions).allSatisfy(>=)
    else { throw OperatorError("output_shape \(wanted) where \(pooled) is due at least") }
    return [Fact(x.fact.type, result)]
  }

  /// The smallest shape that pools to `x`: the one that the indices count in.
  package func pooledShape(_ x: Shape) throws(OperatorError) -> Shape {
    let axes = x.rank - 2
    let strides = self.strides.isEmpty ? [Int](repeating: 1, count: max(axes, 0)) : self.strides
    let pads = self.pads.isEmpty ? [Int](repeating: 0, count: max(2 * axes, 0)) : self.pads
    guard axes >= 1, kernel.count == axes, strides.count == axes, pads.count == 2 * axes,
      (kernel + strides).allSatisfy({ 1...Int(Int32.max) ~= $0 }),
      pads.allSatisfy({ 0...Int(Int32.max) ~= $0 })
    else { throw OperatorError("kernel \(kernel), strides \(strides), pads \(pads) for \(x)") }
    var dimensions = Array(x.dimensions.prefix(2))
    for axis in 0..<axes {
      let reach = try product(max(x[2 + axis] - 1, 0), strides[axis])
      dimensions.append(
        try difference(sum(reach, kernel[axis]), pads[axis] + pads[axes + axis]))
    }
    return try Shape.checked(dimensions)
  }
}
