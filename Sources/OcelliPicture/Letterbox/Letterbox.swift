/// What a model wants of its pictures.
package struct LetterboxSpecification: Sendable, Equatable {
  package enum Layout: String, Sendable { case nchw, nhwc }
  package enum Channels: String, Sendable { case rgb, bgr, grey }

  /// Units: pixels of the input.
  package var width: Int
  package var height: Int
  package var fit: LetterboxFit
  package var rounding: LetterboxRounding
  package var layout: Layout
  package var channels: Channels
  /// Subtracted from each channel, in the input's order. Units: grey levels, 0…255.
  package var mean: [Float]
  /// Multiplied with each channel after the mean is gone, in the input's order.
  package var scale: [Float]
  /// What fills the rest, before mean and scale. Units: grey levels.
  package var pad: Float

  package init(
    width: Int, height: Int, fit: LetterboxFit = .center, rounding: LetterboxRounding = .nearest,
    layout: Layout = .nchw, channels: Channels = .rgb, mean: [Float] = [0, 0, 0],
    scale: [Float] = [1, 1, 1], pad: Float = 114
  ) {
    self.width = width
    self.height = height
    self.fit = fit
    self.rounding = rounding
    self.layout = layout
    self.channels = channels
    self.mean = mean
    self.scale = scale
    self.pad = pad
  }

  package var channelCount: Int { channels == .grey ? 1 : 3 }
  /// Floats in the input.
  package var count: Int { width * height * channelCount }
}

/// Fills a model's input from pictures: colour, resize, padding and normalisation in one pass.
///
/// It resizes as OpenCV's `INTER_LINEAR` (half-pixel centres, no antialias) and converts after it, so
/// every sample is read once. The tables are made once a size; nothing is allocated a picture.
/// One instance belongs to one thread at a time; its plan may be shared by many.
package struct Letterbox: Sendable {
  package let specification: LetterboxSpecification
  private let tier: LetterboxTier
  private var plan: LetterboxPlan?

  /// Traps: for a side below 1, and where mean or scale lack a channel.
  package init(_ specification: LetterboxSpecification, tier: LetterboxTier = .best) {
    precondition(specification.width > 0 && specification.height > 0)
    precondition(specification.mean.count >= specification.channelCount)
    precondition(specification.scale.count >= specification.channelCount)
    self.specification = specification
    self.tier = tier
  }

  /// The plan for a picture's size and format; made anew only where they change.
  package mutating func plan(for view: borrowing PictureView) -> LetterboxPlan {
    let key = LetterboxPlan.Key(view)
    if let plan, plan.key == key { return plan }
    let made = LetterboxPlan(specification, key: key, tier: tier)
    plan = made
    return made
  }

  /// Fills the whole input.
  /// Shape: `[1, C, H, W]` or `[1, H, W, C]`. Traps: where the target is too small.
  package mutating func fill(
    _ target: inout MutableSpan<Float>, from view: borrowing PictureView
  ) -> LetterboxGeometry {
    let plan = plan(for: view)
    plan.fill(&target, rows: 0..<specification.height, from: view)
    return plan.geometry
  }
}

/// Which kernels a letterbox runs; all give the same bits.
package enum LetterboxTier: Int32, Sendable, CaseIterable {
  case scalar = 0
  /// The best that this processor has, or that `OCELLI_ISA` allows.
  case best = 1
}
