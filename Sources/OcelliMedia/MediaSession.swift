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
  /// Packets that went to the decoder: the number of the last one.
  private var sent: Int64 = 0
  /// The first packet with which decoding can begin; damage before it is a late start, no more.
  private var firstKey: Int64?
  private var sentSincePicture = 0
  private var lastIsTorn = false
  /// Packets that an edit list leaves out.
  private var discarded = 0
  private var damage = Damage()
  private let complaints = Complaints()
  /// Why reading stopped before the end, to be told after the last picture.
  private var failure: Int32?
  private let isSought: Bool
  private var lastArrival: Double?
  private var longestInterval = 0.0
  let description: StreamDescription

  init(
    address: SourceAddress, options: MediaOptions, interrupter: Interrupter
  ) throws(MediaError) {
    self.address = address
    self.options = options
    self.interrupter = interrupter
    demuxer = try Demuxer(
      address: address, options: options, interrupter: interrupter, complaints: complaints)
    decoder = try Decoder(
      of: demuxer, options: options, address: address, complaints: complaints)
    packet = try Packet()
    description = demuxer.description
    let base = unsafe demuxer.stream.pointee.time_base
    timeBase = base.den > 0 ? av_q2d(base) : 0
    taint = Taint(isIntraOnly: decoder.isIntraOnly)
    startSeconds = demuxer.isLive ? 0 : options.startSeconds
    // The first picture is second 0; after a seek it is not the first, so the container's word counts.
    let start = unsafe demuxer.stream.pointee.start_time
    isSought = startSeconds > 0 && demuxer.seek(to: startSeconds)
    timeline = Timeline(
      isLive: demuxer.isLive, fps: description.fps,
      origin: isSought && start != ocelli_no_pts() ? Double(start) * timeBase : nil,
      wrap: demuxer.wrapSeconds)
  }

  func read() throws(MediaError) -> SourceEvent {
    startClock()
    while true {
      if interrupter.mustStop(), let error = mediaError(cause: interrupter.cause, at: address) {
        throw error
      }
      let frame = try Frame()
      switch decoder.receive(into: frame) {
      case .done:
        sentSincePicture = 0
        if let picture = try place(frame) { return .picture(picture) }
        startClock()
      case .needsMore: try feed()
      case .ended: return try end()
      case .failed: fail()
      }
    }
  }

  private func startClock() {
    let phase: Interrupter.Phase = pictures == 0 ? .firstPicture : .nextPicture
    let seconds = options.seconds(phase, isLive: demuxer.isLive)
    // A pipe's writer may take its time: only `interrupt` ends that.
    let waitsForWriter = !demuxer.isLive && description.durationSeconds == nil
    interrupter.begin(
      phase, seconds: waitsForWriter ? nil : seconds.map { max($0, 5 * longestInterval) })
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
    guard code >= 0 else { return try finish(code) }
    guard unsafe packet.pointer.pointee.stream_index == demuxer.stream.pointee.index else { return }
    sent += 1
    sentSincePicture += 1
    if sentSincePicture > MediaLimits.idlePackets, !options.keyPicturesOnly {
      throw .invalidData("\(address): no picture came of \(MediaLimits.idlePackets) packets")
    }
    let flags = unsafe packet.pointer.pointee.flags
    if flags & AV_PKT_FLAG_DISCARD != 0 { discarded += 1 }
    judge(isKey: flags & AV_PKT_FLAG_KEY != 0, isTorn: flags & AV_PKT_FLAG_CORRUPT != 0)
    if case .failed = decoder.send(packet, number: sent) { fail() }
  }

  /// What the container says of a packet. Behind a torn one pictures may be missing; whether it is
  /// itself damaged a decoder that flags its damage knows better.
  private func judge(isKey: Bool, isTorn: Bool) {
    if isKey { firstKey = firstKey ?? sent }
    if firstKey != nil {
      if lastIsTorn && !isKey { taint.damage(at: sent) }
      if isTorn && decoder.mendsSilently { taint.damage(at: sent) }
    }
    lastIsTorn = isTorn
  }

  /// Nothing more comes from the source. After an error as after the end, what the decoder holds
  /// back still comes.
  private func finish(_ code: Int32) throws(MediaError) {
    if demuxer.isLive {
      if code == ocelli_error_eof() || code == -EIO {
        throw .disconnected("\(address): the stream ended")
      }
      throw mediaError(code: code, at: address, cause: .none, hint: MediaLog.lastLine)
    }
    damage.isCutOff = lastIsTorn
    if code == ocelli_error_invalid_data() {
      // The last part of a multipart series has no header any more.
      damage.isCutOff = lastIsTorn || demuxer.format != "mpjpeg"
    } else if code != ocelli_error_eof() {
      failure = code
    }
    if let announced = demuxer.announcedPictures, !isSought {
      damage.announced = (announced, Int(sent))
    }
    decoder.drain()
  }

  /// The decoder could make nothing of a packet: the last one, or one that a thread has in hand.
  private func fail() {
    guard let firstKey else { return }
    let first = sent - decoder.packetsInHand
    guard sent >= firstKey else { return }
    damage.isUndecodable = true
    taint.damage(at: max(first, firstKey))
    taint.damage(at: sent)
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
    let isCorrupt = isCorrupt(frame, isKey: isKey)
    if let lastArrival, demuxer.isLive {
      longestInterval = min(max(longestInterval, arrival - lastArrival), 60)
    }
    lastArrival = arrival
    pictures += 1
    if pts < startSeconds - 1e-6 { return nil }
    if isCorrupt { damage.pictures += 1 }
    return DecodedPicture(
      picture: try unsafe maker.picture(from: frame, stream: demuxer.stream), pts: pts,
      captureMicroseconds: nil, timeSource: demuxer.isLive ? .arrival : .clock,
      isCorrupt: isCorrupt, isKey: isKey)
  }

  private func isCorrupt(_ frame: borrowing Frame, isKey: Bool) -> Bool {
    let tag = unsafe ocelli_frame_tag(frame.pointer)
    let number = (1...max(sent, 1)).contains(tag) ? tag : sent
    for packet in complaints.takePackets(all: decoder.mendsSilently) {
      let about = packet > 0 ? packet : sent
      if let firstKey, about >= firstKey { taint.damage(at: about) }
    }
    return taint.judge(packet: number, isDamaged: decoder.isDamaged(frame), isKey: isKey)
  }

  private func end() throws(MediaError) -> SourceEvent {
    if let failure { throw mediaError(code: failure, at: address, cause: .none) }
    guard pictures > 0 else {
      let words = complaints.decoder ?? MediaLog.lastLine ?? complaints.container
      if words?.contains("max pixel count") == true {
        throw .tooLarge("\(address)", picture: nil, limit: demuxer.maxPixels)
      }
      throw .invalidData(
        "\(address): no picture could be decoded" + (words.map { " (\($0))" } ?? ""))
    }
    damage.container = complaints.container
    if decoder.isPacketPicture, !isSought, !options.keyPicturesOnly {
      let late = Int(firstKey ?? 1) - 1
      damage.missing = max(0, Int(sent) - late - discarded - pictures)
    }
    if let words = damage.words { throw .damaged("\(address): \(words)") }
    return .end
  }
}
