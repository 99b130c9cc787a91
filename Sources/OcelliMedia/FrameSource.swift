package import OcelliPicture
package import OcelliVocabulary

/// What a source says of itself once it is open.
package struct StreamDescription: Sendable, Equatable {
  package var codec: String
  /// Units: pixels; 0 while unknown (the first picture tells).
  package var width: Int
  package var height: Int
  /// Nominal; nil where the source has none.
  package var fps: Double?
  /// nil for live sources and where the container does not know.
  package var durationSeconds: Double?
  package var frameCount: Int?
  package var isLive: Bool

  package init(
    codec: String, width: Int, height: Int, fps: Double?, durationSeconds: Double?,
    frameCount: Int?, isLive: Bool
  ) {
    self.codec = codec
    self.width = width
    self.height = height
    self.fps = fps
    self.durationSeconds = durationSeconds
    self.frameCount = frameCount
    self.isLive = isLive
  }
}

/// A picture out of the decoder, with what the source knows of its time.
package struct DecodedPicture: ~Copyable, Sendable {
  package let picture: Picture
  /// Units: seconds since the session began; strictly increasing.
  package let pts: Double
  /// Units: microseconds since 1970, UTC; nil where the source does not tell.
  package let captureMicroseconds: Int64?
  package let timeSource: TimeSource
  /// Damaged, or not trusted until the next clean key picture.
  package let isCorrupt: Bool
  package let isKey: Bool
  /// The file of a picture out of a folder.
  package let path: String?

  package init(
    picture: consuming Picture, pts: Double, captureMicroseconds: Int64?, timeSource: TimeSource,
    isCorrupt: Bool, isKey: Bool, path: String? = nil
  ) {
    self.picture = picture
    self.pts = pts
    self.captureMicroseconds = captureMicroseconds
    self.timeSource = timeSource
    self.isCorrupt = isCorrupt
    self.isKey = isKey
    self.path = path
  }

  /// The same picture at another time, out of a file of a folder.
  consuming func placed(at pts: Double, path: String) -> DecodedPicture {
    let (captured, source, corrupt, key) = (captureMicroseconds, timeSource, isCorrupt, isKey)
    return DecodedPicture(
      picture: takePicture(), pts: pts, captureMicroseconds: captured, timeSource: source,
      isCorrupt: corrupt, isKey: key, path: path)
  }

  /// The picture alone: another module may not take a structure of this one apart.
  package consuming func takePicture() -> Picture { picture }
}

/// What reading gives.
package enum SourceEvent: ~Copyable, Sendable {
  case picture(DecodedPicture)
  /// A part of the source failed, and reading goes on behind it.
  case trouble(MediaError)
  case end
}

/// A source of pictures. All but `interrupt` are called from the one thread that owns the source.
package protocol FrameSource: AnyObject, Sendable {
  /// Connects and finds the video stream. May be called again after `close`: a new session.
  func open() throws(MediaError) -> StreamDescription
  /// The next picture; blocks until there is one, a deadline passes or `interrupt` is called.
  func read() throws(MediaError) -> SourceEvent
  func close()
  /// From any thread: whatever blocks returns `.interrupted` within 0.2 s.
  func interrupt()
}
