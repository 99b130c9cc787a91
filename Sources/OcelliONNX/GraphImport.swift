import OcelliGraph
import OcelliTensor

/// Turns one parsed model into a graph.
struct GraphImport {
  private let model: ONNXModel
  private var builder: ImportBuilder
  private var opsets: [String: Int64] = [:]
  private var refused: [UnsupportedNode] = []

  init(_ model: ONNXModel) {
    self.model = model
    builder = ImportBuilder(graph: Graph(name: model.graph.name))
  }

  mutating func run() throws(ONNXError) -> Graph {
    try readOpsets()
    readMetadata()
    try refuseWhatIsNotRead()
    try addInitializers()
    try addInputs()
    let nodes = try orderedNodes()
    for node in nodes { importNode(node) }
    guard refused.isEmpty else { throw .unsupported(refused) }
    return try finished()
  }

  private mutating func readOpsets() throws(ONNXError) {
    for entry in model.opsetImport {
      opsets[entry.domain == "ai.onnx" ? "" : entry.domain] = entry.version
    }
    guard let version = opsets[""], 7...Int64(OperatorList.newestOpset) ~= version else {
      throw .opset(opsets[""] ?? 0)
    }
    builder.opset = Int(version)
  }

  private mutating func readMetadata() {
    builder.graph.producer = [model.producerName, model.producerVersion]
      .filter { !$0.isEmpty }.joined(separator: " ")
    for pair in model.metadataProps { builder.graph.metadata[pair.key] = pair.value }
  }

  private func refuseWhatIsNotRead() throws(ONNXError) {
    if let sparse = model.graph.sparseInitializer.first {
      throw .tensor(name: sparse.values.name, reason: "sparse tensors are not supported")
    }
  }

  private mutating func addInitializers() throws(ONNXError) {
    for entry in model.graph.initializer {
      let tensor = try entry.tensor()
      let id = builder.graph.add(constant: tensor, name: entry.name)
      try builder.define(entry.name, id)
    }
  }

  private mutating func addInputs() throws(ONNXError) {
    var seen = Set<String>()
    for info in model.graph.input {
      guard seen.insert(info.name).inserted else {
        throw .graph("input \(info.name.debugDescription) stands twice")
      }
      // Old files list the weights among the inputs.
      guard builder.names[info.name] == nil else { continue }
      try addInput(info)
    }
  }

  private mutating func addInput(_ info: ONNXValueInfo) throws(ONNXError) {
    guard info.type.hasTensorType else {
      throw .graph("input \(info.name.debugDescription) is not a tensor")
    }
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
    let entries = model.graph.node
    try ONNXImporter.check("nodes", entries.count, maximum: ONNXImporter.maximumNodes)
    var outputs: [[ValueID?]] = []
    for entry in entries {
      var made: [ValueID?] = []
      for name in entry.output {
        guard !name.isEmpty else {
          made.append(nil)
          continue
        }
        let id = builder.graph.add(Value(name: name))
        try builder.define(name, id)
        made.append(id)
      }
      outputs.append(made)
    }
    var nodes: [ImportedNode] = []
    for (entry, outputs) in zip(entries, outputs) {
      nodes.append(try importedNode(entry, outputs))
    }
    builder.graph.nodes = nodes.map {
      Node(name: $0.name, op: Unmapped(name: $0.type), inputs: $0.inputs, outputs: $0.outputs)
    }
    do {
      let order = try builder.graph.topologicalOrder()
      builder.graph.nodes = []
      return order.map { nodes[$0] }
    } catch { throw .graph(error.description) }
  }

  private func importedNode(
    _ entry: ONNXNodeEntry, _ outputs: [ValueID?]
  ) throws(ONNXError) -> ImportedNode {
    var inputs: [ValueID?] = []
    for name in entry.input {
      guard !name.isEmpty else {
        inputs.append(nil)
        continue
      }
      guard let id = builder.names[name] else {
        throw .graph(
          "\(entry.opType) \(entry.name.debugDescription) reads \(name.debugDescription), "
            + "which nothing makes")
      }
      inputs.append(id)
    }
    while inputs.last == .some(nil) { inputs.removeLast() }
    return ImportedNode(
      name: entry.name, type: entry.opType,
      domain: entry.domain == "ai.onnx" ? "" : entry.domain, inputs: inputs, outputs: outputs,
      attributes: entry.attribute)
  }

  private mutating func importNode(_ node: ImportedNode) {
    do throws(OperatorError) {
      guard let mapping = OperatorList.mapping(domain: node.domain, type: node.type) else {
        throw OperatorError("the operator is not supported")
      }
      try mapping(node, &builder)
    } catch {
      refused.append(
        UnsupportedNode(
          type: node.type, domain: node.domain, opset: opsets[node.domain] ?? 0, name: node.name,
          reason: error.description))
    }
  }

  private mutating func finished() throws(ONNXError) -> Graph {
    for info in model.graph.output {
      guard let id = builder.names[info.name] else {
        throw .graph("output \(info.name.debugDescription) is never made")
      }
      builder.graph.outputs.append(id)
    }
    guard !builder.graph.outputs.isEmpty else { throw .graph("the graph has no outputs") }
    builder.graph.removeIdentities()
    builder.graph.removeDeadCode()
    forgetProvisionalFacts()
    do { try GraphVerifier.verify(builder.graph) } catch { throw .graph(error.description) }
    return builder.graph
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
