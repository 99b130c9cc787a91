import OcelliEvents
import OcelliMedia
import OcelliPlumbing
import OcelliVocabulary

/// One connection of a stream, from `open` to `close`.
struct StreamSession {
  private let loop: StreamLoop
  private let number: Int
  private var sampler: Sampler
  private var frames = 0
  private var firstPTS: Double?
  private var firstArrival: Int64?
  /// The last picture; nil while there was none.
  private(set) var last: Sighting?
  /// The last picture of an earlier session.
  private let missing: Sighting?
  private(set) var wasOpen = false

  /// When a picture was there.
  struct Sighting: Sendable {
    let pts: Double
    let arrivalNanoseconds: Int64
  }

  init(_ loop: StreamLoop, missing: Sighting?) {
    self.loop = loop
    self.missing = missing
    number = loop.ledger.sessions + 1
    sampler = Sampler(loop.settings.sampling)
  }

  private var settings: StreamSettings { loop.settings }

  /// Pictures came for long enough to call the stream sound.
  var isProven: Bool {
    guard let firstArrival, let last else { return false }
    return Double(last.arrivalNanoseconds - firstArrival) / 1e9 >= Reconnect.proofSeconds
  }

  /// Reads until the source ends, fails or is told to stop.
  mutating func run(_ source: any FrameSource) -> StreamOutcome {
    if settings.isLive { tell(.connecting) }
    do {
      defer { source.close() }
      let description = try source.open()
      wasOpen = true
      loop.ledger.beginSession()
      loop.note(description)
      tellUp(description)
      tellAbsence()
      return try read(source)
    } catch {
      if loop.interruption.isSet { return .stopped }
      return .failed(error)
    }
  }

  private mutating func read(_ source: any FrameSource) throws(MediaError) -> StreamOutcome {
    while !loop.interruption.isSet {
      switch try source.read() {
      case .end:
        guard settings.isLive else { return .eof }
        throw .disconnected("the stream ended")
      case .trouble(let error): tellTrouble(error)
      case .picture(let picture):
        guard take(picture) else { return .duration }
      }
    }
    return .stopped
  }

  /// Counts a picture and passes it on; false where it lies past the duration.
  private mutating func take(_ decoded: consuming DecodedPicture) -> Bool {
    let arrival = loop.clock.nanoseconds
    loop.ledger.receive()
    let stamp = FrameStamp(
      stream: settings.id, session: number, frame: frames, pts: decoded.pts,
      timeMicroseconds: decoded.captureMicroseconds ?? loop.clock.wallMicroseconds,
      timeSource: decoded.timeSource, arrivalNanoseconds: arrival)
    frames += 1
    firstPTS = firstPTS ?? stamp.pts
    firstArrival = firstArrival ?? arrival
    last = Sighting(pts: stamp.pts, arrivalNanoseconds: arrival)
    if let duration = settings.durationSeconds, !settings.isLive,
      stamp.pts - firstPTS! >= duration
    {
      loop.ledger.lose(.sampling)
      return false
    }
    if decoded.isCorrupt && !settings.analysesCorrupt {
      loop.lose(.corrupt, session: number, pts: stamp.pts)
    } else if !sampler.wants(frame: stamp.frame, pts: stamp.pts, isKey: decoded.isKey) {
      loop.lose(.sampling, session: number, pts: stamp.pts)
    } else {
      let path = decoded.path
      loop.push(.frame(Frame(stamp: stamp, path: path, picture: decoded.takePicture())))
    }
    return true
  }

  // MARK: Lines

  /// A part of the source that failed; the stream goes on.
  private func tellTrouble(_ error: MediaError) {
    loop.push(
      .error(ErrorLine(stream: settings.id, code: error.code, message: error.message)))
  }

  /// The `error` line and, for a live stream, the state that follows.
  func tellFailure(_ error: MediaError, retryInSeconds: Double?) {
    loop.push(
      .error(
        ErrorLine(
          stream: settings.id, code: error.code, message: error.message,
          retryInSeconds: retryInSeconds)))
    guard settings.isLive else { return }
    if wasOpen, case .timedOut = error { tell(.stalled, reason: error.message) }
    tell(.down, reason: error.message)
  }

  /// The time since the last picture of an earlier session, which nobody saw.
  private func tellAbsence() {
    guard let missing else { return }
    let seconds = Double(loop.clock.nanoseconds - missing.arrivalNanoseconds) / 1e9
    loop.push(
      .absence(
        Gap(
          stream: settings.id, cause: .network, frames: nil, fromPTS: missing.pts,
          toPTS: missing.pts + seconds)))
  }

  private func tell(_ state: StreamState, reason: String? = nil) {
    loop.push(
      .state(
        StreamLine(
          stream: settings.id, session: number, state: state, url: settings.redactedURL,
          reason: reason)))
  }

  private func tellUp(_ description: StreamDescription) {
    loop.push(
      .state(
        StreamLine(
          stream: settings.id, session: number, state: .up, codec: description.codec,
          width: description.width > 0 ? description.width : nil,
          height: description.height > 0 ? description.height : nil, fps: description.fps,
          sample: settings.sampling.sample, model: settings.model, url: settings.redactedURL)))
  }
}
