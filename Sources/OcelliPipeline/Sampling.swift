package import OcelliEvents

/// Which pictures of a stream are wanted.
package enum Sampling: Sendable, Equatable {
  case all
  /// So many a second of the stream's own time.
  case fps(Double)
  /// Pictures 0, n, 2n… of a session.
  case every(Int)
  /// The first picture in each stretch of so many seconds.
  case seconds(Double)
  case keyPictures

  /// As the `stream` line tells it.
  package var sample: Sample? {
    switch self {
    case .all: nil
    case .fps(let fps): .fps(fps)
    case .every(let count): .every(count)
    case .seconds(let seconds): .seconds(seconds)
    case .keyPictures: .keyPictures
    }
  }
}

/// Applies a sampling to the pictures of one session, in their order.
package struct Sampler {
  private let sampling: Sampling
  private var lastSlot = -Double.infinity

  package init(_ sampling: Sampling) { self.sampling = sampling }

  /// Whether a picture is wanted. Units: `pts` in seconds.
  ///
  /// `fps` and `seconds` divide time into slots and take the first picture of each: that neither
  /// drifts nor beats against the stream's own rate, and gives all pictures where the rate is not
  /// reached.
  package mutating func wants(frame: Int, pts: Double, isKey: Bool) -> Bool {
    switch sampling {
    case .all: return true
    case .every(let count): return frame % max(count, 1) == 0
    case .keyPictures: return isKey
    case .fps(let fps): return isFirst(ofSlot: pts * fps)
    case .seconds(let seconds): return isFirst(ofSlot: pts / seconds)
    }
  }

  private mutating func isFirst(ofSlot place: Double) -> Bool {
    // A hair of tolerance: 0.6 s times 5 is 2.9999….
    let slot = (place + 1e-6).rounded(.down)
    guard slot > lastSlot else { return false }
    lastSlot = slot
    return true
  }
}
