package import OcelliTensor

extension Graph {
  /// What the outputs are where the inputs are these; the graph is one of an operator's bodies.
  /// Errors: another number of inputs, and what a node's rule says.
  func outputFacts(forInputs known: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    guard known.count == inputs.count else {
      throw OperatorError("a body of \(inputs.count) inputs is given \(known.count)")
    }
    var graph = self
    for (id, input) in zip(inputs, known) {
      guard let input else { throw OperatorError("an input of a body is missing") }
      graph[id].fact = input.fact
      graph[id].constant = input.constant
    }
    try graph.inferFacts()
    var facts: [Fact] = []
    for id in outputs {
      let value = graph[id]
      guard let fact = value.constant.map({ Fact($0.type, $0.shape) }) ?? value.fact else {
        throw OperatorError("the type of a body's output is not known")
      }
      facts.append(fact)
    }
    return facts
  }
}

extension OperatorInput {
  /// The input as one that changes from trip to trip: its elements are not known.
  fileprivate func varying(shape: Shape?) -> OperatorInput {
    OperatorInput(Fact(fact.type, shape))
  }
}

extension If {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    let condition = try inputs.required(0, "cond")
    try condition.expectType(.bool, "cond")
    let rest = Array(inputs.dropFirst())
    if let constant = condition.constant {
      return try branch(where: constant).outputFacts(forInputs: rest)
    }
    guard thenBranch.outputs.count == elseBranch.outputs.count else {
      throw OperatorError("branches of unlike numbers of outputs")
    }
    // A branch that is never taken may be wrong for these shapes.
    let first = Self.facts(thenBranch, rest)
    let second = Self.facts(elseBranch, rest)
    switch (first, second) {
    case (.success(let first), .success(let second)): return try Self.merged(first, second)
    case (.success(let facts), _), (_, .success(let facts)):
      return facts.map { Fact($0.type, nil) }
    case (.failure(let error), .failure): throw error
    }
  }

  /// The branch that a condition of one element asks for. Errors: more or fewer elements.
  package func branch(where condition: Tensor) throws(OperatorError) -> Graph {
    guard condition.count == 1, condition.type == .bool else {
      throw OperatorError("a condition of \(Fact(condition.type, condition.shape))")
    }
    return condition.array(of: Bool.self)[0] ? thenBranch : elseBranch
  }

  private static func facts(
    _ branch: Graph, _ inputs: [OperatorInput?]
  ) -> Result<[Fact], OperatorError> {
    do throws(OperatorError) { return .success(try branch.outputFacts(forInputs: inputs)) } catch {
      return .failure(error)
    }
  }

  private static func merged(_ a: [Fact], _ b: [Fact]) throws(OperatorError) -> [Fact] {
    var facts: [Fact] = []
    for (a, b) in zip(a, b) {
      guard a.type == b.type else {
        throw OperatorError("one branch gives \(a.type.rawValue), the other \(b.type.rawValue)")
      }
      facts.append(Fact(a.type, a.shape == b.shape ? a.shape : nil))
    }
    return facts
  }
}

extension Loop {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    guard inputs.count >= 2 + stateCount, body.inputs.count == inputs.count,
      body.outputs.count >= 1 + stateCount
    else {
      throw OperatorError(
        "\(inputs.count) inputs for a body of \(body.inputs.count) inputs and "
          + "\(body.outputs.count) outputs")
    }
    if let trips = inputs[0] {
      try trips.expectType(.int64, "M")
      try Self.expectOne(trips, "M")
    }
    if let condition = inputs[1] {
      try condition.expectType(.bool, "cond")
      try Self.expectOne(condition, "cond")
    }
    let trip = OperatorInput(Fact(.int64, tripShape))
    let condition = OperatorInput(Fact(.bool, conditionShape))
    var states: [OperatorInput] = []
    for index in 0..<stateCount { states.append(try inputs.required(2 + index, "\(2 + index)")) }
    let outer = Array(inputs.dropFirst(2 + stateCount))
    let (facts, shapes) = try settled(states) { (states) throws(OperatorError) in
      try body.outputFacts(forInputs: [trip, condition] + states + outer)
    }
    guard facts[0].type == .bool else { throw OperatorError("the body's condition is no bool") }
    let trips = try knownTrips(inputs)
    return try zip(facts.dropFirst().prefix(stateCount), shapes).map { Fact($0.type, $1) }
      + facts.dropFirst(1 + stateCount).map { (fact) throws(OperatorError) in
        guard let trips, let shape = fact.shape else { return Fact(fact.type, nil) }
        return Fact(fact.type, try Shape.checked([trips] + shape.dimensions))
      }
  }

  /// What the body takes the number of a trip as: a scalar, or a list of one.
  package var tripShape: Shape { declaredShape(0) }
  package var conditionShape: Shape { declaredShape(1) }

  private func declaredShape(_ input: Int) -> Shape {
    guard input < body.declaredInputs.count, body.declaredInputs[input]?.count == 1 else {
      return []
    }
    return [1]
  }

  private static func expectOne(
    _ input: OperatorInput, _ name: String
  ) throws(OperatorError) {
    guard let shape = input.fact.shape, shape.count != 1 else { return }
    throw OperatorError("input \(name) of \(shape)")
  }

  /// How many trips there are, where nothing but a constant number ends them.
  private func knownTrips(_ inputs: [OperatorInput?]) throws(OperatorError) -> Int? {
    guard let trips = try inputs[0]?.integersIfConstant("M")?.first else { return nil }
    if let condition = inputs[1] {
      guard condition.constant?.array(of: Bool.self) == [true] else { return nil }
    }
    let end = body.outputs[0]
    let isKept = end == body.inputs[1]
    let isTrue = body[end].constant.map { $0.type == .bool && $0.array(of: Bool.self) == [true] }
    guard isKept || isTrue == true else { return nil }
    return trips >= 0 && trips <= Self.maximumTrips ? trips : trips < 0 ? 0 : nil
  }
}

