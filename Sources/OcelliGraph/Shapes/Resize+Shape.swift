package import OcelliTensor

extension Resize {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...3)
    let x = try inputs.required(0, "X")
    guard let shape = x.fact.shape else { return [Fact(x.fact.type, nil)] }
    if let sizes = inputs.optional(2) {
      guard let sizes = try sizes.integersIfConstant("sizes") else {
        return [Fact(x.fact.type, nil)]
      }
      return [Fact(x.fact.type, try outputShape(shape, sizes: sizes))]
    }
    guard let scales = inputs.optional(1) else {
      throw OperatorError("neither scales nor sizes")
    }
    try scales.expectType(.float32, "scales")
    guard let scales = scales.constant else { return [Fact(x.fact.type, nil)] }
    return [Fact(x.fact.type, try outputShape(shape, scales: scales.array(of: Float.self)))]
  }

  /// The result's shape for the extents wanted. Errors: a wrong number of them, or one below 0.
  package func outputShape(_ x: Shape, sizes: [Int]) throws(OperatorError) -> Shape {
    guard sizes.count == x.rank else { throw OperatorError("sizes \(sizes) for \(x)") }
    try checkSource(x, sizes)
    return try Shape.checked(sizes)
  }

  /// The result's shape: every extent times its scale, rounded down.
  /// Errors: a wrong number of scales, or one that is not a positive number.
  package func outputShape(_ x: Shape, scales: [Float]) throws(OperatorError) -> Shape {
    guard scales.count == x.rank else { throw OperatorError("scales \(scales) for \(x)") }
    var dimensions: [Int] = []
    for (extent, scale) in zip(x.dimensions, scales) {
      let scaled = (Float(extent) * scale).rounded(.down)
      guard scale > 0, scaled.isFinite, scaled <= Float(Shape.maximumCount) else {
        throw OperatorError("scales \(scales) for \(x)")
      }
      dimensions.append(Int(scaled))
    }
    try checkSource(x, dimensions)
    return try Shape.checked(dimensions)
  }

  private func checkSource(_ x: Shape, _ dimensions: [Int]) throws(OperatorError) {
    guard x.count > 0 || dimensions.contains(0) else {
      throw OperatorError("Resize of nothing: \(x)")
    }
  }
}
