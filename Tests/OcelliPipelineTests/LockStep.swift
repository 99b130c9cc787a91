import OcelliMedia
import OcelliPicture
import OcelliPlumbing
import OcelliVocabulary

/// A camera that delivers only while somebody lets time pass: no race decides what a test sees.
final class LockStep: FrameSource {
  private struct State {
    /// Pictures that have happened, and those that were read.
    var due = 1
    var read = 0
    var isInterrupted = false
    var isClosed = false
  }

  private let clock: ManualClock
  private let fps: Double
  private let pictures: Int
  private let start: Int64
  private let monitor = Monitor(State())
  private let alive = LiveCount()

  init(clock: ManualClock, fps: Double, pictures: Int) {
    self.clock = clock
    self.fps = fps
    self.pictures = pictures
    start = clock.nanoseconds
  }

  /// Lets time pass picture by picture; returns when each that fell due has been read.
  func produce(seconds: Double) {
    let end = clock.nanoseconds + Int64(seconds * 1e9)
    while clock.nanoseconds < end {
      let next = start + Int64(Double(monitor.withLock { $0.due }) / fps * 1e9)
      let step = min(max(next, clock.nanoseconds), end) - clock.nanoseconds
      clock.advance(bySeconds: Double(step) / 1e9)
      guard clock.nanoseconds >= next else { return }
      monitor.update { $0.due += 1 }
      // The reader waits for the next one: so it has handed this one over.
      _ = monitor.wait(until: Deadline(in: 10, of: SystemClock())) {
        $0.isClosed || $0.read > min($0.due, pictures) ? true : nil
      }
    }
  }

  func open() throws(MediaError) -> StreamDescription {
    StreamDescription(
      codec: "script", width: 8, height: 4, fps: fps, durationSeconds: nil, frameCount: nil,
      isLive: true)
  }

  func read() throws(MediaError) -> SourceEvent {
    // `read` counts the calls, so that one more than pictures given means: waiting.
    let frame = monitor.update { state in
      state.read += 1
      return state.read - 1
    }
    guard frame < pictures else { throw .disconnected("the camera's script is over") }
    let isInterrupted = monitor.wait { state -> Bool? in
      state.isInterrupted ? true : state.due > frame ? false : nil
    }
    if isInterrupted! { throw .interrupted }
    return .picture(
      DecodedPicture(
        picture: Picture(PaintedPicture(frame: frame, alive: alive)), pts: Double(frame) / fps,
        captureMicroseconds: nil, timeSource: .arrival, isCorrupt: false, isKey: true))
  }

  func close() { monitor.update { $0.isClosed = true } }

  func interrupt() { monitor.update { $0.isInterrupted = true } }
}
