package import OcelliTensor

extension Recurrent {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...8)
    let x = try inputs.required(0, "X")
    let type = x.fact.type
    guard type.isFloatingPoint else { throw OperatorError("\(name) of \(type.rawValue)") }
    for (index, label) in [
      (1, "W"), (2, "R"), (3, "B"), (5, "initial_h"), (6, "initial_c"), (7, "P"),
    ] { try inputs.optional(index)?.expectType(type, label) }
    _ = try inputs.required(1, "W")
    _ = try inputs.required(2, "R")
    guard functions.count == directions * cell.functions else {
      throw OperatorError("\(functions.count) activations for \(directions) directions")
    }
    guard let shape = x.fact.shape else { return (0..<3).map { _ in Fact(type, nil) } }
    guard shape.rank == 3, hidden > 0 else { throw OperatorError("\(name) of \(shape)") }
    let (length, batch) = batchFirst ? (shape[1], shape[0]) : (shape[0], shape[1])
    try check(inputs, batch: batch, features: shape[2])
    let states = try Shape.checked(
      batchFirst ? [batch, directions, hidden] : [directions, batch, hidden])
    let all = try Shape.checked(
      batchFirst ? [batch, length, directions, hidden] : [length, directions, batch, hidden])
    return [Fact(type, all), Fact(type, states), Fact(type, states)]
  }

  private func check(
    _ inputs: [OperatorInput?], batch: Int, features: Int
  ) throws(OperatorError) {
    let rows = try product(cell.gates, hidden)
    let states: Shape = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    let due: [(Int, String, Shape)] = [
      (1, "W", [directions, rows, features]), (2, "R", [directions, rows, hidden]),
      (3, "B", [directions, try product(2, rows)]), (4, "sequence_lens", [batch]),
      (5, "initial_h", states), (6, "initial_c", states),
      (7, "P", [directions, try product(3, hidden)]),
    ]
    for (index, label, shape) in due {
      guard let own = inputs.optional(index)?.fact.shape, own != shape else { continue }
      throw OperatorError("\(label) of \(own) where \(shape) is due")
    }
    if let lengths = inputs.optional(4), lengths.fact.type != .int32, lengths.fact.type != .int64 {
      throw OperatorError("sequence_lens is \(lengths.fact.type.rawValue)")
    }
  }
}

extension Einsum {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    let first = try inputs.required(0, "Inputs")
    var shapes: [Shape] = []
    for index in inputs.indices {
      let input = try inputs.required(index, "Inputs")
      try input.expectType(first.fact.type, "Inputs")
      if let shape = input.fact.shape { shapes.append(shape) }
    }
    guard first.fact.type != .bool else { throw OperatorError("\(name) of bool") }
    guard shapes.count == inputs.count else { return [Fact(first.fact.type, nil)] }
    let labels = try equation.labels(ranks: shapes.map(\.rank))
    let extents = try extents(labels.terms, shapes)
    return [Fact(first.fact.type, try Shape.checked(labels.result.map { extents[$0] ?? 1 }))]
  }

  /// How long every named axis is. Errors: where operands disagree and neither has 1.
  package func extents(
    _ terms: [[EinsumEquation.Label]], _ shapes: [Shape]
  ) throws(OperatorError) -> [EinsumEquation.Label: Int] {
    var extents: [EinsumEquation.Label: Int] = [:]
    for (term, shape) in zip(terms, shapes) {
      for (label, extent) in zip(term, shape.dimensions) {
        let known = extents[label] ?? 1
        guard known == extent || known == 1 || extent == 1 else {
          throw OperatorError("extents \(known) and \(extent) in \(equation.text.debugDescription)")
        }
        extents[label] = known == 1 ? extent : known
      }
    }
    return extents
  }
}
