import COcelliFFmpeg

extension Demuxer {
  static func io(of input: borrowing ByteInput?) -> UnsafeMutablePointer<AVIOContext>? {
    switch input {
    case .some(let input): unsafe input.context
    case .none: nil
    }
  }

  static func open(
    address: SourceAddress, io: UnsafeMutablePointer<AVIOContext>?,
    format: UnsafePointer<AVInputFormat>?, options: MediaOptions, interrupter: Interrupter,
    complaints: Complaints
  ) throws(MediaError) -> UnsafeMutablePointer<AVFormatContext> {
    guard let fresh = unsafe avformat_alloc_context() else { throw .outOfMemory }
    var context: UnsafeMutablePointer<AVFormatContext>? = unsafe fresh
    unsafe fresh.pointee.interrupt_callback = interrupter.callback
    unsafe fresh.pointee.opaque = Unmanaged.passUnretained(complaints).toOpaque()
    // A clock that was set back looks like one that wrapped; our timeline mends both alike.
    unsafe fresh.pointee.correct_ts_overflow = 0
    var dictionary: OpaquePointer?
    defer { unsafe av_dict_free(&dictionary) }
    unsafe av_dict_set(&dictionary, "max_streams", String(options.limits.maxStreams), 0)
    if let raw = options.rawVideo {
      unsafe av_dict_set(&dictionary, "video_size", "\(raw.width)x\(raw.height)", 0)
      unsafe av_dict_set(&dictionary, "pixel_format", raw.pixelFormat, 0)
      unsafe av_dict_set(&dictionary, "framerate", String(raw.fps), 0)
    }
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
  static func study(
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
  static func bestVideo(
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
      throw .tooLarge(
        "\(address)", picture: "\(parameters.width)×\(parameters.height)", limit: maxPixels)
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
struct Parameters {
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
