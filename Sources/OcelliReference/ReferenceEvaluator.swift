package import OcelliGraph
package import OcelliTensor

/// An operator that the reference can compute. It never meets float16 or bfloat16: they come and go
/// as float32 (`HalfTypes`).
protocol ReferenceOperator: Operator {
  /// `facts` are those of the outputs; a shape is nil where it depends on elements of the inputs.
  /// The inputs are right by the shape rule.
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor]
}

/// An operator with bodies: `If`, `Loop`, `Scan`.
protocol ReferenceControlFlow: Operator {
  /// As `ReferenceOperator.evaluate`; bodies run on what `evaluator.forBody()` gives.
  func evaluate(
    _ inputs: [Tensor?], _ facts: [Fact], _ evaluator: ReferenceEvaluator
  ) throws -> [Tensor]
}

/// Computes every operator plainly: the oracle of all that is fast, and the fallback for what is not.
package struct ReferenceEvaluator: OperatorEvaluator {
  /// How many bodies of control flow lie around what is evaluated here.
  private let depth: Int
  /// When the outermost control flow must be done; nil outside of any.
  private let deadline: ContinuousClock.Instant?

  package static let maximumDepth = 8
  /// How long an operator with bodies may take, all its trips together.
  package static let bodyTime = Duration.seconds(10)
  /// The largest tensor that is made. Units: bytes.
  package static let byteLimit = 1 << 30
  private let byteLimit: Int
  /// What one operator may take: minutes. Units: those of `Operator.work`.
  package static let workLimit = 1 << 38

  /// `byteLimit`: of the largest tensor that is made. Units: bytes.
  package init(byteLimit: Int = Self.byteLimit) {
    self.init(depth: 0, deadline: nil, byteLimit: byteLimit)
  }

  private init(depth: Int, deadline: ContinuousClock.Instant?, byteLimit: Int) {
    self.depth = depth
    self.deadline = deadline
    self.byteLimit = byteLimit
  }

  /// The evaluator for a body of what this one evaluates: the first one starts the clock.
  /// Errors: bodies nested too deep.
  func forBody() throws(OperatorError) -> ReferenceEvaluator {
    guard depth < Self.maximumDepth else {
      throw OperatorError("control flow is nested more than \(Self.maximumDepth) deep")
    }
    return ReferenceEvaluator(
      depth: depth + 1, deadline: deadline ?? .now + Self.bodyTime, byteLimit: byteLimit)
  }

  /// Errors: an operator that has no reference or not for these types, wrong inputs, a tensor beyond
  /// the limit, control flow that has run too long.
  package func evaluate(
    _ op: any Operator, _ inputs: [Tensor?], outputCount: Int
  ) throws(OperatorError) -> [Tensor] {
    try checkTime()
    let known = inputs.map { tensor in
      tensor.map { OperatorInput(Fact($0.type, $0.shape), constant: $0) }
    }
    let facts = try op.outputFacts(known)
    for fact in facts { try checkSize(fact) }
    guard op.work(known, facts) <= Self.workLimit else {
      throw OperatorError(
        "it would take more than \(Self.workLimit >> 30) thousand million multiplications")
    }
    let outputs: [Tensor]
    do {
      switch op {
      case let op as any AnyTypeOperator: outputs = try op.evaluate(inputs, facts)
      case let op as any ReferenceOperator:
        outputs = try HalfTypes.evaluate(op, inputs, facts)
      case let op as any ReferenceControlFlow: outputs = try op.evaluate(inputs, facts, self)
      default: throw OperatorError("it has no reference")
      }
    } catch { throw error as? OperatorError ?? OperatorError("\(error)") }
    guard outputs.count >= outputCount else {
      throw OperatorError("\(outputCount) outputs where \(outputs.count) are due")
    }
    for (output, fact) in zip(outputs, facts) {
      guard output.type == fact.type, fact.shape == nil || fact.shape == output.shape else {
        throw OperatorError("\(Fact(output.type, output.shape)) where its rule says \(fact)")
      }
    }
    return outputs
  }

  private func checkTime() throws(OperatorError) {
    guard let deadline, ContinuousClock.now > deadline else { return }
    throw OperatorError("control flow has run for more than \(Self.bodyTime)")
  }

  private func checkSize(_ fact: Fact) throws(OperatorError) {
    guard let shape = fact.shape, shape.count > byteLimit / fact.type.size else { return }
    throw OperatorError("a result of \(fact) is beyond \(byteLimit >> 20) MiB")
  }
}

extension [Tensor?] {
  /// Errors: where the input is absent.
  func required(_ index: Int) throws(OperatorError) -> Tensor {
    guard index < count, let tensor = self[index] else {
      throw OperatorError("input \(index) is missing")
    }
    return tensor
  }

  func optional(_ index: Int) -> Tensor? { index < count ? self[index] : nil }
}

extension [Fact] {
  /// The shape of the first output. Errors: where it is not known.
  func shape() throws(OperatorError) -> Shape {
    guard let shape = first?.shape else { throw OperatorError("the shape is not known") }
    return shape
  }
}

extension Operator {
  /// What to throw where an operator is not defined for a type.
  func unsupported(_ type: ElementType) -> OperatorError {
    OperatorError("\(name) of \(type.rawValue) has no reference")
  }
}
