package import OcelliTensor

/// What a node does, in its one canonical form. An operator is a value: its attributes and nothing else.
package protocol Operator: Sendable {
  /// The name in dumps and messages: ONNX's where there is one.
  var name: String { get }
  /// The attributes in words, for dumps; empty where there are none.
  var detail: String { get }
  /// The facts of the outputs. `inputs` are as many as the node's, nil where absent.
  /// Errors: where the inputs cannot be right for this operator.
  func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact]
}

extension Operator {
  package var detail: String { "" }
}

/// An input as a shape rule sees it.
package struct OperatorInput: Sendable {
  package var fact: Fact
  package var constant: Tensor?

  package init(_ fact: Fact, constant: Tensor? = nil) {
    self.fact = fact
    self.constant = constant
  }
}

/// Why an operator cannot take its inputs. Whoever knows the node adds its name.
package struct OperatorError: Error, Equatable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
