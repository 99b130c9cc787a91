import COcelliFFmpeg
package import OcelliPicture

/// The usual way to a model's input, in three passes: swscale to RGB, swscale to the scaled size,
/// then floats. It stands here to measure and check the fused pass against, nothing else uses it.
@safe package struct PlainLetterbox: ~Copyable {
  private let specification: LetterboxSpecification
  nonisolated(unsafe) private var toRGB: OpaquePointer?
  nonisolated(unsafe) private var toSize: OpaquePointer?
  private var rgb: [UInt8] = []
  private var small: [UInt8] = []

  /// Traps: for channels other than RGB in planes, which are all it knows.
  package init(_ specification: LetterboxSpecification) {
    precondition(specification.channels == .rgb && specification.layout == .nchw)
    self.specification = specification
  }

  deinit {
    unsafe sws_freeContext(toRGB)
    unsafe sws_freeContext(toSize)
  }

  /// Shape: `[1, 3, H, W]`. Traps: where the target is too small.
  package mutating func fill(
    _ target: inout MutableSpan<Float>, from view: borrowing PictureView
  ) -> LetterboxGeometry {
    let geometry = scale(view)
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe small.withUnsafeBufferPointer { small in
        unsafe toFloats(small, target, geometry)
      }
    }
    return geometry
  }

  /// swscale's share of it: the scaled picture as RGB bytes.
  package mutating func scale(_ view: borrowing PictureView) -> LetterboxGeometry {
    let geometry = LetterboxGeometry(
      sourceWidth: view.width, sourceHeight: view.height, width: specification.width,
      height: specification.height, fit: specification.fit, rounding: specification.rounding)
    let (width, height) = (Int32(view.width), Int32(view.height))
    let (w, h) = (Int32(geometry.innerWidth), Int32(geometry.innerHeight))
    // swscale writes whole registers behind a row.
    rgb.grow(to: view.width * view.height * 3 + 64)
    small.grow(to: geometry.innerWidth * geometry.innerHeight * 3 + 64)
    unsafe toRGB = sws_getCachedContext(
      toRGB, width, height, view.format.ffmpeg, width, height, AV_PIX_FMT_RGB24, SWS_BILINEAR, nil,
      nil, nil)
    unsafe toSize = sws_getCachedContext(
      toSize, width, height, AV_PIX_FMT_RGB24, w, h, AV_PIX_FMT_RGB24, SWS_BILINEAR, nil, nil, nil)
    let matrix = Int32(view.matrix == .bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601)
    unsafe sws_setColorspaceDetails(
      toRGB, sws_getCoefficients(matrix), view.range == .full ? 1 : 0,
      sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16)
    let planes = unsafe view.planePointers
    let pitches = view.planePitches
    unsafe rgb.withUnsafeMutableBufferPointer { rgb in
      unsafe small.withUnsafeMutableBufferPointer { small in
        _ = unsafe sws_scale(
          toRGB, [planes.0, planes.1, planes.2, nil],
          [Int32(pitches.0), Int32(pitches.1), Int32(pitches.2), 0], 0, height,
          [rgb.baseAddress, nil, nil, nil], [width * 3, 0, 0, 0])
        _ = unsafe sws_scale(
          toSize, [UnsafePointer(rgb.baseAddress), nil, nil, nil], [width * 3, 0, 0, 0], 0, height,
          [small.baseAddress, nil, nil, nil], [w * 3, 0, 0, 0])
      }
    }
    return geometry
  }

  private func toFloats(
    _ small: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutableBufferPointer<Float>,
    _ geometry: LetterboxGeometry
  ) {
    let count = geometry.width * geometry.height
    for c in 0..<3 {
      let scale = specification.scale[c]
      let bias = -specification.mean[c] * scale
      let pad = specification.pad * scale + bias
      for i in c * count..<(c + 1) * count { unsafe target[i] = pad }
      for y in 0..<geometry.innerHeight {
        let to = c * count + (y + geometry.top) * geometry.width + geometry.left
        let from = y * geometry.innerWidth * 3 + c
        for x in 0..<geometry.innerWidth {
          unsafe target[to + x] = Float(small[from + 3 * x]) * scale + bias
        }
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func grow(to count: Int) {
    if self.count < count { self = [UInt8](repeating: 0, count: count) }
  }
}

extension PixelFormat {
  fileprivate var ffmpeg: AVPixelFormat {
    switch self {
    case .i420: AV_PIX_FMT_YUV420P
    case .nv12: AV_PIX_FMT_NV12
    case .rgb24: AV_PIX_FMT_RGB24
    }
  }
}
