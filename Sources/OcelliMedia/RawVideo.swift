import COcelliFFmpeg

/// Pictures one after the other with nothing between them that says what they are.
package struct RawVideo: Sendable, Equatable {
  /// Units: pixels.
  package let width: Int
  package let height: Int
  /// FFmpeg's name for how the samples lie.
  package let pixelFormat: String
  /// Units: pictures a second.
  package let fps: Double

  /// Errors: `.unsupported` for a format that cannot be read, a side or a rate out of range.
  package init(
    width: Int, height: Int, pixelFormat: String = "yuv420p", fps: Double = 25
  ) throws(MediaError) {
    guard (1...MediaLimits.longestSide).contains(width),
      (1...MediaLimits.longestSide).contains(height)
    else { throw .unsupported("raw video: a picture of \(width)×\(height)") }
    guard fps > 0, fps <= 1_000 else { throw .unsupported("raw video: \(fps) pictures a second") }
    let format = unsafe av_get_pix_fmt(pixelFormat)
    guard format != AV_PIX_FMT_NONE, let descriptor = unsafe av_pix_fmt_desc_get(format),
      unsafe descriptor.pointee.flags & UInt64(AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL) == 0,
      sws_isSupportedInput(format) != 0
    else {
      throw .unsupported(
        "raw video: unknown pixel format \(pixelFormat); usual ones are yuv420p, nv12, yuyv422,"
          + " rgb24, bgr24, gray (ffmpeg -pix_fmts lists all)")
    }
    self.width = width
    self.height = height
    self.pixelFormat = pixelFormat
    self.fps = fps
  }
}
