import COcelliFFmpeg

/// One coded picture, or a piece of one.
@safe struct Packet: ~Copyable {
  nonisolated(unsafe) let pointer: UnsafeMutablePointer<AVPacket>

  init() throws(MediaError) {
    guard let packet = unsafe av_packet_alloc() else { throw .outOfMemory }
    unsafe pointer = packet
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = unsafe pointer
    unsafe av_packet_free(&packet)
  }
}

/// An open container or session, and its best video stream.
@safe struct Demuxer: ~Copyable {
  nonisolated(unsafe) private let context: UnsafeMutablePointer<AVFormatContext>
  private let input: ByteInput?
  /// FFmpeg's log reaches it as long as the context lives.
  private let complaints: Complaints
  /// Lives as long as the demuxer.
  nonisolated(unsafe) let stream: UnsafeMutablePointer<AVStream>
  /// FFmpeg's short name, the first of its list (`mov`).
  let format: String
  /// The largest picture that may be decoded.
  let maxPixels: Int
  /// As the source turned out to be: an HTTP reply without an end is live, one with a length a file.
  let isLive: Bool

  /// Connects and finds the video.
  /// Errors: all of `MediaError`'s, with place and remedy.
  init(
    address: SourceAddress, options: MediaOptions, interrupter: Interrupter,
    complaints: Complaints
  ) throws(MediaError) {
    let limits = options.limits
    let input: ByteInput?
    var format: UnsafePointer<AVInputFormat>?
    switch address.kind {
    case .file(let path):
      input = try ByteInput(
        path: path, address: address, limits: limits, interrupter: interrupter)
    case .standardInput:
      input = try ByteInput(
        path: nil, address: address, limits: limits, interrupter: interrupter)
    case .http:
      input = try ByteInput(http: address, limits: limits, interrupter: interrupter)
    case .rtsp: input = nil
    case .captureDevice(let path):
      input = nil
      unsafe format = try CaptureDevice.inputFormat(path: path, address: address)
    }
    let endsByItself: Bool
    switch input {
    case .some(let input):
      endsByItself = input.byteCount != nil || address.kind != .http
      // A pipe's writer may take its time: only `interrupt` ends that.
      if address.isLocal && !input.isSeekable { interrupter.rest() }
      if options.rawVideo != nil {
        unsafe format = av_find_input_format("rawvideo")
      } else {
        unsafe format = try InputFormats.probe(
          input, address: address, interrupter: interrupter)
      }
    case .none: endsByItself = false
    }
    let context = unsafe try Demuxer.open(
      address: address, io: Demuxer.io(of: input), format: format, options: options,
      interrupter: interrupter, complaints: complaints)
    var closing: UnsafeMutablePointer<AVFormatContext>? = unsafe context
    let name = unsafe InputFormats.name(context.pointee.iformat)
    let limit = limits.pixels(isStill: InputFormats.isStill(name), isLive: !endsByItself)
    MediaLimits.boundBlocks(pixels: limit)
    let stream: UnsafeMutablePointer<AVStream>
    do throws(MediaError) {
      if endsByItself || !["rtsp", "mpjpeg", "video4linux2"].contains(name) {
        try unsafe Demuxer.study(
          context, isLive: !endsByItself, maxPixels: limit, address: address,
          interrupter: interrupter)
      }
      unsafe stream = try Demuxer.bestVideo(of: context, address: address, maxPixels: limit)
    } catch {
      unsafe avformat_close_input(&closing)
      throw error
    }
    unsafe self.context = context
    unsafe self.stream = stream
    self.input = input
    self.complaints = complaints
    self.format = name
    maxPixels = limit
    isLive = !endsByItself
  }

  deinit {
    var context: UnsafeMutablePointer<AVFormatContext>? = unsafe context
    unsafe avformat_close_input(&context)
  }

  /// Reads the next packet of the chosen stream or of another one.
  /// Source: the corresponding C function is `av_read_frame`.
  func read(into packet: borrowing Packet) -> Int32 {
    switch input {
    case .some(let input): input.beginPacket()
    case .none: break
    }
    return unsafe av_read_frame(context, packet.pointer)
  }

  /// What the container says how many pictures there are, where its word can be relied on.
  var announcedPictures: Int? {
    let frames = unsafe stream.pointee.nb_frames
    return format == "mov" && frames > 0 ? Int(frames) : nil
  }

  /// When the timestamps begin anew. Units: seconds; nil: never.
  var wrapSeconds: Double? {
    let bits = unsafe stream.pointee.pts_wrap_bits
    let base = unsafe stream.pointee.time_base
    guard (1...62).contains(bits), base.num > 0, base.den > 0 else { return nil }
    return Double(UInt64(1) << UInt64(bits)) * av_q2d(base)
  }

  /// Goes to the last key picture at or before `seconds` of the stream; false where it cannot.
  func seek(to seconds: Double) -> Bool {
    let base = unsafe stream.pointee.time_base
    let start = unsafe stream.pointee.start_time
    let ticks = seconds / av_q2d(base)
    guard ticks.isFinite, abs(ticks) < 9e18 else { return false }
    let first = start == ocelli_no_pts() ? 0 : start
    let (target, overflow) = Int64(ticks).addingReportingOverflow(first)
    guard !overflow else { return false }
    return unsafe av_seek_frame(context, stream.pointee.index, target, AVSEEK_FLAG_BACKWARD) >= 0
  }

  /// What the container says of the stream.
  var description: StreamDescription {
    let parameters = unsafe Parameters(stream.pointee.codecpar)
    let rate = unsafe av_guess_frame_rate(context, stream, nil)
    let fps = rate.den > 0 && rate.num > 0 ? av_q2d(rate) : nil
    let duration = unsafe context.pointee.duration
    let frames = unsafe stream.pointee.nb_frames
    return StreamDescription(
      codec: parameters.name, width: parameters.width, height: parameters.height, fps: fps,
      durationSeconds: isLive || duration <= 0
        ? nil : Double(duration) / Double(AV_TIME_BASE),
      frameCount: !isLive && frames > 0 ? Int(frames) : nil, isLive: isLive)
  }
}
