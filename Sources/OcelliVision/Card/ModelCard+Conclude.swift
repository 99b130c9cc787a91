import OcelliEngine
package import OcelliGraph
import OcelliTensor

extension ModelCard {
  /// Concludes what a model is from its graph. What somebody says wins.
  /// Errors: `.model` where what was given cannot be.
  package static func conclude(
    from graph: Graph, sha256: String, overrides: CardOverrides = CardOverrides(),
    notes: ModelNotes = ModelNotes()
  ) throws(VisionError) -> ModelCard {
    try specialize(graph, sha256: sha256, overrides: overrides, notes: notes).card
  }

  /// A card with the graph that it speaks of.
  struct Specialized {
    var card: ModelCard
    /// With the picture's input in front.
    var graph: Graph
    /// With its shapes bound and simplified, where that can be done.
    var simplified: Graph?
  }

  static func specialize(
    _ given: Graph, sha256: String, overrides: CardOverrides, notes: ModelNotes
  ) throws(VisionError) -> Specialized {
    let sayings = try Sayings(overrides, notes, sha256: sha256)
    var graph = given
    graph.bringPictureToFront()
    let lacksBatch = graph.lacksPictureBatch
    graph = graph.withPictureBatch()
    let open = ModelFacts(graph)
    let layout = sayings.said(\.layout) ?? InputConclusions.layout(open)
    var size = try InputConclusions.size(open, layout.value, sayings.said(\.size))
    let takesPictures = InputConclusions.refusal(open, layout.value, size.value) == nil
    func bound(_ size: InputSize) -> (graph: Graph, simplified: Graph?) {
      var graph = graph
      let channels = InputConclusions.channels(open, layout.value)
      let shape = takesPictures ? inputShape(size, layout.value, channels) : []
      if takesPictures { graph.bindFills(InputConclusions.fills(open, size)) }
      // Where shapes cannot be inferred the file's own must do; making a session says what is wrong.
      let options = SessionOptions(inputShape: shape, floatPorts: true)
      return (graph, try? Session.simplified(graph, options: options))
    }
    var made = bound(size.value)
    // A loop may take its time, and must not take it for every size.
    let isQuick = !graph.nodes.contains { $0.op is any ControlFlow }
    if made.simplified == nil, takesPictures, size.sureness == .guess, isQuick {
      for other in InputConclusions.otherSizes(open, layout.value, than: size.value) {
        let tried = bound(other)
        guard tried.simplified != nil else { continue }
        made = tried
        size = Conclusion(
          other, .guess,
          "the file leaves the size open; of the usual ones this is the first that its shapes fit")
        break
      }
    }
    let facts = ModelFacts(made.graph, specialized: made.simplified)
    var card = try conclude(from: facts, sha256: sha256, sayings, size: size)
    card.lacksBatch = lacksBatch
    return Specialized(card: card, graph: made.graph, simplified: made.simplified)
  }

  /// The graph as a session takes it for pictures: the picture's input in front, the others' shapes
  /// bound; with the extents of the picture's input, empty where it takes none.
  /// Errors: as `conclude`.
  package static func bind(
    _ graph: Graph, sha256: String, overrides: CardOverrides, notes: ModelNotes
  ) throws(VisionError) -> (graph: Graph, shape: [Int?]) {
    let found = try specialize(graph, sha256: sha256, overrides: overrides, notes: notes)
    return (found.graph, found.card.inputShape)
  }

  /// The extents of a picture input, batch first.
  private static func inputShape(
    _ size: InputSize, _ layout: TensorLayout, _ channels: Int
  ) -> [Int?] {
    layout == .nchw
      ? [1, channels, size.height, size.width] : [1, size.height, size.width, channels]
  }

  /// The extents that the picture input gets, for the engine; empty where it takes no picture.
  package var inputShape: [Int?] {
    refusal == nil
      ? Self.inputShape(
        preprocessing.size.value, preprocessing.layout.value, preprocessing.color.value.channels)
      : []
  }

  /// As above, from the facts alone.
  package static func conclude(
    from facts: ModelFacts, sha256: String, overrides: CardOverrides = CardOverrides(),
    notes: ModelNotes = ModelNotes()
  ) throws(VisionError) -> ModelCard {
    try conclude(from: facts, sha256: sha256, try Sayings(overrides, notes, sha256: sha256))
  }

