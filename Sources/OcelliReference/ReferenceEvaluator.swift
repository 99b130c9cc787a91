package import OcelliGraph
package import OcelliTensor

/// An operator that the reference can compute.
protocol ReferenceOperator: Operator {
  /// `facts` are those of the outputs, all shapes known; inputs are right by the shape rule.
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor]
}

/// Computes every operator plainly: the oracle of all that is fast, and the fallback for what is not.
package struct ReferenceEvaluator: OperatorEvaluator {
  package init() {}

  package func evaluate(
    _ op: any Operator, _ inputs: [Tensor?], outputCount: Int
  ) throws(OperatorError) -> [Tensor] {
    guard let op = op as? any ReferenceOperator else {
      throw OperatorError("\(op.name) has no reference")
    }
    let known = inputs.map { tensor in
      tensor.map { OperatorInput(Fact($0.type, $0.shape), constant: $0) }
    }
    let facts = try op.outputFacts(known)
    guard facts.allSatisfy({ $0.shape != nil }) else {
      throw OperatorError("\(op.name): the shape of the output is not known")
    }
    do {
      let outputs = try op.evaluate(inputs, facts)
      guard outputs.count >= outputCount else {
        throw OperatorError("\(op.name): \(outputCount) outputs where \(outputs.count) are due")
      }
      return outputs
    } catch let error as OperatorError { throw error } catch {
      throw OperatorError("\(op.name): \(error)")
    }
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
