package import OcelliVocabulary

/// What became of a stream.
package enum StreamState: String, Sendable, CaseIterable {
  case connecting, up, stalled, down, ended
}

/// Which pictures are analysed by choice.
package enum Sample: Sendable, Equatable {
  /// Pictures a second.
  case fps(Double)
  /// Every n-th picture.
  case every(Int)
  /// A picture in so many seconds.
  case seconds(Double)
  case keyPictures
}

/// A change of a stream's state.
package struct StreamLine: Sendable, Equatable {
  package var stream: StreamID
  package var session: Int
  package var state: StreamState
  package var codec: String?
  /// Units: pixels.
  package var width: Int?
  package var height: Int?
  package var fps: Double?
  package var sample: Sample?
  package var model: String?
  /// Without user name and password.
  package var url: String?
  /// Why, in words, where the state needs a reason.
  package var reason: String?

  package init(
    stream: StreamID, session: Int, state: StreamState, codec: String? = nil, width: Int? = nil,
    height: Int? = nil, fps: Double? = nil, sample: Sample? = nil, model: String? = nil,
    url: String? = nil, reason: String? = nil
  ) {
    self.stream = stream
    self.session = session
    self.state = state
    self.codec = codec
    self.width = width
    self.height = height
    self.fps = fps
    self.sample = sample
    self.model = model
    self.url = url
    self.reason = reason
  }
}
