package import OcelliGraph
package import OcelliTensor

/// What the evidence is taken from: a model's ports, its metadata, and what stands at its two ends.
package struct ModelFacts: Sendable {
  /// An input or output; an extent is nil where the file leaves it open.
  package struct Port: Sendable, Equatable {
    package var name: String
    package var type: ElementType
    /// nil where not even the number of axes is known.
    package var extents: [Int?]?

    package init(name: String, type: ElementType, extents: [Int?]?) {
      self.name = name
      self.type = type
      self.extents = extents
    }
  }

  package var name: String
  package var inputs: [Port]
  package var outputs: [Port]
  package var metadata: [String: String]
  /// For each output the operators between it and the last convolutions or products before it.
  package var tails: [Set<String>]
  /// The graph subtracts a mean or multiplies by a scale before its first convolution.
  package var normalizesInside: Bool

  package init(
    name: String = "", inputs: [Port], outputs: [Port], metadata: [String: String] = [:],
    tails: [Set<String>]? = nil, normalizesInside: Bool = false
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.metadata = metadata
    self.tails = tails ?? outputs.map { _ in [] }
    self.normalizesInside = normalizesInside
  }

  /// The facts of `graph`; the extents of its outputs from `specialized` where they are known there.
  package init(_ graph: Graph, specialized: Graph? = nil) {
    let producers = graph.producers()
    self.init(
      name: graph.name,
      inputs: graph.inputs.enumerated().map { index, input in
        var port = Self.port(graph[input])
        if index < graph.declaredInputs.count { port.extents = graph.declaredInputs[index] }
        return port
      },
      outputs: graph.outputs.enumerated().map { index, output in
        let known = specialized.map { Self.port($0[$0.outputs[index]]) }
        return known?.extents != nil ? known ?? Self.port(graph[output]) : Self.port(graph[output])
      },
      metadata: graph.metadata,
      tails: graph.outputs.map { Self.tail(of: $0, in: graph, producers) },
      normalizesInside: Self.normalizesInside(graph))
  }

  private static func port(_ value: Value) -> Port {
    Port(
      name: value.name, type: value.fact?.type ?? .float32,
      extents: value.fact?.shape.map { $0.dimensions.map(Optional.some) })
  }

  /// The names of what lies between `output` and the products and convolutions behind it.
  private static func tail(
    of output: ValueID, in graph: Graph, _ producers: [Int?]
  ) -> Set<String> {
    var names: Set<String> = []
    var seen: Set<Int> = []
    var open = [output]
    while let value = open.popLast() {
      guard let index = producers[value.index], seen.insert(index).inserted else { continue }
      let node = graph.nodes[index]
      if isProduct(node.op) { continue }
      names.insert(node.op.name)
      open += node.inputs.compactMap { $0 }
    }
    return names
  }

  /// Whether arithmetic with constants stands between the first input and the first convolution.
  private static func normalizesInside(_ graph: Graph) -> Bool {
    guard var value = graph.inputs.first else { return false }
    let consumers = graph.consumers()
    for _ in 0..<8 {
      guard consumers[value.index].count == 1, let index = consumers[value.index].first
      else { return false }
      let node = graph.nodes[index]
      if isProduct(node.op) { return false }
      if node.op is BatchNormalization { return true }
      if let binary = node.op as? Binary,
        [.subtract, .add, .multiply, .divide].contains(binary.function),
        node.inputs.contains(where: { $0.flatMap { graph[$0].constant } != nil })
      {
        return true
      }
      guard let next = node.outputs.first ?? nil else { return false }
      value = next
    }
    return false
  }

  private static func isProduct(_ op: any Operator) -> Bool {
    op is Convolution || op is MatMul || op is Gemm
  }
}

extension ModelFacts {
  /// The extents of output `index` behind the batch, where all of them are known.
  func trailing(_ index: Int) -> [Int]? {
    guard let extents = outputs[index].extents, extents.count >= 2 else { return nil }
    let known = extents.dropFirst().compactMap { $0 }
    return known.count == extents.count - 1 ? known : nil
  }

  /// The outputs whose last axis is `last` and which have `rank` axes.
  func outputs(rank: Int, last: Int) -> [Int] {
    outputs.indices.filter {
      guard let extents = outputs[$0].extents else { return false }
      return extents.count == rank && extents[rank - 1] == last
    }
  }

  /// The output of that name.
  func output(named name: String) -> Int? { outputs.firstIndex { $0.name == name } }
}
