import OcelliEngine
import OcelliMedia
import OcelliPicture
package import OcelliVision
import OcelliVocabulary

/// Tries a model: whether it runs, and whether pictures are prepared for it as it wants them.
package struct ModelCheck: Sendable {
  /// What was found with one way of preparing pictures.
  package struct Trial: Sendable {
    package let variant: PictureVariant
    /// The mean over the pictures; nil where the model's findings have no confidence.
    package let score: Float?
    /// What the first picture gave, in words.
    package let found: String
  }

  package let card: ModelCard
  /// Of a black picture, then of noise; tensors of zeros and of noise where it takes no pictures.
  package let health: [[OutputHealth]]
  /// Best first; empty without pictures.
  package let trials: [Trial]
  package let pictures: Int

  /// `picture`: a source whose first pictures from `start` on are looked at. `most`: how many of them.
  /// Errors: the model's, the source's.
  package init(
    _ model: VisionModel, picture: String?, start: Double = 0, most: Int, threads: Int,
    progress: ProgressLine
  ) throws(ToolError) {
    let crew = Crew(threadCount: threads)
    card = model.card
    do throws(VisionError) { health = try Self.health(model, crew) } catch {
      throw ToolError(.badData, "\(error)")
    }
    guard let picture else {
      (trials, pictures) = ([], 0)
      return
    }
    let samples = try Self.samples(picture, count: most, start: start)
    pictures = samples.pictures.count
    let scrambled = samples.pictures.map { held in
      held.picture.withView { PictureBuffer.scrambled($0) }
    }
    let sizes = samples.pictures.map { ($0.picture.width, $0.picture.height) }
    let variants = PictureVariant.all(of: model.card, pictures: sizes)
    defer { progress.clear() }
    var trials: [Trial] = []
    for (index, variant) in variants.enumerated() {
      progress.show { _ in "\(index)/\(variants.count) ways of preparing pictures" }
      do throws(VisionError) {
        trials.append(try Self.trial(model.preparing(variant), variant, samples, scrambled, crew))
      } catch { throw ToolError(.badData, "\(error)") }
    }
    // Of equals what was concluded stays in front.
    self.trials = trials.enumerated().sorted {
      let (a, b) = ($0.element.score ?? 0, $1.element.score ?? 0)
      return a != b ? a > b : $0.offset < $1.offset
    }.map(\.element)
  }

  private static func samples(
    _ source: String, count: Int, start: Double
  ) throws(ToolError) -> SamplePictures {
    do throws(MediaError) {
      return try SamplePictures(
        try SourceAddress(parsing: source), count: count, start: start, spacing: 1,
        mostDecoded: 600)
    } catch { throw ToolError(error) }
  }

  private static func health(
    _ model: VisionModel, _ crew: Crew
  ) throws(VisionError) -> [[OutputHealth]] {
    var runs: [[OutputHealth]] = []
    for isNoise in [false, true] {
      var random = Noise()
      if model.card.refusal != nil {
        let outputs = try model.outputs(crew: crew) { isNoise ? random.next() : 0 }
        runs.append(outputs.map { OutputHealth(name: $0.name, $0.tensor) })
        continue
      }
      let analyzer = try model.makeAnalyzer(crew: crew)
      let size = model.card.preprocessing.size.value
      let picture = PictureBuffer.made(width: size.width, height: size.height, noise: isNoise)
      _ = try picture.withView { (view) throws(VisionError) in
        try analyzer.load(view)
        return try analyzer.infer()
      }
      runs.append(try analyzer.rawOutputs().map { OutputHealth(name: $0.name, $0.tensor) })
    }
    return runs
  }

  private static func trial(
    _ model: VisionModel, _ variant: PictureVariant, _ samples: SamplePictures,
    _ scrambled: [PictureBuffer], _ crew: Crew
  ) throws(VisionError) -> Trial {
    // Classes and text are compared whatever their confidence.
    let isBoxes = model.card.task.value == .detect
    let analyzer = try model.makeAnalyzer(
      crew: crew, settings: AnalyzerSettings(confidence: isBoxes ? 0.25 : 0))
    func find(_ view: borrowing PictureView) throws(VisionError) -> Findings {
      try analyzer.load(view)
      return try analyzer.infer()
    }
    var sum: Float?
    var found = ""
    for (index, held) in samples.pictures.enumerated() {
      let whole = try held.picture.withView(find)
      if index == 0 { found = FindingsWords.text(whole) }
      let control = try scrambled[index].withView(find)
      let parts = PicturePart.parts(
        of: (held.picture.width, held.picture.height), number: index, model.card.task.value)
      for part in parts {
        let again = try held.picture.withView { (view) throws(VisionError) in
          try find(
            view.cropped(left: part.left, top: part.top, width: part.width, height: part.height))
        }
        let score = FindingsScore.score(
          whole: whole, part: again, offset: PixelPoint(x: Float(part.left), y: Float(part.top)),
          extent: (part.width, part.height), scrambled: control)
        if let score { sum = (sum ?? 0) + score / Float(parts.count) }
      }
    }
    return Trial(
      variant: variant, score: sum.map { $0 / Float(samples.pictures.count) }, found: found)
  }

  // MARK: What follows

  /// What was concluded, as it was tried.
  package var concluded: Trial? { trials.first { $0.variant.isConcluded } }

  /// The way that scores far higher than what was concluded.
  package var better: Trial? {
    guard let best = trials.first, let mine = concluded, let high = best.score,
      let low = mine.score, !best.variant.isConcluded
    else { return nil }
    // Objects are many words, a class or a map is one; and what fits a picture in otherwise shows
    // other things larger, which says little of what the model was trained with.
    let isOneWord = card.task.value != .detect
    let changes = best.variant.settings(unlike: mine.variant).map(\.key)
    let factor: Float = changes == ["resize"] ? 2.5 : isOneWord ? 2 : 1.5
    return high > factor * low && high - low > (isOneWord ? 0.3 : 0.2) ? best : nil
  }

  /// Outputs with numbers that are not finite.
  package var strange: [OutputHealth] { health.flatMap { $0 }.filter { $0.strange > 0 } }
}

/// A picture without two of its edges.
private struct PicturePart {
  let left: Int
  let top: Int
  let width: Int
  let height: Int

  /// The parts of picture `number` that are looked at beside the whole.
  static func parts(
    of picture: (width: Int, height: Int), number: Int, _ task: VisionTask
  ) -> [PicturePart] {
    func part(_ corner: Int, _ share: Double) -> PicturePart {
      PicturePart(picture.width, picture.height, corner: corner, share: share)
    }
    return switch task {
    // A line of text that loses its ends is another text.
    case .text: [part(number, 0.02)]
    // What fills a picture is seen in most of it; and there is only one word to compare.
    case .classify: (0..<4).map { part($0, 0.2) }
    default: [part(number, 0.07)]
    }
  }

  /// `corner`: 0 to 3 says which edges go. `share`: of each side that goes.
  private init(_ width: Int, _ height: Int, corner: Int, share: Double) {
    // Even, so that chroma samples stay with their pixels.
    let across = Int(Double(width) * share) & ~1
    let down = Int(Double(height) * share) & ~1
    left = corner % 2 == 0 ? across : 0
    top = corner % 4 < 2 ? down : 0
    self.width = width - across
    self.height = height - down
  }
}
