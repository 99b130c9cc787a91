import COcelliFFmpeg
import Glibc
import OcelliPicture
import OcelliVocabulary

/// One connection of a source: from `open` to `close`.
final class MediaSession {
  private let address: SourceAddress
  private let options: MediaOptions
  private let interrupter: Interrupter
  private let demuxer: Demuxer
  private let decoder: Decoder
  private let packet: Packet
  private var maker = PictureMaker()
  private var timeline: Timeline
  private var taint: Taint
  private let timeBase: Double
  /// Pictures before this second are decoded and dropped.
  private let startSeconds: Double
  private var pictures = 0
  /// Why reading stopped before the end, to be told after the last picture.
  private var failure: Int32?
  private var isDraining = false
  private var lastArrival: Double?
  private var longestInterval = 0.0
  let description: StreamDescription

  init(
    address: SourceAddress, options: MediaOptions, interrupter: Interrupter
  ) throws(MediaError) {
    self.address = address
    self.options = options
    self.interrupter = interrupter
    demuxer = try Demuxer(address: address, options: options, interrupter: interrupter)
    decoder = try Decoder(of: demuxer, options: options, address: address)
    packet = try Packet()
    description = demuxer.description
    let base = unsafe demuxer.stream.pointee.time_base
    timeBase = base.den > 0 ? av_q2d(base) : 0
    taint = Taint(isIntraOnly: decoder.isIntraOnly)
    startSeconds = demuxer.isLive ? 0 : options.startSeconds
    // The first picture is second 0; after a seek it is not the first, so the container's word counts.
    let start = unsafe demuxer.stream.pointee.start_time
    let isSought = startSeconds > 0 && demuxer.seek(to: startSeconds)
    timeline = Timeline(
      isLive: demuxer.isLive, fps: description.fps,
      origin: isSought && start != ocelli_no_pts() ? Double(start) * timeBase : nil)
  }

  func read() throws(MediaError) -> SourceEvent {
    let isLive = demuxer.isLive
    let phase: Interrupter.Phase = pictures == 0 ? .firstPicture : .nextPicture
    let seconds = options.seconds(phase, isLive: isLive)
    // A pipe's writer may take its time: only `interrupt` ends that.
    let waitsForWriter = !isLive && description.durationSeconds == nil
    interrupter.begin(
      phase, seconds: waitsForWriter ? nil : seconds.map { max($0, 5 * longestInterval) })
    while true {
      if interrupter.mustStop(), let error = mediaError(cause: interrupter.cause, at: address) {
        throw error
      }
      let frame = try Frame()
      switch decoder.receive(into: frame) {
      case .done:
        if let picture = try place(frame) { return .picture(picture) }
      case .needsMore: try feed()
      case .ended: return try end()
      case .failed(let code):
        if code == -ENOMEM { throw .outOfMemory }
        taint.damage()
      }
    }
  }

  /// One packet from the source into the decoder.
  private func feed() throws(MediaError) {
    unsafe av_packet_unref(packet.pointer)
    let code = demuxer.read(into: packet)
    if let error = mediaError(cause: interrupter.cause, at: address) { throw error }
    if code == -EAGAIN {
      usleep(1_000)
      return
    }
    guard code >= 0 else {
      if demuxer.isLive {
        if code == ocelli_error_eof() || code == -EIO {
          throw .disconnected("\(address): the stream ended")
        }
        throw mediaError(code: code, at: address, cause: .none, hint: MediaLog.lastLine)
      }
      // After an error as after the end: what was decoded so far still comes.
      let isCutOff = code == ocelli_error_invalid_data() && demuxer.isAtEnd
      if code != ocelli_error_eof() && !isCutOff { failure = code }
      isDraining = true
      decoder.drain()
      return
    }
    guard unsafe packet.pointer.pointee.stream_index == demuxer.stream.pointee.index else { return }
    if unsafe packet.pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { taint.damage() }
    if case .failed(let code) = decoder.send(packet) {
      if code == -ENOMEM { throw .outOfMemory }
      taint.damage()
    }
  }

  /// nil for pictures before the wanted start.
  private func place(_ frame: consuming Frame) throws(MediaError) -> DecodedPicture? {
    let arrival = Double(Interrupter.now()) / 1e9
    let timestamp = unsafe frame.pointer.pointee.best_effort_timestamp
    let duration = unsafe ocelli_frame_duration(frame.pointer)
    let pts = timeline.place(
      timestamp: timestamp == ocelli_no_pts() ? nil : Double(timestamp) * timeBase,
      duration: duration > 0 ? Double(duration) * timeBase : nil, arrival: arrival)
    let isKey = unsafe ocelli_frame_is_key(frame.pointer) != 0
    let isCorrupt = unsafe taint.judge(
      isDamaged: ocelli_frame_is_damaged(frame.pointer) != 0, isKey: isKey)
    if let lastArrival, demuxer.isLive {
      longestInterval = min(max(longestInterval, arrival - lastArrival), 60)
    }
    lastArrival = arrival
    pictures += 1
    if pts < startSeconds - 1e-6 { return nil }
    return DecodedPicture(
      picture: try unsafe maker.picture(from: frame, stream: demuxer.stream), pts: pts,
      captureMicroseconds: nil, timeSource: demuxer.isLive ? .arrival : .clock,
      isCorrupt: isCorrupt, isKey: isKey)
  }

  private func end() throws(MediaError) -> SourceEvent {
    if pictures == 0 {
      throw .invalidData(
        "\(address): no picture could be decoded"
          + (MediaLog.lastLine.map { " (\($0))" } ?? ""))
    }
    if let failure {
      throw mediaError(code: failure, at: address, cause: .none)
    }
    return .end
  }
}
