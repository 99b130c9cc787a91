import OcelliEvents
package import OcelliMedia
import OcelliPicture
import OcelliVocabulary

/// A picture on its way to the analysis, with its stamp.
struct Frame: ~Copyable, Sendable {
  let stamp: FrameStamp
  /// The file of a picture out of a folder.
  let path: String?
  let picture: Picture

  consuming func takePicture() -> Picture { picture }
}

/// What a stream's thread tells the scheduler, in the order in which it happened.
enum StreamItem: ~Copyable, Sendable {
  case frame(Frame)
  /// A picture that was lost before the ring; only where the ring is lossless, so that a file's
  /// gaps stand at the same places every time.
  case lost(LossCause, session: Int, pts: Double)
  case state(StreamLine)
  case error(ErrorLine)
  /// A stretch of time without the stream.
  case absence(Gap)

  /// A newer picture may replace it; nothing else may go.
  static func isPicture(_ item: borrowing StreamItem) -> Bool {
    switch item {
    case .frame: true
    default: false
    }
  }
}

/// Why a stream gives no more pictures.
package enum StreamOutcome: Sendable, Equatable {
  /// The file is over.
  case eof
  /// As much as was asked for.
  case duration
  /// It was told to stop.
  case stopped
  case failed(MediaError)
}
