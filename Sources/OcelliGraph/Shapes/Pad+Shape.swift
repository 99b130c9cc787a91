package import OcelliTensor

extension Pad {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...4)
    let x = try inputs.required(0, "data")
    let pads = try inputs.required(1, "pads").integersIfConstant("pads")
    if let value = inputs.optional(2) {
      try value.expectType(x.fact.type, "constant_value")
      if let shape = value.fact.shape, shape.count != 1 {
        throw OperatorError("constant_value of \(shape)")
      }
    }
    var axes: [Int]?
    if let given = inputs.optional(3) {
      axes = try given.integersIfConstant("axes")
      if axes == nil { return [Fact(x.fact.type, nil)] }
    }
    guard let shape = x.fact.shape, let pads else { return [Fact(x.fact.type, nil)] }
    let resolved = try resolvedPads(shape, pads: pads, axes: axes)
    var dimensions: [Int] = []
    for axis in 0..<shape.rank {
      dimensions.append(
        try sum(shape[axis], sum(resolved[axis], resolved[shape.rank + axis])))
    }
    return [Fact(x.fact.type, try Shape.checked(dimensions))]
  }

  /// Pads of every axis of `x`, all begins then all ends; negative ones cut.
  /// Errors: a wrong number of them, cuts beyond the axis, reflections beyond it.
  package func resolvedPads(
    _ x: Shape, pads: [Int], axes: [Int]?
  ) throws(OperatorError) -> [Int] {
    let axes = try normalizedAxes(axes ?? Array(0..<x.rank), rank: x.rank)
    guard pads.count == 2 * axes.count else { throw OperatorError("pads \(pads) for \(x)") }
    var resolved = [Int](repeating: 0, count: 2 * x.rank)
    for (index, axis) in axes.enumerated() {
      let begin = pads[index]
      let end = pads[axes.count + index]
      guard try sum(x[axis], sum(min(begin, 0), min(end, 0))) >= 0 else {
        throw OperatorError("pads \(pads) cut more than \(x) has")
      }
      if mode != .constant, begin > 0 || end > 0 {
        let reach = mode == .reflect ? x[axis] - 1 : Int.max
        guard x[axis] > 0, begin <= reach, end <= reach else {
          throw OperatorError("\(mode.rawValue) pads \(pads) are beyond \(x)")
        }
      }
      resolved[axis] = begin
      resolved[x.rank + axis] = end
    }
    return resolved
  }
}
