import OcelliPicture

extension PictureBuffer {
  /// Blocks across the shorter side: smaller than what most models look for.
  private static let blocks = 40

  /// The picture with its blocks in another order, the same in every run: all its colours and none of
  /// its things. What a model finds there comes of the numbers, not of what is to be seen.
  static func scrambled(_ picture: borrowing PictureView) -> PictureBuffer {
    let buffer = PictureBuffer(
      width: picture.width, height: picture.height, format: picture.format, matrix: picture.matrix,
      range: picture.range)
    // Even, so that chroma samples stay with their pixels.
    let side = max(4, min(picture.width, picture.height) / blocks & ~1)
    let (across, down) = (picture.width / side, picture.height / side)
    var order = Array(0..<across * down)
    var random = Noise()
    for place in order.indices.reversed() where place > 0 {
      order.swapAt(place, min(Int(random.next() * Float(place + 1)), place))
    }
    let planes = unsafe picture.planePointers
    let pitches = picture.planePitches
    unsafe buffer.withPlanes { targets, targetPitches in
      /// `width` and `height`: bytes and rows of the plane; `block`: of one block.
      func fill(
        _ target: UnsafeMutablePointer<UInt8>?, _ targetPitch: Int,
        _ source: UnsafePointer<UInt8>?, _ pitch: Int, width: Int, height: Int,
        block: (width: Int, height: Int)
      ) {
        guard let target = unsafe target, let source = unsafe source else { return }
        // What no block covers stays where it is.
        for y in 0..<height {
          for x in 0..<width { unsafe target[y * targetPitch + x] = source[y * pitch + x] }
        }
        for (place, from) in order.enumerated() {
          let (x, y) = (place % across * block.width, place / across * block.height)
          let (fromX, fromY) = (from % across * block.width, from / across * block.height)
          for row in 0..<block.height {
            for byte in 0..<block.width {
              unsafe target[(y + row) * targetPitch + x + byte] =
                source[(fromY + row) * pitch + fromX + byte]
            }
          }
        }
      }
      let (width, height) = (picture.width, picture.height)
      let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
      switch picture.format {
      case .rgb24:
        unsafe fill(
          targets.0, targetPitches.0, planes.0, pitches.0, width: 3 * width, height: height,
          block: (3 * side, side))
      case .i420:
        unsafe fill(
          targets.0, targetPitches.0, planes.0, pitches.0, width: width, height: height,
          block: (side, side))
        unsafe fill(
          targets.1, targetPitches.1, planes.1, pitches.1, width: halfWidth, height: halfHeight,
          block: (side / 2, side / 2))
        unsafe fill(
          targets.2, targetPitches.2, planes.2, pitches.2, width: halfWidth, height: halfHeight,
          block: (side / 2, side / 2))
      case .nv12:
        unsafe fill(
          targets.0, targetPitches.0, planes.0, pitches.0, width: width, height: height,
          block: (side, side))
        unsafe fill(
          targets.1, targetPitches.1, planes.1, pitches.1, width: 2 * halfWidth,
          height: halfHeight, block: (side, side / 2))
      }
    }
    return buffer
  }
}
