package import OcelliPicture
package import OcelliVocabulary

/// Where a picture lies in the input, and the way back to its pixels.
package struct Placement: Sendable, Equatable {
  package let geometry: LetterboxGeometry
  /// Where the part that was loaded begins in the picture. Units: pixels.
  package let left: Int
  package let top: Int
  /// The whole picture. Units: pixels.
  package let width: Int
  package let height: Int

  /// A picture that was loaded as a whole.
  package init(_ geometry: LetterboxGeometry) {
    self.init(
      geometry, left: 0, top: 0, width: geometry.sourceWidth, height: geometry.sourceHeight)
  }

  /// A part of a picture: what `geometry` speaks of begins at (`left`, `top`).
  package init(_ geometry: LetterboxGeometry, left: Int, top: Int, width: Int, height: Int) {
    self.geometry = geometry
    self.left = left
    self.top = top
    self.width = width
    self.height = height
  }

  /// A point of the input in pixels of the picture.
  package func toPicture(x: Float, y: Float) -> PixelPoint {
    let point = geometry.toSource(x: x, y: y)
    return PixelPoint(x: point.x + Float(left), y: point.y + Float(top))
  }

  /// A point of the picture in pixels of the input.
  package func toInput(x: Float, y: Float) -> PixelPoint {
    let point = geometry.toInput(x: x - Float(left), y: y - Float(top))
    return PixelPoint(x: point.x, y: point.y)
  }

  /// A box of the input in pixels of the picture, clipped to it.
  package func toPicture(_ box: PixelBox) -> PixelBox {
    let first = toPicture(x: box.left, y: box.top)
    let second = toPicture(x: box.right, y: box.bottom)
    return PixelBox(left: first.x, top: first.y, right: second.x, bottom: second.y)
      .clipped(width: width, height: height)
  }

  /// A key point of the input in pixels of the picture.
  package func toPicture(_ point: Keypoint) -> Keypoint {
    let place = toPicture(x: point.x, y: point.y)
    return Keypoint(x: place.x, y: place.y, confidence: point.confidence)
  }
}
