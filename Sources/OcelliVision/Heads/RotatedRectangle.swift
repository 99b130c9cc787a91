import Glibc
import OcelliVocabulary

/// A rectangle that may stand at an angle.
struct RotatedRectangle: Sendable, Equatable {
  var centre: PixelPoint
  /// Along its own axes.
  var width: Float
  var height: Float
  /// The direction of its first axis, of length one.
  var axis: PixelPoint

  /// The smallest around points; nil for none. One of its sides lies on a side of their hull.
  /// Source: Toussaint, 1983 (rotating calipers).
  init?(around points: [PixelPoint]) {
    let hull = Self.hull(points)
    guard let first = hull.first else { return nil }
    var best: RotatedRectangle?
    for index in hull.indices {
      let next = hull[(index + 1) % hull.count]
      let (dx, dy) = (next.x - hull[index].x, next.y - hull[index].y)
      let length = (dx * dx + dy * dy).squareRoot()
      let axis =
        length > 0 ? PixelPoint(x: dx / length, y: dy / length) : PixelPoint(x: 1, y: 0)
      var (low, high) = (PixelPoint(x: .infinity, y: .infinity), PixelPoint(x: 0, y: 0))
      high = PixelPoint(x: -.infinity, y: -.infinity)
      for point in hull {
        // Relative to the first point, so that far places do not lose digits.
        let (x, y) = (point.x - first.x, point.y - first.y)
        let (u, v) = (x * axis.x + y * axis.y, y * axis.x - x * axis.y)
        low = PixelPoint(x: min(low.x, u), y: min(low.y, v))
        high = PixelPoint(x: max(high.x, u), y: max(high.y, v))
      }
      let (width, height) = (high.x - low.x, high.y - low.y)
      if let best, best.width * best.height <= width * height { continue }
      let (u, v) = ((low.x + high.x) / 2, (low.y + high.y) / 2)
      best = RotatedRectangle(
        centre: PixelPoint(
          x: first.x + u * axis.x - v * axis.y, y: first.y + u * axis.y + v * axis.x),
        width: width, height: height, axis: axis)
    }
    guard let best else { return nil }
    self = best
  }

  init(centre: PixelPoint, width: Float, height: Float, axis: PixelPoint) {
    self.centre = centre
    self.width = width
    self.height = height
    self.axis = axis
  }

  /// Wider by `distance` on each side.
  func grown(by distance: Float) -> RotatedRectangle {
    RotatedRectangle(
      centre: centre, width: width + 2 * distance, height: height + 2 * distance, axis: axis)
  }

  /// Its corners, one after the other around it.
  var corners: [PixelPoint] {
    [(-1, -1), (1, -1), (1, 1), (-1, 1)].map { (signs: (Float, Float)) in
      let (u, v) = (signs.0 * width / 2, signs.1 * height / 2)
      return PixelPoint(
        x: centre.x + u * axis.x - v * axis.y, y: centre.y + u * axis.y + v * axis.x)
    }
  }

  func contains(_ point: PixelPoint) -> Bool {
    let (x, y) = (point.x - centre.x, point.y - centre.y)
    return abs(x * axis.x + y * axis.y) <= width / 2 && abs(y * axis.x - x * axis.y) <= height / 2
  }

  /// The convex hull, in order. Source: Andrew, 1979 (monotone chain).
  private static func hull(_ points: [PixelPoint]) -> [PixelPoint] {
    let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    guard sorted.count > 2 else { return sorted }
    func half(_ points: some Sequence<PixelPoint>) -> [PixelPoint] {
      var chain: [PixelPoint] = []
      for point in points {
        while chain.count > 1 {
          let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
          let turn = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
          if turn > 0 { break }
          chain.removeLast()
        }
        chain.append(point)
      }
      return chain
    }
    let (lower, upper) = (half(sorted), half(sorted.reversed()))
    return lower.dropLast() + upper.dropLast()
  }
}
