import COcelliFFmpeg

/// Which containers are read. Names protect from nothing (a playlist may be called `.mp4`), so the
/// bytes decide, and what could open further files or addresses is on no list.
enum InputFormats {
  private static let videos: Set<String> = [
    "3gp", "apng", "asf", "av1", "avi", "dhav", "dirac", "dv", "flv", "gif", "h261", "h263", "h264",
    "hevc", "ivf", "live_flv", "m4v", "matroska", "mjpeg", "mov", "mpeg", "mpegts", "mpegvideo",
    "mpjpeg", "mxf", "nut", "obu", "ogg", "vc1", "yuv4mpegpipe",
  ]
  private static let pictures: Set<String> = [
    "bmp_pipe", "gif_pipe", "j2k_pipe", "jpeg_pipe", "jpegls_pipe", "jpegxl_pipe", "pam_pipe",
    "pbm_pipe", "pgm_pipe", "png_pipe", "ppm_pipe", "qoi_pipe", "tiff_pipe", "webp_pipe",
  ]
  private static let openers: Set<String> = [
    "concat", "dash", "hls", "image2", "imf", "rtsp", "sdp", "webm_dash_manifest",
  ]

  /// The first of FFmpeg's names for a format.
  static func name(_ format: UnsafePointer<AVInputFormat>?) -> String {
    guard let format = unsafe format, let name = unsafe format.pointee.name else { return "" }
    return unsafe String(String(cString: name).prefix { $0 != "," })
  }

  /// One picture, not a series.
  static func isStill(_ format: String) -> Bool { pictures.contains(format) }

  /// Concludes the format from the first bytes.
  /// Errors: `.invalidData` for no media, `.refused` for playlists, `.noVideo` for other kinds.
  static func probe(
    _ input: borrowing ByteInput, address: SourceAddress, interrupter: Interrupter
  ) throws(MediaError) -> UnsafePointer<AVInputFormat> {
    if input.isMultipart, let format = unsafe av_find_input_format("mpjpeg") {
      return unsafe format
    }
    var found: UnsafePointer<AVInputFormat>?
    let code = unsafe av_probe_input_buffer2(input.context, &found, "", nil, 0, 0)
    if let error = mediaError(cause: interrupter.cause, at: address) { throw error }
    guard code >= 0, let format = unsafe found else {
      if code == ocelli_error_eof() { throw .invalidData("\(address): nothing came out of it") }
      if code < 0 && code != ocelli_error_invalid_data() {
        throw mediaError(code: code, at: address, cause: .none)
      }
      if startsAsPlaylist(input) { throw refusal("hls", at: address) }
      throw .invalidData(
        "\(address): is no video or picture (its first bytes fit no known format)"
          + (address.kind == .standardInput ? "; raw video needs --input-size WxH" : ""))
    }
    let name = unsafe self.name(format)
    if videos.contains(name) || pictures.contains(name) { return unsafe format }
    if openers.contains(name) { throw refusal(name, at: address) }
    throw .noVideo("\(address): holds no video (its format is \(name))")
  }

  private static func refusal(_ name: String, at address: SourceAddress) -> MediaError {
    .refused(
      "\(address): is a playlist or script (\(name)) that opens other files; name those instead")
  }

  /// Since 7.1 FFmpeg knows an HLS playlist only by a name or type that says so. What was read for
  /// the probe stands in the input's buffer again.
  private static func startsAsPlaylist(_ input: borrowing ByteInput) -> Bool {
    let mark = [UInt8]("#EXTM3U".utf8)
    var first = [UInt8](repeating: 0, count: mark.count)
    return unsafe avio_read(input.context, &first, Int32(first.count)) == Int32(mark.count)
      && first == mark
  }
}
