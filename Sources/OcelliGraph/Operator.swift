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
  /// How much there is to do, estimated from above: what a hostile file asks for must be refused before
  /// it is begun. Units: multiplications or elements; `Int.max` where they are beyond that.
  func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int
}

extension Operator {
  package var detail: String { "" }

  /// Every element of inputs and outputs once.
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    let facts = inputs.compactMap { $0?.fact } + outputs
    return facts.reduce(0) { $0 + ($1.shape?.count ?? 0) }
  }
}

extension OperatorError {
  /// Several errors as one, so that a user mends them all at once. Traps: on none.
  package static func joined(_ errors: [OperatorError]) -> OperatorError {
    precondition(!errors.isEmpty, "no error to tell")
    if errors.count == 1 { return errors[0] }
    let told = errors.prefix(Self.told).map(\.description).joined(separator: "; ")
    let rest = errors.count > Self.told ? "; and \(errors.count - Self.told) more" : ""
    return OperatorError("\(errors.count) nodes cannot be run: \(told)\(rest)")
  }

  /// A line of a hundred errors helps nobody.
  private static let told = 20
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
