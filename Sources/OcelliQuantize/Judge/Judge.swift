import OcelliEngine
import OcelliMedia
import OcelliPicture
import OcelliTensor
import OcelliVision
import OcelliVocabulary

/// Compares models with the model of floats, by what they find in pictures.
final class Judge {
  private let pictures: [SamplePictures.Held]
  private let references: [Answer]
  private let card: ModelCard
  private let crew: Crew
  private let confidence: Float

  /// Below this nothing that is found counts: the tail of a curve of precision.
  private static let floor: Float = 0.05

  private struct Answer {
    var findings: Findings
    /// Only where nothing is known of the outputs.
    var outputs: [[Float]] = []
  }

  /// `confidence`: the least of a box that is looked for again. Errors: `.model`, `.inference`.
  init(
    _ model: VisionModel, pictures: [SamplePictures.Held], confidence: Float, crew: Crew
  ) throws(QuantizeError) {
    self.pictures = pictures
    self.crew = crew
    self.confidence = confidence
    card = model.card
    references = try Self.answers(model, pictures, crew)
  }

  /// Boxes that the model of floats is sure of; nil where it finds none of any kind.
  var referenceCount: Int? {
    guard card.task.value == .detect else { return nil }
    return references.reduce(0) { sum, answer in
      guard case .objects(let objects) = answer.findings else { return sum }
      return sum + objects.count { $0.confidence >= confidence }
    }
  }

  private static func answers(
    _ model: VisionModel, _ pictures: [SamplePictures.Held], _ crew: Crew
  ) throws(QuantizeError) -> [Answer] {
    do throws(VisionError) {
      let isRaw = model.card.task.value == .raw
      let floor = model.card.task.value == .detect ? Self.floor : 0
      let analyzer = try model.makeAnalyzer(
        crew: crew, settings: AnalyzerSettings(confidence: floor))
      var answers: [Answer] = []
      for held in pictures {
        let findings = try held.picture.withView { (view) throws(VisionError) in
          try analyzer.load(view)
          return try analyzer.infer()
        }
        var answer = Answer(findings: findings)
        if isRaw {
          answer.outputs = try analyzer.rawOutputs().compactMap {
            $0.tensor.type == .float32 ? $0.tensor.array(of: Float.self) : nil
          }
        }
        answers.append(answer)
      }
      return answers
    } catch { throw .inference("\(error)") }
  }

  /// How a model's findings compare. `first`: only so many pictures. Errors: `.inference`.
  func judge(_ model: VisionModel, first: Int? = nil) throws(QuantizeError) -> Agreement {
    let count = min(first ?? pictures.count, pictures.count)
    let found = try Self.answers(model, Array(pictures.prefix(count)), crew)
    let references = self.references.prefix(count)
    if card.task.value == .detect {
      return BoxAgreement(
        references: references.map { Self.boxes($0.findings) },
        found: found.map { Self.boxes($0.findings) }, confidence: confidence
      ).agreement
    }
    var (score, distance) = (0.0, 0.0)
    for (reference, answer) in zip(references, found) {
      let one = Self.compare(reference, answer)
      score += one.score
      distance += one.distance
    }
    return Agreement(
      measure: measure, score: score / Double(count), distance: distance / Double(count),
      pictures: count)
  }

  private var measure: String {
    switch card.task.value {
    case .detect: "AP50"
    case .classify: "same best class"
    case .segment: "same pixels"
    case .text: "same symbols"
    case .embed: "cosine"
    case .raw: "cosine of the outputs"
    }
  }

  private static func boxes(_ findings: Findings) -> [Detection] {
    if case .objects(let objects) = findings { objects } else { [] }
  }

  private static func compare(
    _ reference: Answer, _ found: Answer
  ) -> (score: Double, distance: Double) {
    switch (reference.findings, found.findings) {
    case (.embedding(let a), .embedding(let b)):
      let cosine = cosine(a, b)
      return (cosine, 1 - cosine)
    case (.outputs, .outputs):
      let all = zip(reference.outputs, found.outputs).map { cosine($0, $1) }
      let mean = all.isEmpty ? 1 : all.reduce(0, +) / Double(all.count)
      return (mean, 1 - mean)
    case (.classes(let a), .classes(let b)):
      let others = Dictionary(b.map { ($0.classID, $0.confidence) }, uniquingKeysWith: max)
      let distance = a.prefix(10).reduce(0.0) { sum, one in
        sum + Double(abs(one.confidence - (others[one.classID] ?? 0)))
      }
      return (a.first?.classID == b.first?.classID ? 1 : 0, distance)
    default:
      let share = Double(FindingsScore.likeness(reference.findings, found.findings) ?? 1)
      return (share, 1 - share)
    }
  }

  private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return 0 }
    var (product, first, second) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) where x.isFinite && y.isFinite {
      product += Double(x) * Double(y)
      first += Double(x) * Double(x)
      second += Double(y) * Double(y)
    }
    if first == 0 || second == 0 { return first == second ? 1 : 0 }
    return product / (first * second).squareRoot()
  }
}
