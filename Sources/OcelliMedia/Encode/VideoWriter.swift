internal import COcelliFFmpeg
package import OcelliPicture

/// Writes canvases of one size into a video file: H.264 where FFmpeg can, else MPEG-4.
@safe package final class VideoWriter {
  private let path: String
  private let container: UnsafeMutablePointer<AVFormatContext>
  private let stream: UnsafeMutablePointer<AVStream>
  private let encoder: Encoder
  private let frame: EncoderFrame
  private var lastPTS: Int64 = -1
  private var isFinished = false
  /// Of the canvases. Units: pixels.
  package let width: Int
  package let height: Int

  /// Milliseconds: MPEG-4 takes no finer base than 1/65535.
  private static let timeBase = AVRational(num: 1, den: 1000)

  /// The endings that are understood.
  package static let endings = ["mp4", "mkv", "mov"]

  /// Units: pixels; an odd side loses its last row or column. `fps`: nominal.
  /// Errors: all of `EncodeError`.
  package init(path: String, width: Int, height: Int, fps: Double) throws(EncodeError) {
    self.width = width
    self.height = height
    let (width, height) = (width & ~1, height & ~1)
    guard width >= 2, height >= 2 else {
      throw .picture("a video needs pictures of at least 2×2 pixels")
    }
    var made: UnsafeMutablePointer<AVFormatContext>?
    // `file:` so that no name is taken for a protocol.
    guard unsafe avformat_alloc_output_context2(&made, nil, nil, "file:" + path) >= 0,
      let container = unsafe made
    else { throw .unsupported("\(path): no container has this ending; use .mp4, .mkv or .mov") }
    do throws(EncodeError) {
      let codec = try unsafe Self.codec()
      let encoder = try unsafe Self.opened(
        codec, width: width, height: height, fps: fps,
        globalHeader: container.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0)
      let frame = try EncoderFrame(width: width, height: height, format: AV_PIX_FMT_YUV420P)
      guard let stream = unsafe avformat_new_stream(container, nil) else {
        throw EncodeError.outOfMemory
      }
      unsafe stream.pointee.time_base = Self.timeBase
      unsafe stream.pointee.avg_frame_rate = encoder.context.pointee.framerate
      _ = unsafe avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context)
      // The same pictures make the same bytes.
      unsafe container.pointee.flags |= AVFMT_FLAG_BITEXACT
      var code = unsafe avio_open(&container.pointee.pb, "file:" + path, AVIO_FLAG_WRITE)
      guard code >= 0 else { throw EncodeError.output(path, errno: -code) }
      code = unsafe avformat_write_header(container, nil)
      guard code >= 0 else { throw EncodeError.output(path, errno: -code) }
      self.path = path
      unsafe self.container = container
      unsafe self.stream = stream
      self.encoder = encoder
      self.frame = frame
    } catch {
      unsafe avio_closep(&container.pointee.pb)
      unsafe avformat_free_context(container)
      throw error
    }
  }

  deinit {
    unsafe avio_closep(&container.pointee.pb)
    unsafe avformat_free_context(container)
  }

  /// Appends a picture. Units: `seconds` from the beginning; they must rise, and are made to.
  package func write(_ canvas: Canvas, at seconds: Double) throws(EncodeError) {
    try frame.fill(from: canvas)
    lastPTS = max(lastPTS + 1, Int64((min(max(seconds, 0), 1e9) * 1000).rounded()))
    unsafe frame.frame.pointee.pts = lastPTS
    try unsafe encoder.encode(frame.frame) { (packet) throws(EncodeError) in
      try unsafe mux(packet)
    }
  }

  /// Writes what the encoder holds back, and the end of the file. Without it the file is broken.
  package func finish() throws(EncodeError) {
    guard !isFinished else { return }
    isFinished = true
    try unsafe encoder.encode(nil) { (packet) throws(EncodeError) in try unsafe mux(packet) }
    let trailer = unsafe av_write_trailer(container)
    let closed = unsafe avio_closep(&container.pointee.pb)
    let code = min(trailer, closed)
    guard code >= 0 else { throw .output(path, errno: -code) }
  }

  private func mux(_ packet: UnsafeMutablePointer<AVPacket>) throws(EncodeError) {
    unsafe av_packet_rescale_ts(packet, Self.timeBase, stream.pointee.time_base)
    unsafe packet.pointee.stream_index = stream.pointee.index
    let code = unsafe av_interleaved_write_frame(container, packet)
    guard code >= 0 else { throw .output(path, errno: -code) }
  }

  private static func codec() throws(EncodeError) -> UnsafePointer<AVCodec> {
    if let codec = unsafe avcodec_find_encoder_by_name("libx264") { return unsafe codec }
    if let codec = unsafe avcodec_find_encoder(AV_CODEC_ID_MPEG4) { return unsafe codec }
    throw .unsupported("FFmpeg was built without an encoder for H.264 or MPEG-4")
  }

  private static func opened(
    _ codec: UnsafePointer<AVCodec>, width: Int, height: Int, fps: Double, globalHeader: Bool
  ) throws(EncodeError) -> Encoder {
    let encoder = try unsafe Encoder(codec)
    let context = unsafe encoder.context
    let rate = fps.isFinite && fps > 0 ? min(max(fps, 0.1), 1000) : 25
    unsafe context.pointee.width = Int32(width)
    unsafe context.pointee.height = Int32(height)
    unsafe context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    unsafe context.pointee.time_base = timeBase
    unsafe context.pointee.framerate = AVRational(num: Int32((rate * 1000).rounded()), den: 1000)
    unsafe context.pointee.gop_size = 50
    unsafe context.pointee.bit_rate = Int64(Double(width * height) * min(rate, 60) * 0.15)
    // What swscale makes of RGB unless it is told otherwise.
    unsafe context.pointee.colorspace = AVCOL_SPC_SMPTE170M
    unsafe context.pointee.color_range = AVCOL_RANGE_MPEG
    if globalHeader { unsafe context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
    if unsafe codec.pointee.id == AV_CODEC_ID_H264 {
      unsafe av_opt_set(context.pointee.priv_data, "preset", "veryfast", 0)
      unsafe av_opt_set(context.pointee.priv_data, "crf", "21", 0)
    }
    let code = unsafe avcodec_open2(context, codec, nil)
    guard code >= 0 else {
      throw .picture("a video of \(width)×\(height) cannot be encoded (\(ffmpegText(code)))")
    }
    return encoder
  }
}
