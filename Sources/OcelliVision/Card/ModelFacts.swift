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
  /// The picture's input first, where one is known.
  package var inputs: [Port]
  package var outputs: [Port]
  package var metadata: [String: String]
  /// The program that wrote the file; empty where it does not say.
  package var producer: String
  /// For each output the operators between it and the last convolutions or products before it.
  package var tails: [Set<String>]
  /// For each output the widths that its last joining along the numbers of a box joins; empty where
  /// nothing is joined.
  package var pieces: [[Int]]
  /// All operators of the graph.
  package var operators: Set<String>
  /// The graph subtracts a mean or multiplies by a scale before its first convolution.
  package var normalizesInside: Bool
  /// How the first input's whole numbers are read, where it has such.
  package var inputQuantization: Quantization?
  /// That arithmetic takes its input for 0…1 rather than for a pixel's 0…255.
  package var takesShares = false
  /// What the first convolution says of the input's axes.
  var pictureAxes: PictureAxes?

  package init(
    name: String = "", inputs: [Port], outputs: [Port], metadata: [String: String] = [:],
    producer: String = "", tails: [Set<String>]? = nil, pieces: [[Int]]? = nil,
    operators: Set<String> = [], normalizesInside: Bool = false,
    inputQuantization: Quantization? = nil
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.metadata = metadata
    self.producer = producer
    self.tails = tails ?? outputs.map { _ in [] }
    self.pieces = pieces ?? outputs.map { _ in [] }
    self.operators = operators
    self.normalizesInside = normalizesInside
    self.inputQuantization = inputQuantization
  }

  /// The facts of `graph`; the extents of its outputs from `specialized` where they are known there.
  package init(_ graph: Graph, specialized: Graph? = nil) {
    let ends = GraphEnds(graph)
    let bound = specialized.map(GraphEnds.init) ?? ends
    self.init(
      name: graph.name,
      inputs: graph.inputs.enumerated().map { index, input in
        var port = Self.port(graph[input])
        if index < graph.declaredInputs.count { port.extents = graph.declaredInputs[index] }
        return port
      },
      outputs: graph.outputs.enumerated().map { index, output in
        // The type is the file's: a session gives floats of all.
        var port = Self.port(graph[output])
        let known = specialized.map { Self.port($0[$0.outputs[index]]) }
        port.extents = known?.extents ?? port.extents
        if port.extents == nil, index < graph.declaredOutputs.count {
          port.extents = graph.declaredOutputs[index]
        }
        return port
      },
      metadata: graph.metadata, producer: graph.producer,
      tails: graph.outputs.map { ends.tail(of: $0) },
      pieces: (specialized ?? graph).outputs.map { bound.pieces(of: $0) },
      operators: Set(graph.nodes.map { $0.op.name }),
      normalizesInside: ends.innerNormalization() != nil,
      inputQuantization: graph.inputs.first.flatMap { ends.quantization(ofInput: $0) })
    takesShares = ends.innerNormalization() == .shares
    pictureAxes = PictureAxes(graph)
  }

  private static func port(_ value: Value) -> Port {
    Port(
      name: value.name, type: value.fact?.type ?? .float32,
      extents: value.fact?.shape.map { $0.dimensions.map(Optional.some) })
  }
}

/// How whole numbers stand for real ones: `(q − zero) · scale`.
package struct Quantization: Sendable, Equatable {
  package var scale: Float
  package var zero: Int

  package init(scale: Float, zero: Int) {
    self.scale = scale
    self.zero = zero
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

  /// What the program that the metadata name feeds its models; nil where none is named.
  var exporterConvention: Conclusion<PictureConvention>? {
    guard metadata["author"] == "Ultralytics" else { return nil }
    guard metadata["task"] == "classify" else { return YOLORowsHead.ultralytics }
    return Conclusion(
      .unit(.rgb, .crop, pad: 0), .likely,
      "Ultralytics classifiers take RGB, value / 255, the middle cut out")
  }

  /// The output of that name.
  func output(named name: String) -> Int? { outputs.firstIndex { $0.name == name } }
}
