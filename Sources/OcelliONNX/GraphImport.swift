import OcelliGraph
import OcelliTensor

/// Turns one graph of a file into a graph: the model's own, or a body of one of its nodes.
struct GraphImport {
  private let body: ONNXGraphBody
  private var builder: ImportBuilder
  /// The types of the inputs as whoever holds the body knows them.
  private var givenTypes: [ElementType?] = []

  init(_ body: ONNXGraphBody, _ scope: ImportScope) {
    self.body = body
    builder = ImportBuilder(graph: Graph(name: body.name), scope: scope)
  }

  /// The graph of a model. `folder`: where elements of tensors in other files are read; nil: they are
  /// refused. Errors: what is malformed, or every node that cannot be imported.
  static func graph(of model: ONNXModel, folder: String? = nil) throws(ONNXError) -> Graph {
    var work = GraphImport(model.graph, try ImportScope(model, folder: folder))
    work.builder.graph.producer = [model.producerName, model.producerVersion]
      .filter { !$0.isEmpty }.joined(separator: " ")
    for pair in model.metadataProps { work.builder.graph.metadata[pair.key] = pair.value }
    try work.read([])
    guard work.builder.refused.isEmpty else { throw .unsupported(work.builder.refused) }
    guard !work.builder.graph.outputs.isEmpty else { throw .graph("the graph has no outputs") }
    work.forgetProvisionalFacts()
    do { try GraphVerifier.verify(work.builder.graph) } catch { throw .graph(error.description) }
    return work.builder.graph
  }

  /// A body of a node, and the nodes of it that cannot be imported. Its last inputs are `captures`.
  /// `types`: of its own inputs, where they are known.
  static func body(
    _ body: ONNXGraphBody, _ scope: ImportScope, types: [ElementType?], captures: [CapturedValue]
  ) throws(ONNXError) -> (graph: Graph, refused: [UnsupportedNode]) {
    var work = GraphImport(body, scope)
    work.givenTypes = types
    try work.read(captures)
    work.builder.graph.forgetInferredFacts()
    return (work.builder.graph, work.builder.refused)
  }

  private mutating func read(_ captures: [CapturedValue]) throws(ONNXError) {
    try refuseWhatIsNotRead()
    try addInitializers()
    try addInputs()
    try addCaptures(captures)
    let nodes = try orderedNodes()
    for node in nodes { importNode(node) }
    try addOutputs()
    builder.graph.removeIdentities()
    builder.graph.removeDeadCode()
  }

  private func refuseWhatIsNotRead() throws(ONNXError) {
    if let sparse = body.sparseInitializer.first {
      throw .tensor(name: sparse.values.name, reason: "sparse tensors are not supported")
    }
  }

  private mutating func addInitializers() throws(ONNXError) {
    for entry in body.initializer {
      let tensor = try entry.tensor(external: try builder.scope.external(for: entry))
      let id = builder.graph.add(constant: tensor, name: entry.name)
      try builder.define(entry.name, id)
    }
  }

  private mutating func addInputs() throws(ONNXError) {
    var seen = Set<String>()
    for info in body.input {
      guard seen.insert(info.name).inserted else {
        throw .graph("input \(info.name.debugDescription) stands twice")
      }
      // Old files list the weights among the inputs.
      guard builder.names[info.name] == nil else { continue }
      try addInput(info)
    }
  }

  /// Values of the graph around this one: constants as they are, the rest as further inputs.
  private mutating func addCaptures(_ captures: [CapturedValue]) throws(ONNXError) {
    for capture in captures {
      let id = builder.graph.add(capture.value)
      if capture.value.constant == nil { builder.graph.inputs.append(id) }
      // A name of its own hides one from outside.
      if builder.names[capture.name] == nil { try builder.define(capture.name, id) }
    }
  }

