package import OcelliEngine
import OcelliGraph
package import OcelliPicture
package import OcelliTensor
package import OcelliVocabulary

/// Pictures in, findings out: letterbox, engine, head, suppression, and the way back to the picture.
/// One thread at a time. After the first picture of a size the tensor path allocates nothing, but for
/// outputs whose shape depends on data.
package final class Analyzer: FrameAnalyzer {
  package let card: ModelCard
  /// Candidates dropped so far because a number was not finite.
  package private(set) var invalidCandidates = 0
  /// Keeps a copy of each input tensor in `keptInput`.
  package var keepsInput = false
  /// The input of the last picture that was loaded while `keepsInput`, in the model's own layout.
  /// Shape: `[1, C, H, W]` or `[1, H, W, C]`; without the batch where the model's input has none.
  package private(set) var keptInput: Tensor?

  private let session: Session
  private let names: [String]
  private let crew: Crew
  private let context: Context
  private let outputs: RunOutputs
  private var input: PictureInput
  private let settings: AnalyzerSettings
  private let wanted: Set<Int>?
  private let suppression: NonMaximumSuppression
  private var candidates = Candidates()
  private var kept: [Candidate] = []

  init(
    _ model: VisionModel, crew: Crew, settings: AnalyzerSettings
  ) throws(VisionError) {
    let card = model.card
    if let refusal = card.refusal { throw .model("\(card.name) takes no pictures: \(refusal)") }
    try settings.check()
    self.card = card
    self.settings = settings
    self.crew = crew
    session = model.session
    names = model.graph.outputs.map { model.graph[$0].name }
    wanted = try settings.wantedClasses(card)
    var overlap = settings.overlap ?? card.overlap.value
    if case .detector(let head) = card.head.value, head.isSuppressed, settings.overlap == nil {
      overlap = 1
    }
    suppression = NonMaximumSuppression(threshold: overlap, limit: settings.maximumObjects)
    input = PictureInput(
      card.preprocessing, type: card.inputType, layout: model.fillsChannelsLast ? .nhwc : .nchw)
    kept.reserveCapacity(NonMaximumSuppression.maximumKept)
    do {
      context = try model.session.makeContext()
    } catch {
      throw .model("\(card.name): \(error)")
    }
    outputs = try RunOutputs(context, model.session, card)
  }

  package func load(_ picture: borrowing PictureView) throws(VisionError) {
    input.load(picture, into: context)
    for (index, fill) in card.fills.enumerated() { fill.write(into: context, input: index + 1) }
    if keepsInput {
      let copy = try input.copy(of: context, layout: card.preprocessing.layout.value)
      keptInput =
        card.lacksBatch ? copy.reshaped(Shape(Array(copy.shape.dimensions.dropFirst()))) : copy
    }
  }

  package func infer() throws(VisionError) -> Findings {
    do {
      try session.run(context, crew: crew)
    } catch {
      throw .inference("\(card.name): \(error)")
    }
    try outputs.refresh()
    guard let place = input.place else { throw .inference("\(card.name): no picture was loaded") }
    switch card.head.value {
    case .detector(let head): return .objects(objects(head, place))
    case .whole(let head):
      return head.find(
        outputs,
        FindRequest(
          place: place, threshold: settings.confidence, labels: card.labels.value,
          attributes: card.attributes, wanted: wanted))
    case .raw: return .outputs(try RawOutputs.sum(rawOutputs()))
    }
  }

  /// The outputs of the last run, by name. Errors: `.inference` without memory.
  package func rawOutputs() throws(VisionError) -> [(name: String, tensor: Tensor)] {
    var copies: [(name: String, tensor: Tensor)] = []
    for (index, name) in names.enumerated() {
      do {
        copies.append((name, try context.output(index)))
      } catch {
        throw .inference("\(card.name): output \(name): \(error)")
      }
    }
    return copies
  }

  private func objects(_ head: some Head, _ place: Placement) -> [Detection] {
    candidates.removeAll()
    head.decode(outputs, threshold: settings.confidence, into: &candidates)
    invalidCandidates += candidates.invalid
    suppression.run(&candidates, into: &kept) { wanted?.contains($0) ?? true }
    var detections: [Detection] = []
    detections.reserveCapacity(kept.count)
    for candidate in kept {
      let box = place.toPicture(candidate.box)
      guard box.area > 0 else { continue }
      detections.append(
        Detection(
          classID: candidate.classID, label: card.label(candidate.classID),
          confidence: candidate.confidence, box: box,
          keypoints: head.keypoints(of: candidate, outputs).map(place.toPicture),
          polygon: head.corners(of: candidate, outputs).map { place.toPicture(x: $0.x, y: $0.y) },
          mask: head.mask(of: candidate, in: box, place, outputs)))
    }
    return detections
  }
}

extension InputFill {
  /// Fills one of the context's inputs. It is done before every run: memory is shared between steps.
  package func write(into context: Context, input index: Int) {
    func write<E: TensorElement>(_ type: E.Type, _ convert: (Float) -> E) {
      context.withInput(index, of: type) { target in
        for element in target.indices { target[element] = convert(values[element % values.count]) }
      }
    }
    switch type {
    case .int64: write(Int64.self) { Int64($0) }
    case .int32: write(Int32.self) { Int32($0) }
    case .bool: write(Bool.self) { $0 != 0 }
    default: write(Float.self) { $0 }  // the engine takes the others as float32
    }
  }
}
