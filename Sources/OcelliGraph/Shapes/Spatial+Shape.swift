package import OcelliTensor

extension Convolution {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...4)
    let x = try inputs.required(0, "X")
    let w = try inputs.required(1, "W")
    try w.expectType(x.fact.type, "W")
    try inputs.optional(2)?.expectType(x.fact.type, "B")
    try inputs.optional(3)?.expectType(x.fact.type, "the residual")
    guard x.fact.type.isFloatingPoint else {
      throw OperatorError("Conv of \(x.fact.type.rawValue)")
    }
    guard let input = x.fact.shape, let weights = w.fact.shape else {
      return [Fact(x.fact.type, nil)]
    }
    try checkChannels(input, weights, bias: inputs.optional(2))
    let window = try window(input: input, weights: weights)
    let shape = try Shape.checked([input[0], weights[0]] + window.output)
    if let residual = inputs.optional(3) {
      guard residual.fact == Fact(x.fact.type, shape) || residual.fact.shape == nil else {
        throw OperatorError("a residual of another shape than \(shape)")
      }
    }
    return [Fact(x.fact.type, shape)]
  }

  private func checkChannels(
    _ x: Shape, _ w: Shape, bias: OperatorInput?
  ) throws(OperatorError) {
    guard x.rank >= 3, w.rank == x.rank else { throw OperatorError("Conv of \(x) with \(w)") }
    guard groups >= 1, w[0] % groups == 0, try product(w[1], groups) == x[1] else {
      throw OperatorError("Conv of \(x) with \(w) in \(groups) groups")
    }
    if let bias = bias?.fact.shape, bias != [w[0]] {
      throw OperatorError("a bias of \(bias) for \(w[0]) channels")
    }
  }

  /// The window over the spatial axes. Errors: where it does not fit.
  package func window(input x: Shape, weights w: Shape) throws(OperatorError) -> Window {
    try Window(
      input: Array(x.dimensions.dropFirst(2)), kernel: Array(w.dimensions.dropFirst(2)),
      strides: strides, dilations: dilations, padding: padding)
  }

  /// Explicit pads for the given spatial extents, all begins then all ends.
  package func resolvedPads(input: [Int], kernel: [Int]) throws(OperatorError) -> [Int] {
    try Window(
      input: input, kernel: kernel, strides: strides, dilations: dilations, padding: padding
    ).pads
  }
}

extension Pool {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "X")
    guard x.fact.type.isFloatingPoint || kind == .max && x.fact.type.isInteger else {
      throw OperatorError("\(name) of \(x.fact.type.rawValue)")
    }
    guard kind != .power || exponent >= 1 else { throw OperatorError("p \(exponent)") }
    guard let shape = x.fact.shape else { return facts(x.fact.type, nil) }
    guard shape.rank >= 3 else { throw OperatorError("\(name) of \(shape)") }
    let window = try window(input: shape)
    return facts(x.fact.type, try Shape.checked([shape[0], shape[1]] + window.output))
  }

  private func facts(_ type: ElementType, _ shape: Shape?) -> [Fact] {
    kind == .max ? [Fact(type, shape), Fact(.int64, shape)] : [Fact(type, shape)]
  }

  /// The window over the spatial axes. Errors: where it does not fit, or would see padding alone.
  package func window(input x: Shape) throws(OperatorError) -> Window {
    let window = try Window(
      input: Array(x.dimensions.dropFirst(2)), kernel: kernel, strides: strides,
      dilations: dilations, padding: padding, ceilMode: ceilMode)
    let axes = kernel.count
    for axis in 0..<axes {
      let reach = Window.reach(kernel: kernel[axis], dilation: window.dilations[axis])
      guard window.pads[axis] < reach, window.pads[axes + axis] < reach else {
        throw OperatorError("pads \(window.pads) as large as the window \(kernel)")
      }
    }
    return window
  }

  /// Explicit pads for the given spatial extents, all begins then all ends.
  package func resolvedPads(input: [Int]) throws(OperatorError) -> [Int] {
    try Window(
      input: input, kernel: kernel, strides: strides, dilations: dilations, padding: padding,
      ceilMode: ceilMode
    ).pads
  }
}

extension BatchNormalization {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(5...5)
    let x = try inputs.required(0, "X")
    guard x.fact.type.isFloatingPoint else { throw OperatorError("\(name) of integers") }
    for (index, name) in ["scale", "B", "mean", "var"].enumerated() {
      let parameter = try inputs.required(index + 1, name)
      guard let shape = x.fact.shape, let own = parameter.fact.shape else { continue }
      guard shape.rank >= 2, own == [shape[1]] else {
        throw OperatorError("\(name) of \(own) for \(shape)")
      }
    }
    return [x.fact]
  }
}

extension BlockMove {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "input")
    guard let shape = x.fact.shape else { return [x.fact] }
    guard block >= 1, block <= 1 << 15 else { throw OperatorError("blocksize \(block)") }
    let area = block * block
    guard shape.rank == 4 else { throw OperatorError("\(name) of \(shape)") }
    switch direction {
    case .depthToSpace:
      guard shape[1] % area == 0 else { throw OperatorError("\(name) of \(shape) by \(block)") }
      let height = try product(shape[2], block)
      let width = try product(shape[3], block)
      return [Fact(x.fact.type, try Shape.checked([shape[0], shape[1] / area, height, width]))]
    case .spaceToDepth:
      guard shape[2] % block == 0, shape[3] % block == 0 else {
        throw OperatorError("\(name) of \(shape) by \(block)")
      }
      let depth = try product(shape[1], area)
      return [
        Fact(x.fact.type, try Shape.checked([shape[0], depth, shape[2] / block, shape[3] / block]))
      ]
    }
  }
}
