internal import COcelliFFmpeg
package import OcelliPicture

/// Turns decoded pictures into canvases: RGB of the same size, by swscale.
@safe package struct CanvasMaker: ~Copyable {
  nonisolated(unsafe) private var scaler: OpaquePointer?

  package init() {}

  deinit { unsafe sws_freeContext(scaler) }

  /// A copy of the picture. Errors: `.outOfMemory`.
  package mutating func canvas(of view: borrowing PictureView) throws(EncodeError) -> Canvas {
    var canvas = Canvas(width: view.width, height: view.height)
    let (width, height) = (Int32(view.width), Int32(view.height))
    let format =
      switch view.format {
      case .i420: AV_PIX_FMT_YUV420P
      case .nv12: AV_PIX_FMT_NV12
      case .rgb24: AV_PIX_FMT_RGB24
      }
    unsafe scaler = unsafe sws_getCachedContext(
      scaler, width, height, format, width, height, AV_PIX_FMT_RGB24,
      SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT,
      nil, nil, nil)
    guard unsafe scaler != nil else { throw .outOfMemory }
    let matrix = view.matrix == .bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601
    unsafe sws_setColorspaceDetails(
      scaler, sws_getCoefficients(Int32(matrix)), view.range == .full ? 1 : 0,
      sws_getCoefficients(Int32(SWS_CS_ITU601)), 1, 0, 1 << 16, 1 << 16)
    let planes = unsafe view.planePointers
    let pitches = view.planePitches
    let sources = unsafe [planes.0, planes.1, planes.2, nil]
    let steps = [Int32(pitches.0), Int32(pitches.1), Int32(pitches.2), 0]
    unsafe canvas.pixels.withUnsafeMutableBufferPointer { pixels in
      let targets = unsafe [pixels.baseAddress, nil, nil, nil]
      _ = unsafe sws_scale(scaler, sources, steps, 0, height, targets, [width * 3, 0, 0, 0])
    }
    return canvas
  }
}
