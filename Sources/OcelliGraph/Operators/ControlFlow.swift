/// An operator that holds graphs of its own and says when they run.
///
/// A body sees nothing of the graph around it: what it reads from there is an input of the node, last
/// in the list, and an input of the body, last in its list. Constants stand in the body itself.
package protocol ControlFlow: Operator {
  var bodies: [Graph] { get set }
  /// How many inputs stand before those that the bodies read from around them.
  var ownInputCount: Int { get }
}

/// Runs one of two bodies. Inputs: condition, what the bodies read from around them.
/// Both bodies have the inputs after the condition. Source: ONNX `If`.
package struct If: ControlFlow {
  package var thenBranch: Graph
  package var elseBranch: Graph

  package init(then thenBranch: Graph, else elseBranch: Graph) {
    self.thenBranch = thenBranch
    self.elseBranch = elseBranch
  }

  package var name: String { "If" }
  package var ownInputCount: Int { 1 }
  package var bodies: [Graph] {
    get { [thenBranch, elseBranch] }
    set {
      precondition(newValue.count == 2, "two branches")
      thenBranch = newValue[0]
      elseBranch = newValue[1]
    }
  }
}

/// Runs a body until its condition is false or the trips are done.
/// Inputs: trips?, condition?, states, what the body reads from around it.
/// The body's inputs: trip, condition, states, the rest. Its outputs: condition, states, and for each
/// scan output what is stacked there. Source: ONNX `Loop`.
package struct Loop: ControlFlow {
  package var body: Graph
  package var stateCount: Int

  package init(body: Graph, stateCount: Int) {
    self.body = body
    self.stateCount = stateCount
  }

  /// More trips than this are an error.
  package static let maximumTrips = 10_000

  package var name: String { "Loop" }
  package var ownInputCount: Int { 2 + stateCount }
  package var detail: String { "\(stateCount) states" }
  package var bodies: [Graph] {
    get { [body] }
    set {
      precondition(newValue.count == 1, "one body")
      body = newValue[0]
    }
  }
}

/// Runs a body once for each slice of the scan inputs.
/// Inputs: states, scan inputs, what the body reads from around it. Outputs: states, scan outputs.
/// Source: ONNX `Scan`.
package struct Scan: ControlFlow {
  /// How one scan input is cut or one scan output is joined.
  package struct Way: Sendable, Equatable {
    package var axis: Int
    package var isReversed: Bool
    package init(axis: Int, isReversed: Bool) {
      self.axis = axis
      self.isReversed = isReversed
    }
  }

  package var body: Graph
  package var stateCount: Int
  /// One a scan input.
  package var inputWays: [Way]
  /// One a scan output.
  package var outputWays: [Way]
  /// The form of opset 8: axis 0 of everything is a batch, and the ways count axes behind it.
  package var isBatched: Bool

  package init(
    body: Graph, stateCount: Int, inputWays: [Way], outputWays: [Way], isBatched: Bool
  ) {
    self.body = body
    self.stateCount = stateCount
    self.inputWays = inputWays
    self.outputWays = outputWays
    self.isBatched = isBatched
  }

  package var name: String { "Scan" }
  package var ownInputCount: Int { stateCount + inputWays.count }
  package var detail: String {
    "\(stateCount) states, \(inputWays.count) inputs, \(outputWays.count) outputs"
      + (isBatched ? ", batched" : "")
  }
  package var bodies: [Graph] {
    get { [body] }
    set {
      precondition(newValue.count == 1, "one body")
      body = newValue[0]
    }
  }
}
