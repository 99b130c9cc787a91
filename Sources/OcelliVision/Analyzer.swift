import OcelliEngine
import OcelliGraph
package import OcelliPicture
package import OcelliTensor
package import OcelliVocabulary

/// Pictures in, findings out: letterbox, engine, head, suppression, and the way back to the picture.
/// One thread at a time. After the first picture of a size the tensor path allocates nothing.
package final class Analyzer: FrameAnalyzer {
  package let card: ModelCard
  /// Candidates dropped so far because a number was not finite.
  package private(set) var invalidCandidates = 0
  /// Keeps a copy of each input tensor in `keptInput`.
  package var keepsInput = false
  /// The input of the last picture that was loaded while `keepsInput`. Shape: `[1, 3, H, W]`.
  package private(set) var keptInput: Tensor?

  private let session: Session
  private let names: [String]
  private let crew: Crew
  private let context: Context
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
    try Self.check(card, model.session)
    self.card = card
    self.settings = settings
    self.crew = crew
    session = model.session
    names = model.graph.outputs.map { model.graph[$0].name }
    wanted = try settings.wantedClasses(card)
    suppression = NonMaximumSuppression(
      threshold: settings.overlap ?? card.overlap.value, limit: settings.maximumObjects)
    input = PictureInput(card.preprocessing, layout: .nhwc)
    kept.reserveCapacity(NonMaximumSuppression.maximumKept)
    do {
      context = try model.session.makeContext()
    } catch {
      throw .model("\(card.name): \(error)")
    }
  }

  package func load(_ picture: borrowing PictureView) throws(VisionError) {
    input.load(picture, into: context)
    if keepsInput { keptInput = try input.copy(of: context) }
  }

  package func infer() throws(VisionError) -> Findings {
    do {
      try session.run(context, crew: crew)
    } catch {
      throw .inference("\(card.name): \(error)")
    }
    switch card.head.value {
    case .detector(let head): return .objects(objects(head))
    case .classifier(let classifier): return .classes(classes(classifier))
    case .raw: return .outputs(try RawOutputs.sum(outputs()))
    }
  }

  /// The outputs of the last run, by name. Errors: `.inference` without memory.
  package func outputs() throws(VisionError) -> [(name: String, tensor: Tensor)] {
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

  private func objects(_ head: some Head) -> [Detection] {
    let outputs = ContextOutputs(context: context)
    candidates.removeAll()
    head.decode(outputs, threshold: settings.confidence, into: &candidates)
    invalidCandidates += candidates.invalid
    suppression.run(&candidates, into: &kept) { wanted?.contains($0) ?? true }
    var detections: [Detection] = []
    detections.reserveCapacity(kept.count)
    for candidate in kept {
      let box = input.place(candidate.box)
      guard box.area > 0 else { continue }
      detections.append(
        Detection(
          classID: candidate.classID, label: card.label(candidate.classID),
          confidence: candidate.confidence, box: box,
          keypoints: head.keypoints(of: candidate, outputs).map(input.place)))
    }
    return detections
  }

  private func classes(_ classifier: Classifier) -> [Classification] {
    classifier.decode(ContextOutputs(context: context)).compactMap { classID, confidence in
      guard confidence >= settings.confidence, wanted?.contains(classID) ?? true else { return nil }
      return Classification(
        classID: classID, label: card.label(classID), confidence: min(max(confidence, 0), 1))
    }
  }

  /// Whether the session's outputs have the elements that the head reads.
  private static func check(_ card: ModelCard, _ session: Session) throws(VisionError) {
    let reads: [(output: Int, count: Int)]
    switch card.head.value {
    case .detector(let head): reads = head.reads
    case .classifier(let classifier): reads = [(classifier.output, classifier.classCount)]
    case .raw: reads = []
    }
    for (output, count) in reads {
      guard let port = session.outputs[output] else {
        throw .model("\(card.name): the shape of output \(output) depends on data; use --head raw")
      }
      guard port.type == .float32, port.shape.count == count else {
        throw .model(
          "\(card.name): output \(port.name) is \(port.type.rawValue) \(port.shape); "
            + "the head \(card.head.value.name) reads \(count) float32 numbers there")
      }
    }
  }
}

/// A context's outputs as a head sees them.
struct ContextOutputs: HeadOutputs {
  let context: Context

  func withOutput<R>(_ index: Int, _ body: (Span<Float>) -> R) -> R {
    context.withOutput(index, of: Float.self, body)
  }
}
