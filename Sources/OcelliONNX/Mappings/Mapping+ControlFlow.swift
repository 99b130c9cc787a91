import OcelliGraph
import OcelliTensor

/// A value of a graph as a body of one of its nodes sees it.
struct CapturedValue {
  let name: String
  let value: Value
}

extension ImportBuilder {
  /// A body of `node`, and what of the node's captures are its last inputs.
  /// What cannot be imported is noted. Errors: what is malformed, or bodies too deep in each other.
  fileprivate mutating func body(
    _ name: String, of node: ImportedNode, types: [ElementType?] = []
  ) throws(OperatorError) -> Graph {
    let captures = node.captures.map { CapturedValue(name: $0.name, value: graph[$0.id]) }
    let entry = try node.body(name)
    let scope = try scope.ofBody(opsets: node.opsets)
    do {
      let (body, refused) = try GraphImport.body(
        entry, scope, types: types, captures: captures)
      self.refused += refused
      return body
    } catch { throw OperatorError("\(name): \(error)") }
  }

  fileprivate func types(_ ids: some Sequence<ValueID?>) -> [ElementType?] {
    ids.map { $0.flatMap { graph[$0].fact?.type } }
  }

  /// The inputs that a node's bodies read from around it: constants stand in the bodies.
  fileprivate func capturedInputs(_ node: ImportedNode) -> [ValueID] {
    node.captures.map(\.id).filter { graph[$0].constant == nil }
  }
}

extension OperatorList {
  /// Where the condition is known, the branch itself stands in the node's place.
  static func importIf(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let condition = try node.required(0)
    let captures = builder.capturedInputs(node)
    if let constant = builder.graph[condition].constant, constant.type == .bool,
      constant.count == 1
    {
      let name = constant.array(of: Bool.self)[0] ? "then_branch" : "else_branch"
      return try inline(try builder.body(name, of: node), node, captures, &builder)
    }
    let op = If(
      then: try builder.body("then_branch", of: node),
      else: try builder.body("else_branch", of: node))
    builder.emit(op, node, inputs: [condition] + captures, outputs: node.outputs)
  }

  private static func inline(
    _ body: Graph, _ node: ImportedNode, _ captures: [ValueID],
    _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard body.inputs.count == captures.count, body.outputs.count >= node.outputs.count else {
      throw OperatorError("a branch of \(body.inputs.count) inputs, \(body.outputs.count) outputs")
    }
    let (nodes, outputs) = builder.graph.adopt(body, inputs: captures)
    for inner in nodes {
      builder.graph.nodes.append(inner)
      try? builder.graph.inferFacts(ofNode: builder.graph.nodes.count - 1)
    }
    for (inner, outer) in zip(outputs, node.outputs) where outer != nil {
      if let constant = builder.graph[inner].constant, let outer {
        builder.graph[outer].constant = constant
        builder.graph[outer].fact = Fact(constant.type, constant.shape)
      } else {
        builder.emit(Identity(), node, inputs: [inner], outputs: [outer])
      }
    }
  }

  static func importLoop(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let stateCount = max(node.inputs.count - 2, 0)
    let states = builder.types(node.inputs.dropFirst(2))
    let body = try builder.body("body", of: node, types: [.int64, .bool] + states)
    let captures = builder.capturedInputs(node)
    guard body.inputs.count == 2 + stateCount + captures.count else {
      throw OperatorError(
        "a body of \(body.inputs.count - captures.count) inputs for \(stateCount) states")
    }
    let inputs = [node.input(0), node.input(1)] + node.inputs.dropFirst(2) + captures
    builder.emit(
      Loop(body: body, stateCount: stateCount), node, inputs: inputs, outputs: node.outputs)
  }

  /// In opset 8 everything had a batch axis, and one axis was scanned.
  static func importScan(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let isBatched = builder.opset < 9
    var inputs = node.inputs
    if isBatched, !inputs.isEmpty, inputs.removeFirst() != nil {
      throw OperatorError("sequence_lens are not supported")
    }
    guard let scanned = try node.integer("num_scan_inputs"), 1...max(inputs.count, 1) ~= scanned
    else { throw OperatorError("num_scan_inputs is missing, or not the node's") }
    let stateCount = inputs.count - scanned
    let body = try builder.body("body", of: node, types: builder.types(inputs))
    let captures = builder.capturedInputs(node)
    guard body.inputs.count == inputs.count + captures.count, body.outputs.count >= stateCount
    else {
      throw OperatorError("a body of \(body.inputs.count - captures.count) inputs")
    }
    let outputCount = body.outputs.count - stateCount
    let op = Scan(
      body: body, stateCount: stateCount,
      inputWays: try ways(
        scanned, axes: try node.integers("scan_input_axes"),
        directions: try node.integers(isBatched ? "directions" : "scan_input_directions")),
      outputWays: try ways(
        outputCount, axes: try node.integers("scan_output_axes"),
        directions: try node.integers("scan_output_directions")),
      isBatched: isBatched)
    builder.emit(op, node, inputs: inputs + captures, outputs: node.outputs)
  }

  private static func ways(
    _ count: Int, axes: [Int]?, directions: [Int]?
  ) throws(OperatorError) -> [Scan.Way] {
    let axes = axes ?? [Int](repeating: 0, count: count)
    let directions = directions ?? [Int](repeating: 0, count: count)
    guard axes.count == count, directions.count == count else {
      throw OperatorError("axes \(axes) and directions \(directions) for \(count) tensors")
    }
    return zip(axes, directions).map { Scan.Way(axis: $0, isReversed: $1 != 0) }
  }
}