/// The facts of a body whose outputs after the first are states that go round, and the shapes that
/// the states have in every trip: nil where a shape changes.
private func settled(
  _ states: [OperatorInput], skipping first: Int = 1,
  _ facts: ([OperatorInput]) throws(OperatorError) -> [Fact]
) throws(OperatorError) -> (facts: [Fact], shapes: [Shape?]) {
  var shapes = states.map(\.fact.shape)
  // Twice with what is known, then without: shapes that settle later are not worth the time.
  for round in 0..<3 {
    let found = try facts(zip(states, shapes).map { $0.varying(shape: $1) })
    var isSettled = true
    for (index, state) in states.enumerated() {
      let fact = found[first + index]
      guard fact.type == state.fact.type else {
        throw OperatorError(
          "state \(index) begins as \(state.fact.type.rawValue) and goes on as "
            + fact.type.rawValue)
      }
      guard shapes[index] != nil, fact.shape != shapes[index] else { continue }
      isSettled = false
      shapes[index] = nil
    }
    if isSettled { return (found, shapes) }
    if round == 1 { shapes = shapes.map { _ in nil } }
  }
  return (try facts(states.map { $0.varying(shape: nil) }), states.map { _ in nil })
}

extension Scan {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    let own = stateCount + inputWays.count
    guard inputs.count >= own, body.inputs.count == inputs.count,
      body.outputs.count == stateCount + outputWays.count
    else {
      throw OperatorError(
        "\(inputs.count) inputs for a body of \(body.inputs.count) inputs and "
          + "\(body.outputs.count) outputs")
    }
    var batch: Int?
    var trips: Int?
    var states: [OperatorInput] = []
    for index in 0..<stateCount {
      let state = try inputs.required(index, "\(index)")
      let shape = try isBatched ? withoutBatch(state.fact.shape, &batch) : state.fact.shape
      states.append(state.varying(shape: shape))
    }
    var slices: [OperatorInput] = []
    for (index, way) in inputWays.enumerated() {
      let input = try inputs.required(stateCount + index, "\(stateCount + index)")
      let shape = try isBatched ? withoutBatch(input.fact.shape, &batch) : input.fact.shape
      slices.append(input.varying(shape: try slice(shape, way, &trips)))
    }
    let outer = Array(inputs.dropFirst(own))
    let (facts, shapes) = try settled(states, skipping: 0) { (states) throws(OperatorError) in
      try body.outputFacts(forInputs: states + slices + outer)
    }
    var results: [Fact] = []
    for (fact, shape) in zip(facts, shapes) {
      results.append(Fact(fact.type, try withBatch(shape?.dimensions, batch)))
    }
    for (fact, way) in zip(facts.dropFirst(stateCount), outputWays) {
      var dimensions = fact.shape?.dimensions
      if let rank = dimensions?.count {
        let axis = try normalizedAxis(way.axis, rank: rank + 1)
        if let trips { dimensions?.insert(trips, at: axis) } else { dimensions = nil }
      }
      results.append(Fact(fact.type, try withBatch(dimensions, batch)))
    }
    return results
  }

  /// The shape of one slice; all scan inputs have as many. Errors: where they have not.
  private func slice(
    _ shape: Shape?, _ way: Way, _ trips: inout Int?
  ) throws(OperatorError) -> Shape? {
    guard let shape else { return nil }
    let axis = try normalizedAxis(way.axis, rank: shape.rank)
    var dimensions = shape.dimensions
    let extent = dimensions.remove(at: axis)
    guard trips ?? extent == extent else {
      throw OperatorError("scan inputs of \(trips ?? 0) and \(extent) slices")
    }
    trips = extent
    return Shape(dimensions)
  }

  private func withoutBatch(_ shape: Shape?, _ batch: inout Int?) throws(OperatorError) -> Shape? {
    guard let shape else { return nil }
    guard let first = shape.dimensions.first, batch ?? first == first else {
      throw OperatorError("batches of \(batch ?? 0) and \(shape)")
    }
    batch = first
    return Shape(Array(shape.dimensions.dropFirst()))
  }

  private func withBatch(_ dimensions: [Int]?, _ batch: Int?) throws(OperatorError) -> Shape? {
    guard let dimensions else { return nil }
    guard isBatched else { return try Shape.checked(dimensions) }
    return try batch.map { (batch) throws(OperatorError) in
      try Shape.checked([batch] + dimensions)
    }
  }
}
