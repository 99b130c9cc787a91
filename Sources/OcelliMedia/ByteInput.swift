import COcelliFFmpeg
import Glibc

/// The bytes of a file, a pipe or an HTTP reply behind an `AVIOContext` of our own. FFmpeg never
/// sees the name, opens nothing itself and blocks in nothing that cannot be stopped.
@safe struct ByteInput: ~Copyable {
  private let origin: Origin
  nonisolated(unsafe) let context: UnsafeMutablePointer<AVIOContext>

  /// Whether the demuxer may seek.
  let isSeekable: Bool
  /// nil for pipes and endless replies.
  let byteCount: Int64?

  /// Opens a local file, FIFO or the standard input.
  /// Errors: the exact reason, with the remedy.
  init(
    path: String?, address: SourceAddress, limits: MediaLimits, interrupter: Interrupter
  ) throws(MediaError) {
    let descriptor: Int32
    if let path {
      // Non-blocking, so that a FIFO without a writer does not hold us; files do not care.
      descriptor = unsafe path.withCString { unsafe ocelli_open($0, O_RDONLY | O_NONBLOCK) }
      guard descriptor >= 0 else { throw mediaError(errno: errno, at: address) }
    } else {
      descriptor = 0
    }
    var status = stat()
    let known = unsafe fstat(descriptor, &status)
    let mode = status.st_mode & S_IFMT
    let problem: MediaError? =
      if known != 0 {
        mediaError(errno: errno, at: address)
      } else if mode == S_IFDIR {
        .noVideo("\(address): is a directory; name a file in it")
      } else if path == nil && isatty(descriptor) == 1 {
        .noVideo("standard input is a terminal; pipe a video into it")
      } else if mode == S_IFBLK || (mode == S_IFCHR && path != nil) {
        .noVideo("\(address): is a device, not a media file; cameras are /dev/videoN")
      } else if mode == S_IFREG && status.st_size == 0 {
        .invalidData("\(address): the file is empty")
      } else {
        nil
      }
    if let problem {
      if path != nil { Glibc.close(descriptor) }
      throw problem
    }
    let isRegular = mode == S_IFREG
    let origin = unsafe Origin(
      descriptor: descriptor, ownsDescriptor: path != nil, inner: nil, mustPoll: !isRegular,
      packetLimit: limits.maxPacketBytes
        ?? (isRegular ? .max : MediaLimits.pipePacketBytes),
      interrupter: interrupter)
    let context = unsafe try ByteInput.wrap(origin, isSeekable: isRegular)
    unsafe self.context = context
    self.origin = origin
    isSeekable = isRegular
    byteCount = isRegular ? Int64(status.st_size) : nil
  }

  /// Opens an HTTP(S) reply.
  /// Errors: as the server says.
  init(
    http address: SourceAddress, limits: MediaLimits, interrupter: Interrupter
  ) throws(MediaError) {
    var options: OpaquePointer?
    unsafe av_dict_set(&options, "protocol_whitelist", "http,https,tcp,tls,httpproxy", 0)
    unsafe av_dict_set(&options, "user_agent", "ocelli", 0)
    var callback = unsafe interrupter.callback
    var inner: UnsafeMutablePointer<AVIOContext>?
    let code = unsafe avio_open2(&inner, address.url, AVIO_FLAG_READ, &callback, &options)
    unsafe av_dict_free(&options)
    guard code >= 0, let inner = unsafe inner else {
      throw mediaError(code: code, at: address, cause: interrupter.cause)
    }
    let size = unsafe avio_size(inner)
    let canSeek = unsafe inner.pointee.seekable != 0 && size > 0
    let origin = unsafe Origin(
      descriptor: -1, ownsDescriptor: false, inner: inner, mustPoll: false,
      packetLimit: limits.maxPacketBytes
        ?? (size > 0 ? .max : MediaLimits.livePacketBytes),
      interrupter: interrupter)
    let context = unsafe try ByteInput.wrap(origin, isSeekable: canSeek)
    unsafe self.context = context
    self.origin = origin
    isSeekable = canSeek
    byteCount = size > 0 ? size : nil
  }

  deinit {
    // FFmpeg may have put a larger buffer in place of ours.
    var context: UnsafeMutablePointer<AVIOContext>? = unsafe context
    unsafe av_freep(&context!.pointee.buffer)
    unsafe avio_context_free(&context)
  }

  /// A packet is complete: the next one has the whole limit again.
  func beginPacket() { origin.bytesOfPacket = 0 }

