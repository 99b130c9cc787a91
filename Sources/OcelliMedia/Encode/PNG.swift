internal import COcelliFFmpeg
package import OcelliPicture

/// A picture as a PNG file.
package enum PNG {
  /// The file's bytes. Errors: `.unsupported`, `.picture`, `.outOfMemory`.
  package static func encode(_ canvas: Canvas) throws(EncodeError) -> [UInt8] {
    guard let codec = unsafe avcodec_find_encoder(AV_CODEC_ID_PNG) else {
      throw .unsupported("FFmpeg was built without its PNG encoder")
    }
    let encoder = try unsafe Encoder(codec)
    unsafe encoder.context.pointee.width = Int32(canvas.width)
    unsafe encoder.context.pointee.height = Int32(canvas.height)
    unsafe encoder.context.pointee.pix_fmt = AV_PIX_FMT_RGB24
    unsafe encoder.context.pointee.time_base = AVRational(num: 1, den: 25)
    guard unsafe avcodec_open2(encoder.context, codec, nil) >= 0 else {
      throw .picture("a picture of \(canvas.width)×\(canvas.height) cannot be a PNG")
    }
    let frame = try EncoderFrame(
      width: canvas.width, height: canvas.height, format: AV_PIX_FMT_RGB24)
    try frame.fill(from: canvas)
    var file: [UInt8] = []
    let keep = { (packet: UnsafeMutablePointer<AVPacket>) in
      unsafe file.append(
        contentsOf: UnsafeBufferPointer(
          start: packet.pointee.data, count: Int(packet.pointee.size)))
    }
    try unsafe encoder.encode(frame.frame, keep)
    try unsafe encoder.encode(nil, keep)
    return file
  }
}
