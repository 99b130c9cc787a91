import OcelliEngine
package import OcelliGraph
import OcelliTensor

/// What `model inspect` prints: the file, its ports, its size, and every conclusion with its reason.
package struct ModelReport: Sendable, Encodable {
  package struct Port: Sendable, Encodable {
    package var name: String
    package var type: String
    /// nil where the file leaves an extent open.
    package var shape: [Int?]?
  }

  package var file: String
  package var sha256: String
  /// The program that wrote the file; empty where it does not say.
  package var producer: String
  package var metadata: [String: String]
  package var inputs: [Port]
  package var outputs: [Port]
  package var nodes: Int
  /// Numbers in the weights of convolutions and products.
  package var parameters: Int
  /// Multiplications a picture, in millions; nil where shapes are not known.
  package var megaMACs: Double?
  package var conclusions: [ConclusionLine]
  /// Why the model cannot take pictures, where it cannot.
  package var refusal: String?

  /// `simplified`: the graph with its shapes bound, where somebody made it already.
  package init(file: String, graph: Graph, simplified: Graph? = nil, card: ModelCard) {
    let options = SessionOptions(inputShape: card.inputShape, floatPorts: true)
    let simplified = simplified ?? (try? Session.simplified(graph, options: options))
    let facts = ModelFacts(graph, specialized: simplified)
    func port(_ port: ModelFacts.Port) -> Port {
      Port(name: port.name, type: port.type.rawValue, shape: port.extents)
    }
    self.file = file
    sha256 = card.sha256
    producer = graph.producer
    metadata = graph.metadata
    inputs = facts.inputs.map(port)
    if card.lacksBatch { inputs[0].shape?.removeFirst() }
    outputs = facts.outputs.map(port)
    nodes = graph.nodes.count
    parameters = ModelCost.parameters(graph)
    megaMACs = ModelCost.multiplications(simplified ?? graph).map { Double($0) / 1e6 }
    conclusions = card.lines
    refusal = card.refusal
  }

  /// The report in lines for a terminal.
  package var text: String {
    var lines = ["file        \(file)", "sha256      \(sha256)"]
    if !producer.isEmpty { lines.append(Self.pad("producer") + producer) }
    for (name, ports) in [("input", inputs), ("output", outputs)] {
      for port in ports { lines.append(Self.pad(name) + Self.describe(port)) }
    }
    lines.append(Self.pad("nodes") + "\(nodes)")
    lines.append(Self.pad("parameters") + "\(parameters)")
    lines.append(Self.pad("MMACs") + (megaMACs.map(Self.oneDecimal) ?? "unknown: open shapes"))
    for key in metadata.keys.sorted() {
      let value = String((metadata[key] ?? "").prefix(120)).split(whereSeparator: \.isNewline)
      lines.append(Self.pad("metadata") + "\(key): \(value.joined(separator: " "))")
    }
    lines.append("")
    for line in conclusions {
      lines.append(
        Self.pad(line.what) + "\(line.value)  (\(line.sureness.rawValue): \(line.reason))")
    }
    if let refusal { lines.append(Self.pad("pictures") + "refused: \(refusal)") }
    return lines.joined(separator: "\n")
  }

  private static func pad(_ word: String) -> String {
    word + String(repeating: " ", count: max(1, 12 - word.count))
  }

  private static func describe(_ port: Port) -> String {
    let axes = port.shape.map { $0.map { $0.map(String.init) ?? "?" }.joined(separator: "×") }
    return "\(port.name)  \(port.type) \(axes ?? "of unknown shape")"
  }

  private static func oneDecimal(_ x: Double) -> String {
    let tenths = Int((x * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// How large a graph is and how much one run multiplies.
enum ModelCost {
  /// The elements of the constants that convolutions, products and normalisations take.
  /// Quantised weights count through their DequantizeLinear.
  static func parameters(_ graph: Graph) -> Int {
    let producers = graph.producers()
    var weights: Set<ValueID> = []
    for node in graph.nodes where isWeighted(node.op) {
      for input in node.inputs.dropFirst() {
        guard var value = input else { continue }
        for _ in 0..<4 {
          guard graph[value].constant == nil, let index = producers[value.index],
            let source = graph.nodes[index].inputs.first ?? nil
          else { break }
          value = source
        }
        if graph[value].constant != nil { weights.insert(value) }
      }
    }
    return weights.reduce(0) { $0 + (graph[$1].constant?.count ?? 0) }
  }

  private static func isWeighted(_ op: any Operator) -> Bool {
    op is Convolution || op is MatMul || op is Gemm || op is BatchNormalization
  }

  /// Multiplications of convolutions and products; nil where a shape is not known.
  static func multiplications(_ graph: Graph) -> Int? {
    var total = 0
    for node in graph.nodes {
      guard node.op is Convolution || node.op is MatMul || node.op is Gemm else { continue }
      guard let output = node.outputs.first ?? nil, let made = graph[output].fact?.shape,
        let depth = depth(of: node, in: graph)
      else { return nil }
      let (product, overflow) = made.count.multipliedReportingOverflow(by: depth)
      guard !overflow, product <= Int.max / 2 - total else { return nil }
      total += product
    }
    return total
  }

  /// The multiplications for one element of the output.
  private static func depth(of node: Node, in graph: Graph) -> Int? {
    func shape(_ index: Int) -> Shape? {
      guard node.inputs.indices.contains(index), let value = node.inputs[index] else { return nil }
      return graph[value].constant?.shape ?? graph[value].fact?.shape
    }
    switch node.op {
    case is Convolution: return shape(1)?.dimensions.dropFirst().reduce(1, *)
    case let gemm as Gemm:
      return shape(0).flatMap { $0.rank == 2 ? $0[gemm.transposeA ? 0 : 1] : nil }
    default: return shape(0)?.dimensions.last
    }
  }
}
