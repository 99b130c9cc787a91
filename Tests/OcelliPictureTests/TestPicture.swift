import OcelliPicture

/// Repeatable noise.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func byte() -> UInt8 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}

extension PictureBuffer {
  /// A picture whose samples are `value(plane, x, y)`; interleaved samples count as planes.
  static func made(
    width: Int, height: Int, format: PixelFormat, matrix: ColorMatrix = .bt601,
    range: ColorRange = .limited, _ value: (Int, Int, Int) -> UInt8
  ) -> PictureBuffer {
    let picture = PictureBuffer(
      width: width, height: height, format: format, matrix: matrix, range: range)
    unsafe picture.withPlanes { planes, pitches in
      for plane in 0..<3 {
        let isHalf = plane > 0 && format != .rgb24
        for y in 0..<(isHalf ? (height + 1) / 2 : height) {
          for x in 0..<(isHalf ? (width + 1) / 2 : width) {
            switch format {
            case .rgb24: unsafe planes.0[y * pitches.0 + 3 * x + plane] = value(plane, x, y)
            case .nv12 where plane > 0:
              unsafe planes.1![y * pitches.1 + 2 * x + plane - 1] = value(plane, x, y)
            default:
              let base = unsafe [planes.0, planes.1, planes.2][plane]!
              let pitch = [pitches.0, pitches.1, pitches.2][plane]
              unsafe base[y * pitch + x] = value(plane, x, y)
            }
          }
        }
      }
    }
    return picture
  }

  static func noise(
    width: Int, height: Int, format: PixelFormat, matrix: ColorMatrix = .bt601,
    range: ColorRange = .limited, seed: UInt64 = 7
  ) -> PictureBuffer {
    var noise = Noise(seed: seed)
    return made(width: width, height: height, format: format, matrix: matrix, range: range) {
      _, _, _ in noise.byte()
    }
  }

  /// One sample; interleaved ones count as planes.
  func sample(_ plane: Int, _ x: Int, _ y: Int) -> UInt8 {
    unsafe withPlanes { planes, pitches in
      switch format {
      case .rgb24: unsafe planes.0[y * pitches.0 + 3 * x + plane]
      case .nv12 where plane > 0: unsafe planes.1![y * pitches.1 + 2 * x + plane - 1]
      default:
        unsafe [planes.0, planes.1, planes.2][plane]![
          y * [pitches.0, pitches.1, pitches.2][plane] + x]
      }
    }
  }
}

extension Letterbox {
  /// The whole input as an array.
  mutating func values(of picture: PictureBuffer) -> [Float] {
    var target = [Float](repeating: .nan, count: specification.count)
    picture.withView { view in
      var span = target.mutableSpan
      _ = fill(&span, from: view)
    }
    return target
  }
}