  private mutating func addInput(_ info: ONNXValueInfo) throws(ONNXError) {
    guard info.type.hasTensorType else { return try addUntypedInput(info) }
    let declared = info.type.tensorType
    do {
      let type = try ElementType(onnx: declared.elemType)
      let extents = declared.hasShape ? try extents(declared.shape) : nil
      // Until the extents are bound, only ranks are taken from these.
      let shape = try extents.map { extents in
        try Shape(checking: extents.enumerated().map { $1 ?? ($0 == 0 ? 1 : 64) })
      }
      let id = builder.graph.add(Value(name: info.name, fact: Fact(type, shape)))
      builder.graph.inputs.append(id)
      builder.graph.declaredInputs.append(extents)
      builder.graph.inputSymbols.append(symbols(declared.shape))
      try builder.define(info.name, id)
    } catch let error as ONNXError { throw error } catch {
      throw .graph("input \(info.name.debugDescription): \(error)")
    }
  }

  /// Bodies need not tell the types of their inputs.
  private mutating func addUntypedInput(_ info: ONNXValueInfo) throws(ONNXError) {
    let type = info.type
    let isOther =
      type.hasSequenceType || type.hasMapType || type.hasSparseTensorType || type.hasOptionalType
    guard builder.scope.depth > 0, !isOther else {
      let kind =
        type.hasSequenceType
        ? "a sequence" : type.hasOptionalType ? "an optional value" : "not a tensor"
      throw .graph("input \(info.name.debugDescription) is \(kind); tensors alone are supported")
    }
    let place = builder.graph.inputs.count
    let given = place < givenTypes.count ? givenTypes[place] : nil
    let id = builder.graph.add(Value(name: info.name, fact: given.map { Fact($0, nil) }))
    builder.graph.inputs.append(id)
    builder.graph.declaredInputs.append(nil)
    builder.graph.inputSymbols.append([])
    try builder.define(info.name, id)
  }

  private func extents(_ shape: ONNXTensorShape) throws(TensorError) -> [Int?] {
    guard shape.dim.count <= Shape.maximumRank else { throw .rank(shape.dim.count) }
    return shape.dim.map { dimension in
      // Some writers say 0 or −1 where they mean "any".
      if case .dimValue(let value)? = dimension.value, value > 0 { return Int(value) }
      return nil
    }
  }

