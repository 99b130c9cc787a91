extension PictureView {
  /// A part of the picture, of the same memory. Units: pixels; left and top are even, so that chroma
  /// samples stay with their pixels. Traps: where the part is empty or leaves the picture.
  @_lifetime(copy self)
  package func cropped(left: Int, top: Int, width: Int, height: Int) -> PictureView {
    precondition(left >= 0 && top >= 0 && left % 2 == 0 && top % 2 == 0)
    precondition(width > 0 && height > 0)
    precondition(left + width <= self.width && top + height <= self.height)
    let planes = unsafe planePointers
    let pitches = planePitches
    let step = format == .rgb24 ? 3 : 1
    let luma = unsafe planes.0 + (top * pitches.0 + left * step)
    // Interleaved chroma has two bytes a pair of pixels, separate planes one.
    let across = format == .nv12 ? left : left / 2
    let first = unsafe planes.1.map { unsafe $0 + (top / 2 * pitches.1 + across) }
    let second = unsafe planes.2.map { unsafe $0 + (top / 2 * pitches.2 + across) }
    let view = unsafe PictureView(
      width: width, height: height, format: format, matrix: matrix, range: range,
      planes: (luma, first, second), pitches: pitches)
    return unsafe _overrideLifetime(view, copying: self)
  }
}

/// The middle of a picture in another shape: the largest part of that shape, then seven eighths of
/// it, as ImageNet's evaluation takes 224 of 256 pixels.
package struct CropRectangle: Sendable, Equatable {
  package let left: Int
  package let top: Int
  package let width: Int
  package let height: Int

  /// Units: pixels. `aspect`: width to height of the part. Traps: for a side below 1.
  package init(width: Int, height: Int, aspect: (width: Int, height: Int)) {
    precondition(width > 0 && height > 0 && aspect.width > 0 && aspect.height > 0)
    let scale = min(
      Double(width) / Double(aspect.width), Double(height) / Double(aspect.height))
    func side(_ share: Int, limit: Int) -> Int {
      min(max(Int((Double(share) * scale * 0.875).rounded()), 1), limit)
    }
    self.width = side(aspect.width, limit: width)
    self.height = side(aspect.height, limit: height)
    left = (width - self.width) / 2 & ~1
    top = (height - self.height) / 2 & ~1
  }
}
