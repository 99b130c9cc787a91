import OcelliTensor

/// One way of preparing pictures for a model, as `model check` tries it.
package struct PictureVariant: Sendable, Equatable {
  package var color: ColorOrder
  /// Units: grey levels, in the input's own order.
  package var mean: [Float]
  package var scale: [Float]
  package var resize: ResizeMode
  /// Units: grey levels.
  package var pad: Float
  /// The numbers that colours become, in words.
  package var range: String
  /// It is what was concluded of the model.
  package var isConcluded: Bool

  /// What was concluded.
  package init(concluded p: Preprocessing) {
    color = p.color.value
    mean = p.mean.value
    scale = p.scale.value
    resize = p.resize.value
    pad = p.pad.value
    range = Self.words(mean, scale)
    isConcluded = true
  }

  /// Conventions of numbers that models are trained with: mean and scale at R, G, B.
  private static let ranges: [(mean: [Float], scale: [Float])] = [
    ([0, 0, 0], [1, 1, 1]),
    ([0, 0, 0], [1 / 255, 1 / 255, 1 / 255]),
    ([127.5, 127.5, 127.5], [1 / 127.5, 1 / 127.5, 1 / 127.5]),
    (PictureConvention.imageNet.mean, PictureConvention.imageNet.scale),
  ]

  /// The names of those that have one.
  private static func words(_ mean: [Float], _ scale: [Float]) -> String {
    let named = zip(ranges, ["0…255", "0…1", "−1…1", "ImageNet"])
    for ((usualMean, usualScale), name) in named {
      for isTurned in [false, true] {
        let (m, s) =
          isTurned ? (usualMean.reversed(), usualScale.reversed()) : (usualMean, usualScale)
        if isSame(m, mean, within: 0.02), isSame(s, scale, within: 0.02) { return name }
      }
    }
    return "(x − \(numbers(mean))) · \(numbers(scale))"
  }

  /// `within`: the share of the larger one that two numbers may differ by.
  private static func isSame(_ a: [Float], _ b: [Float], within share: Float) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) <= share * max(abs($0), abs($1)) }
  }

  /// One number where all are the same.
  private static func numbers(_ values: [Float]) -> String {
    Set(values).count == 1 ? "\(values[0])" : values.map { "\($0)" }.joined(separator: ",")
  }

  /// What was concluded first, then all others that are worth trying on pictures of `aspect`.
  package static func all(
    of card: ModelCard, pictures: [(width: Int, height: Int)]
  ) -> [PictureVariant] {
    let concluded = PictureVariant(concluded: card.preprocessing)
    let size = card.preprocessing.size.value
    // A picture in the input's own shape is the same in all ways that fit it in.
    let areAlike = pictures.allSatisfy { picture in
      let ratio = Double(picture.width * size.height) / Double(picture.height * size.width)
      return abs(ratio - 1) < 0.02
    }
    var resizes: [ResizeMode] = [concluded.resize]
    if !areAlike {
      if !concluded.resize.pads { resizes.append(.center) }
      if concluded.resize != .stretch { resizes.append(.stretch) }
    }
    if case .whole(let head) = card.head.value, head.task == .classify, concluded.resize != .crop {
      resizes.append(.crop)
    }
    let colors: [ColorOrder] = concluded.color == .grey ? [.grey] : [.rgb, .bgr]
    // An input of whole numbers says itself which ones it takes.
    let isFloat = [.float32, .float16, .float64].contains(card.inputType)
    var found = [concluded]
    for color in colors {
      for range in isFloat ? ranges : [concluded.atRGB] {
        for resize in resizes {
          var next = concluded
          next.isConcluded = false
          next.color = color
          next.mean = color == .bgr ? range.mean.reversed() : range.mean
          next.scale = color == .bgr ? range.scale.reversed() : range.scale
          next.range = words(next.mean, next.scale)
          next.resize = resize
          if !found.contains(where: { $0.isAlike(next) }) { found.append(next) }
        }
      }
    }
    // A convention of its own is tried in the other order too.
    if isFloat, concluded.color != .grey, concluded.range.hasPrefix("(") {
      var turned = concluded
      turned.isConcluded = false
      turned.color = concluded.color == .rgb ? .bgr : .rgb
      (turned.mean, turned.scale) = (concluded.mean.reversed(), concluded.scale.reversed())
      found.append(turned)
    }
    return found
  }

  private var atRGB: (mean: [Float], scale: [Float]) {
    color == .bgr ? (mean.reversed(), scale.reversed()) : (mean, scale)
  }

  private func isAlike(_ other: PictureVariant) -> Bool {
    color == other.color && resize == other.resize
      && Self.isSame(mean, other.mean, within: 0.02)
      && Self.isSame(scale, other.scale, within: 0.02)
  }

  /// What would choose it, where it is not what was concluded: names and values of flags, which are
  /// also keys of a sidecar.
  package func settings(unlike concluded: PictureVariant) -> [(key: String, value: String)] {
    var found: [(key: String, value: String)] = []
    if color != concluded.color { found.append(("color", color.rawValue)) }
    if mean != concluded.mean { found.append(("mean", Self.list(mean))) }
    if scale != concluded.scale { found.append(("scale", Self.list(scale))) }
    if resize != concluded.resize { found.append(("resize", resize.rawValue)) }
    return found
  }

  private static func list(_ values: [Float]) -> String {
    values.map { "\($0)" }.joined(separator: ",")
  }
}

extension VisionModel {
  /// The same model, told to prepare pictures in another way.
  package func preparing(_ variant: PictureVariant) -> VisionModel {
    var other = self
    other.card.preprocessing.color.value = variant.color
    other.card.preprocessing.mean.value = variant.mean
    other.card.preprocessing.scale.value = variant.scale
    other.card.preprocessing.resize.value = variant.resize
    other.card.preprocessing.pad.value = variant.pad
    return other
  }
}