  /// The names of open axes. Words that some writers give to every open axis are no names, and neither
  /// is one that stands twice in one input: height and width of a picture may differ all the same.
  private func symbols(_ shape: ONNXTensorShape) -> [String?] {
    let names = shape.dim.map { dimension -> String? in
      guard case .dimParam(let name)? = dimension.value, name.contains(where: \.isLetter),
        !["none", "unknown", "dynamic"].contains(name.lowercased())
      else { return nil }
      return name
    }
    let counts = Dictionary(names.compactMap { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
    return names.map { $0.flatMap { counts[$0] == 1 ? $0 : nil } }
  }

  /// The nodes in an order in which they can run, their values already made.
  private mutating func orderedNodes() throws(ONNXError) -> [ImportedNode] {
    var inlining = FunctionInlining(builder.scope)
    try inlining.add(body.node)
    let entries = inlining.nodes
    let ranks = declaredRanks()
    var outputs: [[ValueID?]] = []
    for entry in entries {
      var made: [ValueID?] = []
      for name in entry.entry.output {
        guard !name.isEmpty else {
          made.append(nil)
          continue
        }
        let id = builder.graph.add(Value(name: name))
        try builder.define(name, id)
        builder.ranks[id] = ranks[name]
        made.append(id)
      }
      outputs.append(made)
    }
    var nodes: [ImportedNode] = []
    for (entry, outputs) in zip(entries, outputs) {
      nodes.append(try importedNode(entry, outputs))
    }
    builder.graph.nodes = nodes.map {
      Node(
        name: $0.name, op: Unmapped(name: $0.type), inputs: $0.inputs + $0.captures.map(\.id),
        outputs: $0.outputs)
    }
    do {
      let order = try builder.graph.topologicalOrder()
      builder.graph.nodes = []
      return order.map { nodes[$0] }
    } catch { throw .graph(error.description) }
  }

  /// What the file says of the numbers of axes of values between the nodes.
  private func declaredRanks() -> [String: Int] {
    var ranks: [String: Int] = [:]
    for info in body.valueInfo + body.output
    where info.type.hasTensorType && info.type.tensorType.hasShape {
      let rank = info.type.tensorType.shape.dim.count
      if rank <= Shape.maximumRank { ranks[info.name] = rank }
    }
    return ranks
  }

  private func importedNode(
    _ node: PlacedNode, _ outputs: [ValueID?]
  ) throws(ONNXError) -> ImportedNode {
    let entry = node.entry
    var inputs: [ValueID?] = []
    for name in entry.input { inputs.append(name.isEmpty ? nil : try value(name, of: entry)) }
    while inputs.last == .some(nil) { inputs.removeLast() }
    var captures: [ImportedNode.Capture] = []
    for attribute in entry.attribute where attribute.hasG {
      for name in attribute.g.freeNames() where !captures.contains(where: { $0.name == name }) {
        captures.append(ImportedNode.Capture(name: name, id: try value(name, of: entry)))
      }
    }
    return ImportedNode(
      name: entry.name, type: entry.opType, domain: ImportScope.domain(entry.domain),
      opsets: node.opsets, inputs: inputs, captures: captures, outputs: outputs,
      attributes: entry.attribute)
  }

  private func value(_ name: String, of node: ONNXNodeEntry) throws(ONNXError) -> ValueID {
    guard let id = builder.names[name] else {
      throw .graph(
        "\(node.opType) \(node.name.debugDescription) reads \(name.debugDescription), "
          + "which nothing makes")
    }
    return id
  }

  private mutating func importNode(_ node: ImportedNode) {
    do throws(OperatorError) {
      guard let mapping = OperatorList.mapping(domain: node.domain, type: node.type) else {
        throw OperatorError(OperatorList.refusal(domain: node.domain))
      }
      builder.opset = Int(node.opsets[""] ?? 0)
      guard let version = node.opsets[node.domain] else {
        throw OperatorError("the model names no opset of its domain")
      }
      if let first = OperatorList.firstOpset[node.type], version < first {
        throw OperatorError("its form before opset \(first) is not supported")
      }
      try mapping(node, &builder)
    } catch {
      builder.refused.append(
        UnsupportedNode(
          type: node.type, domain: node.domain, opset: node.opsets[node.domain] ?? 0,
          name: node.name, reason: error.description))
    }
  }

  private mutating func addOutputs() throws(ONNXError) {
    for info in body.output {
      guard var id = builder.names[info.name] else {
        throw .graph("output \(info.name.debugDescription) is never made")
      }
      // A body may give one value twice; in a graph each output is its own.
      if builder.scope.depth > 0, builder.graph.outputs.contains(id) {
        let copy = builder.graph.add(Value(name: info.name))
        builder.graph.nodes.append(
          Node(name: info.name, op: Identity(), inputs: [id], outputs: [copy]))
        id = copy
      }
      builder.graph.outputs.append(id)
      builder.graph.declaredOutputs.append(declaredExtents(info))
    }
  }

  /// What the file says of an output; nil where it says nothing that can be.
  private func declaredExtents(_ info: ONNXValueInfo) -> [Int?]? {
    guard info.type.hasTensorType, info.type.tensorType.hasShape else { return nil }
    return try? extents(info.type.tensorType.shape)
  }

  /// Where an input is open, facts were inferred from made-up extents.
  private mutating func forgetProvisionalFacts() {
    let open = builder.graph.declaredInputs.contains { $0?.contains(nil) ?? true }
    guard open else { return }
    for (id, declared) in zip(builder.graph.inputs, builder.graph.declaredInputs)
    where declared?.contains(nil) ?? true { builder.graph[id].fact?.shape = nil }
    for node in builder.graph.nodes {
      for case let output? in node.outputs { builder.graph[output].fact = nil }
    }
  }
}

/// Stands for a node while the order is sought.
private struct Unmapped: Operator {
  let name: String
  func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] { [] }
}
