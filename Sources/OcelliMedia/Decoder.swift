import COcelliFFmpeg
import OcelliPicture
import Synchronization

/// A decoded picture of FFmpeg's.
@safe struct Frame: ~Copyable, Sendable {
  nonisolated(unsafe) let pointer: UnsafeMutablePointer<AVFrame>
  /// How many there are; tests see it return to zero.
  static let liveCount = Atomic<Int>(0)

  init() throws(MediaError) {
    guard let frame = unsafe av_frame_alloc() else { throw .outOfMemory }
    unsafe pointer = frame
    Frame.liveCount.add(1, ordering: .relaxed)
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = unsafe pointer
    unsafe av_frame_free(&frame)
    Frame.liveCount.subtract(1, ordering: .relaxed)
  }
}

/// The decoder of one stream.
@safe struct Decoder: ~Copyable {
  /// What a step of the decoder came to.
  enum Step {
    case done, needsMore, ended
    case failed(Int32)
  }

  nonisolated(unsafe) private let context: UnsafeMutablePointer<AVCodecContext>
  /// FFmpeg's log reaches it as long as the context lives.
  private let complaints: Complaints
  /// Damage does not travel from picture to picture.
  let isIntraOnly: Bool
  /// Each of its error lines tells of damage. H.264 complains of much that does no harm: there only
  /// those of concealment count.
  let mendsSilently: Bool
  /// In MP4 each packet is one picture.
  let isPacketPicture: Bool

  /// Opens the decoder from what the container says; the first picture tells the rest.
  init(
    of demuxer: borrowing Demuxer, options: MediaOptions, address: SourceAddress,
    complaints: Complaints
  ) throws(MediaError) {
    let parameters = unsafe demuxer.stream.pointee.codecpar!
    let id = unsafe parameters.pointee.codec_id
    let name = unsafe String(cString: avcodec_get_name(id))
    guard let codec = unsafe avcodec_find_decoder(id) else {
      throw .unsupported("\(address): this FFmpeg has no decoder for \(name)")
    }
    guard let context = unsafe avcodec_alloc_context3(codec) else { throw .outOfMemory }
    var closing: UnsafeMutablePointer<AVCodecContext>? = unsafe context
    let code = unsafe avcodec_parameters_to_context(context, parameters)
    unsafe context.pointee.pkt_timebase = demuxer.stream.pointee.time_base
    // FFmpeg counts rows with their padding.
    unsafe context.pointee.max_pixels = Int64(demuxer.maxPixels + demuxer.maxPixels / 64 + 1)
    unsafe context.pointee.opaque = Unmanaged.passUnretained(complaints).toOpaque()
    // A picture cropped at its left edge begins where it begins, not at the next round address.
    unsafe context.pointee.flags |= AV_CODEC_FLAG_UNALIGNED
    let descriptor = unsafe avcodec_descriptor_get(id)
    let standsAlone =
      unsafe descriptor.map {
        unsafe $0.pointee.props & AV_CODEC_PROP_INTRA_ONLY != 0
      } ?? false
    if demuxer.isLive {
      // Frame threads would hold back a picture each.
      unsafe context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
      unsafe context.pointee.thread_type = FF_THREAD_SLICE
      unsafe context.pointee.thread_count = Int32(clamping: options.decoderThreads ?? 1)
    } else {
      // Pictures that stand alone come as they are decoded, so that a complaint finds its picture.
      // dav1d ahead of itself loses good pictures with a bad one; without it works on tiles.
      if id == AV_CODEC_ID_AV1 { unsafe context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY }
      if standsAlone || (id == AV_CODEC_ID_H264 && ocelli_tags_are_seen() == 0) {
        unsafe context.pointee.thread_type = FF_THREAD_SLICE
      }
      let few = min(4, Int(av_cpu_count()))
      unsafe context.pointee.thread_count = Int32(clamping: options.decoderThreads ?? few)
    }
    if options.keyPicturesOnly { unsafe context.pointee.skip_frame = AVDISCARD_NONKEY }
    let opened = code < 0 ? code : unsafe avcodec_open2(context, codec, nil)
    guard opened >= 0 else {
      unsafe avcodec_free_context(&closing)
      throw mediaError(code: opened, at: address, cause: .none, hint: MediaLog.lastLine)
    }
    unsafe self.context = context
    self.complaints = complaints
    isIntraOnly = standsAlone
    mendsSilently = id != AV_CODEC_ID_H264
    isPacketPicture =
      demuxer.format == "mov" && (id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC)
  }

  deinit {
    var context: UnsafeMutablePointer<AVCodecContext>? = unsafe context
    unsafe avcodec_free_context(&context)
  }

  /// `number` comes back with the pictures of this packet.
  /// Source: the corresponding C function is `avcodec_send_packet`.
  func send(_ packet: borrowing Packet, number: Int64) -> Step {
    unsafe ocelli_tag_packet(context, packet.pointer, number)
    return step(unsafe avcodec_send_packet(context, packet.pointer))
  }

  /// What the frame's own flags say. Frame threads set them when the frame may be out already.
  func isDamaged(_ frame: borrowing Frame) -> Bool {
    unsafe packetsInHand == 0 && ocelli_frame_is_damaged(frame.pointer) != 0
  }

  /// How many packets before the last one an error may be about: each thread has one in hand.
  var packetsInHand: Int64 {
    unsafe context.pointee.active_thread_type & FF_THREAD_FRAME != 0
      ? max(Int64(context.pointee.thread_count) - 1, 0) : 0
  }

  /// Nothing more comes; what the decoder holds back can now be received.
  func drain() { _ = unsafe avcodec_send_packet(context, nil) }

  /// Forgets all pictures, after a jump.
  func flush() { unsafe avcodec_flush_buffers(context) }

  /// Source: the corresponding C function is `avcodec_receive_frame`.
  func receive(into frame: borrowing Frame) -> Step {
    step(unsafe avcodec_receive_frame(context, frame.pointer))
  }

  private func step(_ code: Int32) -> Step {
    if code >= 0 { return .done }
    if code == -EAGAIN { return .needsMore }
    if code == ocelli_error_eof() { return .ended }
    return .failed(code)
  }
}
