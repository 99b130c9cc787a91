import COcelliKernels

extension Orientation {
  /// Width and height change places.
  package var swapsSides: Bool {
    switch self {
    case .rotate90, .rotate270, .mirrorRotate90, .mirrorRotate270: true
    case .upright, .rotate180, .mirror, .mirrorRotate180: false
    }
  }

  /// Where the samples of the upright plane come from. Units: samples; width and height of the source.
  fileprivate func turn(width: Int, height: Int) -> ock_turn {
    let w = Int32(width - 1)
    let h = Int32(height - 1)
    return switch self {
    case .upright: ock_turn(xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0)
    case .rotate90: ock_turn(xx: 0, xy: 1, x0: 0, yx: -1, yy: 0, y0: h)
    case .rotate180: ock_turn(xx: -1, xy: 0, x0: w, yx: 0, yy: -1, y0: h)
    case .rotate270: ock_turn(xx: 0, xy: -1, x0: w, yx: 1, yy: 0, y0: 0)
    case .mirror: ock_turn(xx: -1, xy: 0, x0: w, yx: 0, yy: 1, y0: 0)
    case .mirrorRotate90: ock_turn(xx: 0, xy: -1, x0: w, yx: -1, yy: 0, y0: h)
    case .mirrorRotate180: ock_turn(xx: 1, xy: 0, x0: 0, yx: 0, yy: -1, y0: h)
    case .mirrorRotate270: ock_turn(xx: 0, xy: 1, x0: 0, yx: 1, yy: 0, y0: 0)
    }
  }
}

extension PictureView {
  /// A copy that stands upright: turned clockwise as `orientation` says, after its mirror.
  package func upright(
    from orientation: Orientation, pool: PictureBufferPool? = nil
  ) -> PictureBuffer {
    let swaps = orientation.swapsSides
    let buffer = PictureBuffer(
      width: swaps ? height : width, height: swaps ? width : height, format: format,
      matrix: matrix, range: range, pool: pool)
    let sources = unsafe planePointers
    let steps = planePitches
    unsafe buffer.withPlanes { targets, pitches in
      func plane(
        _ source: UnsafePointer<UInt8>?, _ step: Int, _ target: UnsafeMutablePointer<UInt8>?,
        _ pitch: Int, width: Int, height: Int, element: Int32
      ) {
        var turn = orientation.turn(width: width, height: height)
        unsafe ock_turn_plane(
          source, step, target, pitch, Int32(swaps ? height : width),
          Int32(swaps ? width : height), element, &turn)
      }
      let halfWidth = (width + 1) / 2
      let halfHeight = (height + 1) / 2
      unsafe plane(
        sources.0, steps.0, targets.0, pitches.0, width: width, height: height,
        element: format == .rgb24 ? 3 : 1)
      switch format {
      case .rgb24: break
      case .nv12:
        unsafe plane(
          sources.1, steps.1, targets.1, pitches.1, width: halfWidth, height: halfHeight,
          element: 2)
      case .i420:
        unsafe plane(
          sources.1, steps.1, targets.1, pitches.1, width: halfWidth, height: halfHeight,
          element: 1)
        unsafe plane(
          sources.2, steps.2, targets.2, pitches.2, width: halfWidth, height: halfHeight,
          element: 1)
      }
    }
    return buffer
  }
}
