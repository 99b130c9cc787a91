import OcelliPicture

extension PictureBuffer {
  /// A picture of one grey, or of noise that is the same every time.
  static func made(width: Int, height: Int, noise: Bool, grey: UInt8 = 0) -> PictureBuffer {
    let buffer = PictureBuffer(width: width, height: height, format: .rgb24)
    var random = Noise()
    unsafe buffer.withPlanes { planes, pitches in
      for y in 0..<height {
        for x in 0..<3 * width {
          unsafe planes.0[y * pitches.0 + x] = noise ? UInt8(random.next() * 255) : grey
        }
      }
    }
    return buffer
  }
}
