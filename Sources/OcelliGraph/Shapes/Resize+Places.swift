extension Resize {
  /// Where the element `position` of `to` lies in an axis of `from` elements.
  /// `begin` and `end`: the region, as shares of the axis. Units: elements of the source.
  package func place(
    _ position: Int, from: Int, to: Int, scale: Float, begin: Float = 0, end: Float = 1
  ) -> Float {
    let x = Float(position)
    let last = Float(from - 1)
    switch coordinates {
    case .asymmetric: return x / scale
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return to > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .alignCorners: return to > 1 ? x * last / (stretched(from, to, scale) - 1) : 0
    case .tfHalfPixelForNearest: return (x + 0.5) / scale
    case .halfPixelSymmetric:
      // What rounding the extent took is taken from both ends alike.
      let offset = Float(from) / 2 * (1 - Float(to) / stretched(from, to, scale))
      return offset + (x + 0.5) / scale - 0.5
    case .tfCropAndResize:
      return to > 1
        ? begin * last + x * (end - begin) * last / Float(to - 1) : 0.5 * (begin + end) * last
    }
  }

  /// The extent before it was rounded down, where that took something.
  private func stretched(_ from: Int, _ to: Int, _ scale: Float) -> Float {
    let exact = scale * Float(from)
    return abs(exact - Float(to)) < 1e-4 * exact ? Float(to) : exact
  }

  /// The element nearest to a place, by `rounding`; beyond the border it is the last one.
  package func nearest(_ place: Float, extent: Int) -> Int {
    let rounded: Float
    switch rounding {
    case .floor: rounded = place.rounded(.down)
    case .ceil: rounded = place.rounded(.up)
    case .roundPreferFloor: rounded = (place - 0.5).rounded(.up)
    case .roundPreferCeil: rounded = (place + 0.5).rounded(.down)
    }
    // NaN, as a hostile region has it, is the first element.
    return rounded > 0 ? Int(min(rounded, Float(extent - 1))) : 0
  }
}