  /// The reply is a series of JPEG pictures (`multipart/x-mixed-replace`).
  var isMultipart: Bool { origin.isMultipart }

  private static func wrap(
    _ origin: Origin, isSeekable: Bool
  ) throws(MediaError) -> UnsafeMutablePointer<AVIOContext> {
    let size = 32_768
    guard let buffer = unsafe av_malloc(size) else { throw .outOfMemory }
    let context = unsafe avio_alloc_context(
      buffer.assumingMemoryBound(to: UInt8.self), Int32(size), 0,
      Unmanaged.passUnretained(origin).toOpaque(),
      { opaque, buffer, count in
        guard let opaque = unsafe opaque, let buffer = unsafe buffer else { return -EINVAL }
        return unsafe Unmanaged<Origin>.fromOpaque(opaque)._withUnsafeGuaranteedRef {
          unsafe $0.read(into: buffer, count: Int(count))
        }
      }, nil,
      { opaque, offset, whence in
        guard let opaque = unsafe opaque else { return Int64(-EINVAL) }
        return unsafe Unmanaged<Origin>.fromOpaque(opaque)._withUnsafeGuaranteedRef {
          $0.seek(to: offset, whence: whence)
        }
      })
    guard let context = unsafe context else {
      unsafe av_free(buffer)
      throw .outOfMemory
    }
    unsafe context.pointee.seekable = isSeekable ? AVIO_SEEKABLE_NORMAL : 0
    return unsafe context
  }
}

/// What the callbacks reach: the descriptor or the inner context. Used by one thread at a time.
@safe private final class Origin {
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private var inner: UnsafeMutablePointer<AVIOContext>?
  private let mustPoll: Bool
  private let packetLimit: Int64
  private let interrupter: Interrupter
  var bytesOfPacket: Int64 = 0

  init(
    descriptor: Int32, ownsDescriptor: Bool, inner: UnsafeMutablePointer<AVIOContext>?,
    mustPoll: Bool, packetLimit: Int, interrupter: Interrupter
  ) {
    self.descriptor = descriptor
    self.ownsDescriptor = ownsDescriptor
    unsafe self.inner = inner
    self.mustPoll = mustPoll
    self.packetLimit = Int64(clamping: packetLimit)
    self.interrupter = interrupter
  }

  deinit {
    unsafe avio_closep(&inner)
    if ownsDescriptor { close(descriptor) }
  }

  var isMultipart: Bool {
    guard let inner = unsafe inner else { return false }
    var value: UnsafeMutablePointer<UInt8>?
    guard unsafe av_opt_get(inner, "mime_type", AV_OPT_SEARCH_CHILDREN, &value) >= 0,
      let text = unsafe value
    else { return false }
    defer { unsafe av_free(text) }
    return unsafe String(cString: text).lowercased().hasPrefix("multipart/x-mixed-replace")
  }

  /// FFmpeg's contract: bytes read, or a negative code, never 0.
  func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int) -> Int32 {
    if interrupter.mustStop() { return ocelli_error_exit() }
    if bytesOfPacket > packetLimit { return -EFBIG }
    let received: Int32
    if let inner = unsafe inner {
      received = unsafe avio_read_partial(inner, buffer, Int32(count))
      if received == 0 { return ocelli_error_eof() }
    } else {
      received = unsafe readDescriptor(into: buffer, count: count)
    }
    if received > 0 { bytesOfPacket += Int64(received) }
    return received
  }

  private func readDescriptor(into buffer: UnsafeMutablePointer<UInt8>, count: Int) -> Int32 {
    while true {
      if mustPoll {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = unsafe poll(&request, 1, 100)
        if interrupter.mustStop() { return ocelli_error_exit() }
        if ready == 0 || (ready < 0 && errno == EINTR) { continue }
        if ready < 0 { return -errno }
      }
      let received = unsafe Glibc.read(descriptor, buffer, count)
      if received > 0 { return Int32(received) }
      if received == 0 { return ocelli_error_eof() }
      if errno != EINTR && errno != EAGAIN { return -errno }
    }
  }

  func seek(to offset: Int64, whence: Int32) -> Int64 {
    if let inner = unsafe inner {
      if whence & AVSEEK_SIZE != 0 { return unsafe avio_size(inner) }
      return unsafe avio_seek(inner, offset, whence)
    }
    if whence & AVSEEK_SIZE != 0 {
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        return Int64(-ENOSYS)
      }
      return Int64(status.st_size)
    }
    let place = lseek(descriptor, off_t(offset), whence & ~AVSEEK_FORCE)
    return place < 0 ? Int64(-errno) : Int64(place)
  }
}
