import COcelliFFmpeg
import Synchronization

/// What FFmpeg's parts say in words while one session runs, because their codes and flags hide it:
/// a decoder that mends a picture silently, a demuxer that takes a torn file for its end.
final class Complaints: Sendable {
  private struct State {
    /// Of packets whose decoding gave rise to a line, not yet taken; bounded.
    var packets: [Int64] = []
    /// Those of them in which the decoder made up what was missing.
    var concealed: [Int64] = []
    /// The line of the earliest packet: the same whatever thread was faster.
    var decoder: (packet: Int64, words: String)?
    var container: String?
  }

  private let state = Mutex(State())
  private static let limit = 1_024

  /// Whether the line's words are wanted: the first of the container, the earliest of the decoder.
  func wantsWords(isDecoder: Bool, packet: Int64) -> Bool {
    state.withLock { state in
      guard isDecoder else { return state.container == nil }
      return state.decoder.map { packet < $0.packet } ?? true
    }
  }

  /// A decoder's line about a packet; -1 where it is not known which.
  func note(packet: Int64, isConcealment: Bool) {
    func append(_ list: inout [Int64]) {
      if list.last != packet, list.count < Self.limit { list.append(packet) }
    }
    state.withLock { state in
      append(&state.packets)
      if isConcealment { append(&state.concealed) }
    }
  }

  func keep(words: String, isDecoder: Bool, packet: Int64) {
    state.withLock { state in
      if !isDecoder {
        state.container = state.container ?? words
      } else if state.decoder.map({ packet < $0.packet }) ?? true {
        state.decoder = (packet, words)
      }
    }
  }

  /// The packets complained of since the last call: all, or those of concealment.
  func takePackets(all: Bool) -> [Int64] {
    state.withLock { state in
      defer {
        state.packets.removeAll(keepingCapacity: true)
        state.concealed.removeAll(keepingCapacity: true)
      }
      return all ? state.packets : state.concealed
    }
  }

  /// The demuxer's first error line.
  var container: String? { state.withLock { $0.container } }

  /// The decoder's error line about the earliest packet.
  var decoder: String? { state.withLock { $0.decoder?.words } }
}

/// One line of a session's demuxer or decoder that tells of damage.
struct Complaint {
  private let owner: Complaints
  private let isDecoder: Bool
  private let packet: Int64

  /// Counts the line; nil where it is about neither, or tells of no damage.
  init?(of context: UnsafeMutableRawPointer?, level: Int32, format: UnsafePointer<CChar>) {
    let isConcealment = unsafe ocelli_tells_concealment(format) != 0
    guard level <= AV_LOG_ERROR || isConcealment else { return nil }
    var isDecoder: Int32 = 0
    var packet: Int64 = -1
    // Demuxer and decoder hold what they were given, and only they log in its name.
    guard let opaque = unsafe ocelli_log_owner(context, &isDecoder, &packet) else { return nil }
    owner = unsafe Unmanaged<Complaints>.fromOpaque(opaque).takeUnretainedValue()
    self.isDecoder = isDecoder != 0
    self.packet = packet
    if self.isDecoder { owner.note(packet: packet, isConcealment: isConcealment) }
  }

  /// The first line of the container and the earliest of the decoder are kept.
  var wantsWords: Bool { owner.wantsWords(isDecoder: isDecoder, packet: packet) }

  func keep(_ words: String) {
    if !words.isEmpty { owner.keep(words: words, isDecoder: isDecoder, packet: packet) }
  }
}
