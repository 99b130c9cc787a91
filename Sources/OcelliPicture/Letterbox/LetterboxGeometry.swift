package import OcelliVocabulary

/// How a picture is brought to the size of a model's input.
package enum LetterboxFit: String, Sendable, CaseIterable {
  /// Scaled to fit, the rest padded evenly on both sides.
  case center
  /// Scaled to fit, put top left, the rest padded right and below.
  case topLeft
  /// Both sides scaled on their own; nothing is padded.
  case stretch
}

/// How the scaled size becomes whole pixels: the models' own tools differ.
package enum LetterboxRounding: String, Sendable, CaseIterable {
  /// `int(round(x))`, ties to even.
  case nearest
  /// `int(x)`, as YOLOX does.
  case down
}

/// Where a picture lies in a model's input, and the way back.
package struct LetterboxGeometry: Sendable, Equatable {
  /// Units: pixels of the source.
  package let sourceWidth: Int
  package let sourceHeight: Int
  /// Units: pixels of the input.
  package let width: Int
  package let height: Int
  /// Where the scaled picture begins in the input, and its size.
  package let left: Int
  package let top: Int
  package let innerWidth: Int
  package let innerHeight: Int

  /// Units: pixels. Traps: for a side below 1.
  package init(
    sourceWidth: Int, sourceHeight: Int, width: Int, height: Int, fit: LetterboxFit,
    rounding: LetterboxRounding = .nearest
  ) {
    precondition(sourceWidth > 0 && sourceHeight > 0 && width > 0 && height > 0)
    self.sourceWidth = sourceWidth
    self.sourceHeight = sourceHeight
    self.width = width
    self.height = height
    guard fit != .stretch else {
      (left, top, innerWidth, innerHeight) = (0, 0, width, height)
      return
    }
    let ratio = min(Double(height) / Double(sourceHeight), Double(width) / Double(sourceWidth))
    func whole(_ side: Int, limit: Int) -> Int {
      let scaled = Double(side) * ratio
      let rule: FloatingPointRoundingRule = rounding == .down ? .down : .toNearestOrEven
      return min(max(Int(scaled.rounded(rule)), 1), limit)
    }
    innerWidth = whole(sourceWidth, limit: width)
    innerHeight = whole(sourceHeight, limit: height)
    left = fit == .center ? (width - innerWidth) / 2 : 0
    top = fit == .center ? (height - innerHeight) / 2 : 0
  }

  /// Input pixels a source pixel.
  package var horizontalScale: Double { Double(innerWidth) / Double(sourceWidth) }
  package var verticalScale: Double { Double(innerHeight) / Double(sourceHeight) }

  /// A point of the input in pixels of the source.
  package func toSource(x: Float, y: Float) -> (x: Float, y: Float) {
    (
      (x - Float(left)) * Float(sourceWidth) / Float(innerWidth),
      (y - Float(top)) * Float(sourceHeight) / Float(innerHeight)
    )
  }

  /// A point of the source in pixels of the input.
  package func toInput(x: Float, y: Float) -> (x: Float, y: Float) {
    (
      x * Float(innerWidth) / Float(sourceWidth) + Float(left),
      y * Float(innerHeight) / Float(sourceHeight) + Float(top)
    )
  }

  /// A box of the input in pixels of the source, clipped to the picture.
  package func toSource(_ box: PixelBox) -> PixelBox {
    let first = toSource(x: box.left, y: box.top)
    let second = toSource(x: box.right, y: box.bottom)
    return PixelBox(left: first.x, top: first.y, right: second.x, bottom: second.y)
      .clipped(width: sourceWidth, height: sourceHeight)
  }
}
