import OcelliGraph
import OcelliTensor

extension If: ReferenceControlFlow {
  func evaluate(
    _ inputs: [Tensor?], _ facts: [Fact], _ evaluator: ReferenceEvaluator
  ) throws -> [Tensor] {
    let branch = try branch(where: try inputs.required(0))
    return try ReferenceRunner(branch, evaluator: try evaluator.forBody())
      .run(try inputs.dropFirst().map { try present($0) })
  }
}

extension Loop: ReferenceControlFlow {
  func evaluate(
    _ inputs: [Tensor?], _ facts: [Fact], _ evaluator: ReferenceEvaluator
  ) throws -> [Tensor] {
    let limit = try inputs[0].map { try trips($0) }
    var goesOn = try inputs[1].map { try truth($0) } ?? true
    var states = try inputs.dropFirst(2).prefix(stateCount).map { try present($0) }
    let outer = try inputs.dropFirst(2 + stateCount).map { try present($0) }
    let runner = ReferenceRunner(body, evaluator: try evaluator.forBody())
    var stacks = facts.dropFirst(stateCount).map { Stack($0) }
    var trip = 0
    while goesOn, trip < limit ?? .max {
      guard trip < Self.maximumTrips else {
        throw OperatorError("more than \(Self.maximumTrips) trips")
      }
      let number = try Tensor([Int64(trip)], shape: tripShape)
      let condition = try Tensor([goesOn], shape: conditionShape)
      let results = try runner.run([number, condition] + states + outer)
      goesOn = try truth(results[0])
      states = Array(results.dropFirst().prefix(stateCount))
      for index in stacks.indices { try stacks[index].push(results[1 + stateCount + index]) }
      trip += 1
    }
    return states + (try stacks.map { try $0.joined(axis: 0, isReversed: false) })
  }

  private func trips(_ tensor: Tensor) throws -> Int {
    guard tensor.count == 1 else { throw OperatorError("M of \(tensor.shape)") }
    return try tensor.integers("M")[0]
  }

  private func truth(_ tensor: Tensor) throws -> Bool {
    guard tensor.count == 1, tensor.type == .bool else {
      throw OperatorError("a condition of \(Fact(tensor.type, tensor.shape))")
    }
    return tensor.array(of: Bool.self)[0]
  }
}

extension Scan: ReferenceControlFlow {
  func evaluate(
    _ inputs: [Tensor?], _ facts: [Fact], _ evaluator: ReferenceEvaluator
  ) throws -> [Tensor] {
    let own = stateCount + inputWays.count
    let states = try inputs.prefix(stateCount).map { try present($0) }
    let scanned = try inputs.prefix(own).dropFirst(stateCount).map { try present($0) }
    let outer = try inputs.dropFirst(own).map { try present($0) }
    let runner = ReferenceRunner(body, evaluator: try evaluator.forBody())
    guard isBatched else { return try scan(states, scanned, outer, runner, facts) }
    guard let batch = scanned.first?.shape.dimensions.first else { return [] }
    // What one batch gives has the rule's shape without the batch.
    let single = facts.map { fact in
      Fact(fact.type, fact.shape.map { Shape(Array($0.dimensions.dropFirst())) })
    }
    var stacks = single.map { Stack($0) }
    for element in 0..<batch {
      let results = try scan(
        try states.map { try $0.slice(element, axis: 0) },
        try scanned.map { try $0.slice(element, axis: 0) }, outer, runner, single)
      for (index, result) in results.enumerated() { try stacks[index].push(result) }
    }
    return try stacks.map { try $0.joined(axis: 0, isReversed: false) }
  }

  private func scan(
    _ initial: [Tensor], _ scanned: [Tensor], _ outer: [Tensor], _ runner: ReferenceRunner,
    _ facts: [Fact]
  ) throws -> [Tensor] {
    var states = initial
    var stacks = facts.dropFirst(stateCount).map { Stack($0) }
    let axes = try zip(scanned, inputWays).map { try normalizedAxis($1.axis, rank: $0.shape.rank) }
    let count = scanned[0].shape[axes[0]]
    guard count <= Loop.maximumTrips else {
      throw OperatorError("\(count) trips; at most \(Loop.maximumTrips) are run")
    }
    for trip in 0..<count {
      var slices: [Tensor] = []
      for (index, way) in inputWays.enumerated() {
        let position = way.isReversed ? count - 1 - trip : trip
        slices.append(try scanned[index].slice(position, axis: axes[index]))
      }
      let results = try runner.run(states + slices + outer)
      states = Array(results.prefix(stateCount))
      for index in stacks.indices { try stacks[index].push(results[stateCount + index]) }
    }
    return states
      + (try zip(stacks, outputWays).map {
        try $0.joined(axis: $1.axis, isReversed: $1.isReversed)
      })
  }
}

private func present(_ tensor: Tensor?) throws -> Tensor {
  guard let tensor else { throw OperatorError("an input of a body is missing") }
  return tensor
}

/// The results of a body's trips, to be joined along a new axis.
private struct Stack {
  /// What the whole will be; decides where there was no trip.
  private let fact: Fact
  private var parts: [Tensor] = []
  private var bytes = 0

  init(_ fact: Fact) { self.fact = fact }

  /// Errors: another shape than the parts before have, or more bytes than a tensor may have.
  mutating func push(_ part: Tensor) throws {
    if let first = parts.first, first.shape != part.shape || first.type != part.type {
      throw OperatorError("a trip gives \(part.shape) where the first gave \(first.shape)")
    }
    bytes += part.byteCount
    guard bytes <= ReferenceEvaluator.byteLimit else {
      throw OperatorError("the results of \(parts.count) trips are beyond the largest tensor")
    }
    parts.append(part)
  }

  func joined(axis: Int, isReversed: Bool) throws -> Tensor {
    guard let first = parts.first else {
      // Nothing tells the extents of what was never made.
      return try Tensor(fact.type, fact.shape ?? [0])
    }
    let axis = try normalizedAxis(axis, rank: first.shape.rank + 1)
    var dimensions = first.shape.dimensions
    dimensions.insert(parts.count, at: axis)
    let shape = try Shape.checked(dimensions)
    var result = try Tensor(first.type, shape)
    var strides = shape.strides
    let step = strides.remove(at: axis)
    for (index, part) in parts.enumerated() {
      let place = isReversed ? parts.count - 1 - index : index
      result.write(part, offset: place * step, strides: strides)
    }
    return result
  }
}

extension Tensor {
  /// One slice of an axis, without that axis. Traps: a position that the axis has not.
  fileprivate func slice(_ position: Int, axis: Int) throws -> Tensor {
    var dimensions = shape.dimensions
    dimensions.remove(at: axis)
    return try taking([position], axis: axis).reshaped(Shape(dimensions))
  }
}
