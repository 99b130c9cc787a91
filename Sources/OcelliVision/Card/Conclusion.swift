/// How sure a conclusion is.
package enum Sureness: String, Sendable, Encodable {
  /// The file says so, or its shapes allow nothing else.
  case certain
  /// A known family looks like this.
  case likely
  /// A convention stood in for knowledge; look at the result, and override it if it is wrong.
  case guess
}

/// Something concluded about a model, with the evidence in words.
package struct Conclusion<Value: Sendable>: Sendable {
  package var value: Value
  /// Why, in words that fit behind "because".
  package var reason: String
  package var sureness: Sureness

  package init(_ value: Value, _ sureness: Sureness, _ reason: String) {
    self.value = value
    self.reason = reason
    self.sureness = sureness
  }

  /// A value that the user gave.
  package static func given(_ value: Value) -> Conclusion { Conclusion(value, .certain, "given") }

  /// The user's value where there is one.
  func overridden(by given: Value?) -> Conclusion { given.map(Conclusion.given) ?? self }
}

extension Conclusion: Equatable where Value: Equatable {}