  private static func conclude(
    from facts: ModelFacts, sha256: String, _ sayings: Sayings,
    size given: Conclusion<InputSize>? = nil
  ) throws(VisionError) -> ModelCard {
    let layout = sayings.said(\.layout) ?? InputConclusions.layout(facts)
    let size =
      if let given { given } else {
        try InputConclusions.size(facts, layout.value, sayings.said(\.size))
      }
    var found = try concludeHead(facts, size.value, sayings.said(\.head))
    if found.picture.sureness == .guess, let own = facts.exporterConvention {
      found.picture = own
    }
    return ModelCard(
      name: facts.name, sha256: sha256,
      task: Conclusion(found.head.task, found.sureness, taskReason(found.head)),
      head: Conclusion(found.head, found.sureness, found.reason),
      preprocessing: InputConclusions.preprocessing(
        facts, layout: layout, size: size, picture: found.picture, sayings),
      inputType: facts.inputs.first?.type ?? .float32,
      fills: InputConclusions.fills(facts, size.value),
      labels: try concludeLabels(facts, found, sayings.said(\.labels)),
      attributes: sayings.said(\.attributes)?.value ?? [],
      overlap: sayings.said(\.overlap) ?? found.overlap
        ?? Conclusion(0.7, .guess, "the usual overlap; the family's own is not known"),
      licence: sayings.licence, origin: sayings.origin,
      refusal: InputConclusions.refusal(facts, layout.value, size.value))
  }

  private static func taskReason(_ head: HeadKind) -> String {
    switch head.task {
    case .detect: "the head finds boxes"
    case .classify: "the head rates classes"
    case .segment: "the head sorts pixels"
    case .text: "the head reads a line"
    case .embed: "the head makes one vector"
    case .raw: "no head turns outputs into findings"
    }
  }

  private static func concludeHead(
    _ facts: ModelFacts, _ size: InputSize, _ said: Conclusion<String>?
  ) throws(VisionError) -> Recognition {
    for family in families where said == nil || said?.value == family.name {
      guard var found = family.recognize(facts, size: size, asked: said != nil) else { continue }
      if let said {
        found.sureness = .certain
        found.reason = "\(said.reason); \(found.reason)"
      }
      return found
    }
    if let said, said.value != "raw" {
      let expects = families.first { $0.name == said.value }?.expects ?? ""
      throw .model(
        "--head \(said.value) expects \(expects); the model gives \(describe(facts.outputs))"
          + (said.reason == "given" ? "" : " (\(said.reason))"))
    }
    return Recognition(
      raw: said != nil ? .certain : .likely,
      reason: said?.reason ?? "no known head has these outputs: \(describe(facts.outputs))")
  }

  private static func concludeLabels(
    _ facts: ModelFacts, _ found: Recognition, _ said: Conclusion<[String]>?
  ) throws(VisionError) -> Conclusion<[String]> {
    let count = found.head.family?.classCount ?? 0
    if let said {
      // The blank of a text reader needs no name, and class numbers in a map tell no limit.
      let fits =
        switch found.head {
        case .whole(let head) where head is TextHead:
          said.value.count == count || said.value.count == count - 1
        case .whole(let head) where head is SegmentationHead: said.value.count <= count
        default: count == 0 || said.value.count == count
        }
      guard fits else {
        throw .model(
          "\(said.value.count) labels were given and the model has \(count) classes"
            + (said.reason == "given" ? "" : " (\(said.reason))"))
      }
      return said
    }
    if let names = Labels.parse(facts.metadata["names"] ?? ""), count == 0 || names.count == count {
      return Conclusion(names, .certain, "the metadata's `names`")
    }
    if let labels = found.labels { return labels }
    if count == 80, found.head.task == .detect {
      return Conclusion(Labels.coco, .likely, "80 classes are COCO's")
    }
    return Conclusion([], .certain, "the file names none; --labels FILE or a sidecar does")
  }

  static func describe(_ ports: [ModelFacts.Port]) -> String {
    let texts = ports.prefix(12).map { port in
      let axes = port.extents.map { $0.map { $0.map(String.init) ?? "?" } } ?? ["unknown"]
      return "\(port.name) [\(axes.joined(separator: ", "))] \(port.type.rawValue)"
    }
    return texts.joined(separator: "; ") + (ports.count > 12 ? "; …" : "")
  }
}

extension Graph {
  /// Puts the input that takes the picture first: the only one of four axes, or the one that has
  /// three colours.
  mutating func bringPictureToFront() {
    guard inputs.count > 1, declaredInputs.count == inputs.count else { return }
    let images = inputs.indices.filter { declaredInputs[$0]?.count == 4 }
    let colored = images.filter {
      let extents = declaredInputs[$0] ?? []
      return extents[1] == 3 || extents[3] == 3
    }
    guard let picture = colored.first ?? images.first, picture != 0 else { return }
    inputs.swapAt(0, picture)
    declaredInputs.swapAt(0, picture)
  }

  /// Gives the other inputs the shapes of what fills them.
  mutating func bindFills(_ fills: [InputFill]) {
    for (input, fill) in zip(inputs.dropFirst(), fills) {
      guard let shape = try? Shape(checking: fill.shape) else { continue }
      self[input].fact = Fact(fill.type, shape)
    }
    for (index, fill) in fills.enumerated() where declaredInputs.indices.contains(index + 1) {
      declaredInputs[index + 1] = fill.shape
    }
  }
}
