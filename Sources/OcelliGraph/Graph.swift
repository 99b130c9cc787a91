package import OcelliTensor

/// Names a value of one graph: an index into `Graph.values`.
package struct ValueID: Hashable, Sendable, CustomStringConvertible {
  package let index: Int
  package init(_ index: Int) { self.index = index }
  package var description: String { "%\(index)" }
}

/// What is known of a value before anything runs.
package struct Fact: Sendable, Equatable {
  package var type: ElementType
  /// nil while unknown, or where it depends on data.
  package var shape: Shape?

  package init(_ type: ElementType, _ shape: Shape?) {
    self.type = type
    self.shape = shape
  }
}

/// A tensor that flows through a graph.
package struct Value: Sendable {
  /// The name in the model's file; made up where the file has none.
  package var name: String
  package var fact: Fact?
  /// The elements where they are known: weights, and what constant folding found.
  package var constant: Tensor?

  package init(name: String, fact: Fact? = nil, constant: Tensor? = nil) {
    self.name = name
    self.fact = fact
    self.constant = constant
  }
}

/// One application of an operator.
package struct Node: Sendable {
  /// The name in the model's file, for messages.
  package var name: String
  package var op: any Operator
  /// nil: an optional input that is absent.
  package var inputs: [ValueID?]
  /// nil: an optional output that nobody wants.
  package var outputs: [ValueID?]

  package init(name: String, op: any Operator, inputs: [ValueID?], outputs: [ValueID?]) {
    self.name = name
    self.op = op
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Input `place`; nil where it is absent, or beyond those that are given.
  package func input(_ place: Int) -> ValueID? { place < inputs.count ? inputs[place] : nil }
}

/// A model as a dataflow graph. Nodes stand in an order in which they can run.
package struct Graph: Sendable {
  package var name: String
  package var values: [Value] = []
  package var nodes: [Node] = []
  package var inputs: [ValueID] = []
  package var outputs: [ValueID] = []
  /// The extents that the file declares for each input, nil where symbolic; as many as `inputs`.
  /// An input whose rank the file does not tell has an entry nil.
  package var declaredInputs: [[Int?]?] = []
  /// What the file says of each output, likewise: a hint alone, where nothing else tells.
  package var declaredOutputs: [[Int?]?] = []
  /// The names that the file gives to extents it leaves open, by input and axis, nil where it gives
  /// none. Axes of one name have one extent.
  package var inputSymbols: [[String?]] = []
  /// Who wrote the file, as it says.
  package var producer = ""
  /// The file's metadata (`names`, `stride`, `task`, …), as it stands there.
  package var metadata: [String: String] = [:]

  package init(name: String) { self.name = name }

  /// Adds a value and returns its name.
  package mutating func add(_ value: Value) -> ValueID {
    values.append(value)
    return ValueID(values.count - 1)
  }

  package subscript(id: ValueID) -> Value {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }

  /// For each value the node that makes it, where one does.
  package func producers() -> [Int?] {
    var producers = [Int?](repeating: nil, count: values.count)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { if let output { producers[output.index] = index } }
    }
    return producers
  }

  /// For each value the nodes that read it, in order, a node once for each reading.
  package func consumers() -> [[Int]] {
    var consumers = [[Int]](repeating: [], count: values.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { if let input { consumers[input.index].append(index) } }
    }
    return consumers
  }
}
