internal import COcelliFFmpeg
import OcelliPicture

/// An `AVCodecContext` that encodes. The corresponding C function is `avcodec_alloc_context3`.
@safe struct Encoder: ~Copyable {
  let context: UnsafeMutablePointer<AVCodecContext>
  private let packet: UnsafeMutablePointer<AVPacket>

  init(_ codec: UnsafePointer<AVCodec>) throws(EncodeError) {
    guard let context = unsafe avcodec_alloc_context3(codec) else { throw .outOfMemory }
    guard let packet = unsafe av_packet_alloc() else {
      var gone: UnsafeMutablePointer<AVCodecContext>? = unsafe context
      unsafe avcodec_free_context(&gone)
      throw .outOfMemory
    }
    unsafe self.context = context
    unsafe self.packet = packet
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = unsafe packet
    unsafe av_packet_free(&packet)
    var context: UnsafeMutablePointer<AVCodecContext>? = unsafe context
    unsafe avcodec_free_context(&context)
  }

  /// Encodes a picture, nil at the end, and hands on what is ready.
  func encode(
    _ frame: UnsafePointer<AVFrame>?,
    _ use: (UnsafeMutablePointer<AVPacket>) throws(EncodeError) -> Void
  ) throws(EncodeError) {
    let sent = unsafe avcodec_send_frame(context, frame)
    guard sent >= 0 else { throw .picture("the encoder refuses a picture (\(ffmpegText(sent)))") }
    while unsafe avcodec_receive_packet(context, packet) >= 0 {
      defer { unsafe av_packet_unref(packet) }
      try unsafe use(packet)
    }
  }
}

/// An `AVFrame` with planes of its own, filled from canvases of one size.
@safe struct EncoderFrame: ~Copyable {
  let frame: UnsafeMutablePointer<AVFrame>
  private let scaler: OpaquePointer
  private let width: Int32
  private let height: Int32

  /// Units: pixels. `width` and `height` may be up to one less than the canvas's.
  init(width: Int, height: Int, format: AVPixelFormat) throws(EncodeError) {
    guard let frame = unsafe av_frame_alloc() else { throw .outOfMemory }
    unsafe frame.pointee.width = Int32(width)
    unsafe frame.pointee.height = Int32(height)
    unsafe frame.pointee.format = format.rawValue
    let scaler = unsafe sws_getContext(
      Int32(width), Int32(height), AV_PIX_FMT_RGB24, Int32(width), Int32(height), format,
      SWS_BICUBIC | SWS_ACCURATE_RND, nil, nil, nil)
    guard let scaler = unsafe scaler, unsafe av_frame_get_buffer(frame, 0) >= 0 else {
      unsafe sws_freeContext(scaler)
      var gone: UnsafeMutablePointer<AVFrame>? = unsafe frame
      unsafe av_frame_free(&gone)
      throw .outOfMemory
    }
    unsafe self.frame = frame
    unsafe self.scaler = scaler
    self.width = Int32(width)
    self.height = Int32(height)
  }

  deinit {
    unsafe sws_freeContext(scaler)
    var frame: UnsafeMutablePointer<AVFrame>? = unsafe frame
    unsafe av_frame_free(&frame)
  }

  /// Traps: where the canvas is smaller than the frame.
  func fill(from canvas: Canvas) throws(EncodeError) {
    precondition(canvas.width >= Int(width) && canvas.height >= Int(height))
    guard unsafe av_frame_make_writable(frame) >= 0 else { throw .outOfMemory }
    unsafe canvas.pixels.withUnsafeBufferPointer { pixels in
      var planes: [UnsafePointer<UInt8>?] = unsafe [pixels.baseAddress, nil, nil, nil]
      let pitches: [Int32] = [Int32(canvas.width * 3), 0, 0, 0]
      unsafe withUnsafeMutablePointer(to: &frame.pointee.data) { data in
        unsafe withUnsafeMutablePointer(to: &frame.pointee.linesize) { lines in
          unsafe data.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 8) { to in
            unsafe lines.withMemoryRebound(to: Int32.self, capacity: 8) { toPitches in
              _ = unsafe sws_scale(scaler, &planes, pitches, 0, height, to, toPitches)
            }
          }
        }
      }
    }
  }
}

/// FFmpeg's own words for one of its codes.
func ffmpegText(_ code: Int32) -> String {
  var text = [CChar](repeating: 0, count: 128)
  guard unsafe av_strerror(code, &text, text.count) >= 0 else { return "code \(code)" }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
