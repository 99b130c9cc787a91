/// An axis-aligned box. Units: pixels of the upright picture, origin top left, right and bottom exclusive.
package struct PixelBox: Hashable, Sendable {
  package var left: Float
  package var top: Float
  package var right: Float
  package var bottom: Float

  package init(left: Float, top: Float, right: Float, bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  package var width: Float { max(0, right - left) }
  package var height: Float { max(0, bottom - top) }
  package var area: Float { width * height }

  /// Intersection over union, 0…1; 0 for boxes without area.
  package func overlap(_ other: PixelBox) -> Float {
    let w = min(right, other.right) - max(left, other.left)
    let h = min(bottom, other.bottom) - max(top, other.top)
    guard w > 0, h > 0 else { return 0 }
    let shared = w * h
    let union = area + other.area - shared
    return union > 0 ? shared / union : 0
  }

  /// The part that lies inside a picture of `width` × `height` pixels; it may be empty.
  package func clipped(width: Int, height: Int) -> PixelBox {
    let w = Float(width)
    let h = Float(height)
    return PixelBox(
      left: min(max(left, 0), w), top: min(max(top, 0), h),
      right: min(max(right, 0), w), bottom: min(max(bottom, 0), h))
  }
}
