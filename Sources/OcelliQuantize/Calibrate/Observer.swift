import OcelliEngine
import OcelliGraph
import OcelliMedia
import OcelliPicture
import OcelliTensor
import OcelliVision

/// Runs a model on pictures, fitted in as `analyze` fits them, and shows what its values hold.
final class Observer {
  /// Values of float32 whose shapes are known, by their names in the file.
  let known: Set<String>
  private let model: VisionModel
  private let crew: Crew
  private let analyzer: Analyzer
  private let graph: Graph
  private let ids: [String: ValueID]
  private let options: SessionOptions

  /// What the values of one run may take that are looked at. Units: bytes.
  private static let byteLimit = 128 << 20

  /// Errors: `.model` where it takes no pictures.
  init(_ model: VisionModel, crew: Crew) throws(QuantizeError) {
    self.model = model
    self.crew = crew
    options = SessionOptions(
      inputShapes: model.session.inputs.map { $0.shape.dimensions }, floatPorts: true)
    var graph = model.graph
    do {
      analyzer = try model.makeAnalyzer(crew: crew)
      try graph.bindInputs(options.inputShapes)
    } catch { throw .model("\(error)") }
    analyzer.keepsInput = true
    var ids: [String: ValueID] = [:]
    for (index, value) in graph.values.enumerated() where value.constant == nil {
      guard let fact = value.fact, fact.type == .float32, let shape = fact.shape, shape.count > 0
      else { continue }
      ids[value.name] = ValueID(index)
    }
    // What the caller fills is of float32, whatever the file declares.
    self.graph = graph
    self.ids = ids
    known = Set(ids.keys)
  }

  /// A value to look at, and another one of as many elements that is wanted with it.
  struct Wish {
    var name: String
    var with: String?
  }

  /// Calls `body` with the elements of every value in every picture.
  /// Errors: `.inference`, `.model` where a run of all of it needs too much memory.
  func observe(
    _ wishes: [Wish], in pictures: [SamplePictures.Held],
    _ body: (_ wish: Wish, _ shape: Shape, _ elements: Span<Float>, _ other: [Float]?) -> Void
  ) throws(QuantizeError) {
    for batch in batches(wishes) {
      var graph = self.graph
      var places: [String: Int] = [:]
      for (place, id) in graph.outputs.enumerated() { places[graph[id].name] = place }
      for name in batch.flatMap({ [$0.name] + ($0.with.map { [$0] } ?? []) }) {
        guard let id = ids[name], places[name] == nil, !graph.inputs.contains(id) else { continue }
        places[name] = graph.outputs.count
        graph.outputs.append(id)
        graph.declaredOutputs.append(nil)
      }
      do {
        let session = try Session(graph, options: options)
        let context = try session.makeContext()
        for picture in pictures {
          let input = try load(picture, into: context, session.inputs[0].shape)
          try session.run(context, crew: crew)
          for wish in batch {
            guard let id = ids[wish.name] else { continue }
            if graph.inputs.first == id, input.type == .float32 {
              body(wish, input.shape, input.span(of: Float.self), nil)
              continue
            }
            guard let place = places[wish.name], let port = session.outputs[place],
              port.type == .float32
            else { continue }
            let other = wish.with.flatMap { places[$0] }.flatMap { place -> [Float]? in
              guard session.outputs[place]?.type == .float32 else { return nil }
              return context.withOutput(place, of: Float.self) { copy($0) }
            }
            context.withOutput(place, of: Float.self) { body(wish, port.shape, $0, other) }
          }
        }
      } catch let error as QuantizeError { throw error } catch {
        throw .inference("\(model.card.name): \(error)")
      }
    }
  }

  private func copy(_ span: Span<Float>) -> [Float] { span.indices.map { span[$0] } }

  private func load(
    _ held: SamplePictures.Held, into context: Context, _ shape: Shape
  ) throws -> Tensor {
    try held.picture.withView { (view) throws(VisionError) in try analyzer.load(view) }
    guard var input = analyzer.keptInput else {
      throw QuantizeError.inference("\(model.card.name): no picture was loaded")
    }
    if input.shape != shape, input.count == shape.count { input = input.reshaped(shape) }
    try context.setInput(0, to: input)
    for (index, fill) in model.card.fills.enumerated() {
      fill.write(into: context, input: index + 1)
    }
    return input
  }

  /// Wishes that one run may serve.
  private func batches(_ wishes: [Wish]) -> [[Wish]] {
    var batches: [[Wish]] = []
    var bytes = 0
    for wish in wishes {
      let names = [wish.name] + (wish.with.map { [$0] } ?? [])
      let size = names.reduce(0) { sum, name in
        sum + 4 * (ids[name].flatMap { graph[$0].fact?.shape?.count } ?? 0)
      }
      if batches.isEmpty || bytes + size > Self.byteLimit {
        batches.append([])
        bytes = 0
      }
      batches[batches.count - 1].append(wish)
      bytes += size
    }
    return batches
  }
}
