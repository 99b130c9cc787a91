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
  /// Lives as long as the demuxer.
  nonisolated(unsafe) let stream: UnsafeMutablePointer<AVStream>
  /// FFmpeg's short name, the first of its list (`mov`).
  let format: String
  /// As the source turned out to be: an HTTP reply without an end is live, one with a length a file.
  let isLive: Bool

  /// Connects and finds the video.
  /// Errors: all of `MediaError`'s, with place and remedy.
  init(
    address: SourceAddress, options: MediaOptions, interrupter: Interrupter
  ) throws(MediaError) {
    let input: ByteInput?
    var format: UnsafePointer<AVInputFormat>?
    switch address.kind {
    case .file(let path):
      input = try ByteInput(path: path, address: address, interrupter: interrupter)
    case .standardInput:
      input = try ByteInput(path: nil, address: address, interrupter: interrupter)
    case .http: input = try ByteInput(http: address, interrupter: interrupter)
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
      unsafe format = try InputFormats.probe(input, address: address, interrupter: interrupter)
    case .none: endsByItself = false
    }
    let context = unsafe try Demuxer.open(
      address: address, io: Demuxer.io(of: input), format: format, options: options,
      interrupter: interrupter)
    var closing: UnsafeMutablePointer<AVFormatContext>? = unsafe context
    let name = unsafe InputFormats.name(context.pointee.iformat)
    let limit = InputFormats.pixelLimit(format: name, isLive: !endsByItself, options: options)
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
    self.format = name
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

  /// Every byte was read: what the demuxer still misses was cut off.
  var isAtEnd: Bool {
    guard let io = unsafe context.pointee.pb else { return false }
    return unsafe io.pointee.eof_reached != 0
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

  private static func io(of input: borrowing ByteInput?) -> UnsafeMutablePointer<AVIOContext>? {
    switch input {
    case .some(let input): unsafe input.context
    case .none: nil
    }
  }

  private static func open(
    address: SourceAddress, io: UnsafeMutablePointer<AVIOContext>?,
    format: UnsafePointer<AVInputFormat>?, options: MediaOptions, interrupter: Interrupter
  ) throws(MediaError) -> UnsafeMutablePointer<AVFormatContext> {
    guard let fresh = unsafe avformat_alloc_context() else { throw .outOfMemory }
    var context: UnsafeMutablePointer<AVFormatContext>? = unsafe fresh
    unsafe fresh.pointee.interrupt_callback = interrupter.callback
    var dictionary: OpaquePointer?
    defer { unsafe av_dict_free(&dictionary) }
    // With bytes of our own FFmpeg needs no name, and may open nothing besides.
    var url = ""
    if let io = unsafe io {
      unsafe fresh.pointee.pb = io
      unsafe fresh.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
      unsafe fresh.pointee.io_open = { _, _, _, _, _ in -EPERM }
      unsafe av_dict_set(&dictionary, "protocol_whitelist", "none", 0)
    } else if address.kind == .rtsp {
      url = address.url
      let isUDP = options.transport == .udp
      unsafe av_dict_set(&dictionary, "rtsp_transport", options.transport.rawValue, 0)
      unsafe av_dict_set(&dictionary, "allowed_media_types", "video", 0)
      if isUDP { unsafe av_dict_set(&dictionary, "rtsp_flags", "filter_src", 0) }
      let protocols = (isUDP ? "udp,rtp,tcp" : "tcp") + (url.hasPrefix("rtsps") ? ",tls" : "")
      unsafe av_dict_set(&dictionary, "protocol_whitelist", protocols, 0)
      unsafe av_dict_set(&dictionary, "format_whitelist", "rtsp", 0)
      unsafe interrupter.guardURL(of: fresh)
    } else if case .captureDevice(let path) = address.kind {
      url = path
    }
    let code = unsafe avformat_open_input(&context, url, format, &dictionary)
    guard code >= 0, let opened = unsafe context else {
      interrupter.releaseGuard()
      throw mediaError(
        code: code, at: address, cause: interrupter.cause, hint: MediaLog.lastLine)
    }
    if let error = mediaError(cause: interrupter.cause, at: address) {
      interrupter.releaseGuard()
      unsafe avformat_close_input(&context)
      throw error
    }
    return unsafe opened
  }

  /// Reads ahead until sizes and rates are known.
  private static func study(
    _ context: UnsafeMutablePointer<AVFormatContext>, isLive: Bool, maxPixels: Int,
    address: SourceAddress, interrupter: Interrupter
  ) throws(MediaError) {
    let count = unsafe Int(context.pointee.nb_streams)
    if isLive { unsafe context.pointee.max_analyze_duration = 2_000_000 }
    var dictionaries = unsafe [OpaquePointer?](repeating: nil, count: max(count, 1))
    for index in 0..<count {
      unsafe av_dict_set(&dictionaries[index], "max_pixels", String(maxPixels), 0)
      unsafe av_dict_set(&dictionaries[index], "threads", "1", 0)
    }
    let code = unsafe avformat_find_stream_info(context, &dictionaries)
    for index in 0..<count { unsafe av_dict_free(&dictionaries[index]) }
    if let error = mediaError(cause: interrupter.cause, at: address) { throw error }
    if code < 0 {
      throw mediaError(code: code, at: address, cause: .none, hint: MediaLog.lastLine)
    }
  }

  /// The largest picture wins, as in the ffmpeg program; cover art is no video.
  private static func bestVideo(
    of context: UnsafeMutablePointer<AVFormatContext>, address: SourceAddress, maxPixels: Int
  ) throws(MediaError) -> UnsafeMutablePointer<AVStream> {
    var best: UnsafeMutablePointer<AVStream>?
    var bestArea: Int64 = -1
    var unknownCodec: String?
    let still = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS
    for index in 0..<(unsafe Int(context.pointee.nb_streams)) {
      guard let stream = unsafe context.pointee.streams[index] else { continue }
      let parameters = unsafe Parameters(stream.pointee.codecpar)
      guard parameters.isVideo,
        unsafe stream.pointee.disposition & still == 0
      else { continue }
      guard unsafe avcodec_find_decoder(parameters.codec) != nil else {
        unknownCodec = parameters.name
        continue
      }
      let area = Int64(parameters.width) * Int64(parameters.height)
      if area > bestArea {
        unsafe best = stream
        bestArea = area
      }
    }
    guard let best = unsafe best else {
      if let unknownCodec {
        throw .unsupported("\(address): this FFmpeg has no decoder for \(unknownCodec)")
      }
      throw .noVideo("\(address): holds no video stream")
    }
    if bestArea > Int64(maxPixels) {
      let parameters = unsafe Parameters(best.pointee.codecpar)
      throw .unsupported(
        "\(address): its pictures of \(parameters.width)×\(parameters.height) are above the limit"
          + " of \(maxPixels) pixels")
    }
    for index in 0..<(unsafe Int(context.pointee.nb_streams)) {
      if let other = unsafe context.pointee.streams[index], unsafe other != best {
        unsafe other.pointee.discard = AVDISCARD_ALL
      }
    }
    return unsafe best
  }
}

/// What a container says of a stream's coding.
private struct Parameters {
  let codec: AVCodecID
  let isVideo: Bool
  let width: Int
  let height: Int

  init(_ raw: UnsafePointer<AVCodecParameters>) {
    unsafe codec = raw.pointee.codec_id
    unsafe isVideo = raw.pointee.codec_type == AVMEDIA_TYPE_VIDEO
    width = unsafe max(0, Int(raw.pointee.width))
    height = unsafe max(0, Int(raw.pointee.height))
  }

  var name: String { unsafe String(cString: avcodec_get_name(codec)) }
}
