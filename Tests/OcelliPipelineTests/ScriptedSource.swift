import OcelliMedia
import OcelliPicture
import OcelliPlumbing
import OcelliVocabulary
import Synchronization

/// What a scripted source does next.
enum Step: Sendable {
  /// So many pictures, one after the other.
  case pictures(Int)
  case corrupt
  /// Blocks until the step is released or the source interrupted.
  case gate(Signal)
  case fail(MediaError)
  case end
}

/// A source that plays a script: one list of steps a session.
final class ScriptedSource: FrameSource {
  private struct State {
    var session = -1
    var pending: [Step] = []
    var frame = 0
    var opens = 0
    var closes = 0
  }

  private let sessions: [Result<[Step], MediaError>]
  private let isLive: Bool
  private let fps: Double
  private let clock: ManualClock?
  private let state = Mutex(State())
  private let interruption = Interruption()
  /// Pictures that are out and have not come back.
  let alive = LiveCount()

  /// Sessions past the last one repeat it. Units: `fps` gives the pictures' pts, and moves `clock`.
  init(
    _ sessions: [Result<[Step], MediaError>], isLive: Bool = false, fps: Double = 10,
    clock: ManualClock? = nil
  ) {
    self.sessions = sessions
    self.isLive = isLive
    self.fps = fps
    self.clock = clock
  }

  var opens: Int { state.withLock { $0.opens } }
  var closes: Int { state.withLock { $0.closes } }

  func open() throws(MediaError) -> StreamDescription {
    let steps = state.withLock { state in
      state.session += 1
      state.opens += 1
      state.frame = 0
      return sessions[min(state.session, sessions.count - 1)]
    }
    if interruption.isSet { throw .interrupted }
    let script = try steps.get()
    state.withLock { $0.pending = script }
    return StreamDescription(
      codec: "script", width: 8, height: 4, fps: fps, durationSeconds: nil, frameCount: nil,
      isLive: isLive)
  }

  func read() throws(MediaError) -> SourceEvent {
    while true {
      if interruption.isSet { throw .interrupted }
      switch nextStep() {
      case .pictures: return picture(isCorrupt: false)
      case .corrupt: return picture(isCorrupt: true)
      case .gate(let gate): pass(gate)
      case .fail(let error): throw error
      case .end, nil: return .end
      }
    }
  }

  func close() { state.withLock { $0.closes += 1 } }

  func interrupt() { interruption.set() }

  private func nextStep() -> Step? {
    state.withLock { state in
      guard let step = state.pending.first else { return nil }
      if case .pictures(let count) = step, count > 1 {
        state.pending[0] = .pictures(count - 1)
      } else {
        state.pending.removeFirst()
      }
      return step
    }
  }

  /// Looks in turns: a gate and an interruption are two signals.
  private func pass(_ gate: Signal) {
    while gate.count == 0, !interruption.isSet {
      gate.wait(after: 0, until: Deadline(in: 0.002, of: SystemClock()))
    }
  }

  private func picture(isCorrupt: Bool) -> SourceEvent {
    let frame = state.withLock { state in
      state.frame += 1
      return state.frame - 1
    }
    clock?.advance(bySeconds: 1 / fps)
    return .picture(
      DecodedPicture(
        picture: Picture(PaintedPicture(frame: frame, alive: alive)), pts: Double(frame) / fps,
        captureMicroseconds: nil, timeSource: .arrival, isCorrupt: isCorrupt,
        isKey: frame % 5 == 0))
  }
}

/// How many pictures are out.
final class LiveCount: Sendable {
  private let count = Atomic<Int>(0)
  private let most = Atomic<Int>(0)

  var now: Int { count.load(ordering: .relaxed) }
  var peak: Int { most.load(ordering: .relaxed) }

  func enter() {
    let value = count.add(1, ordering: .relaxed).newValue
    most.max(value, ordering: .relaxed)
  }

  func leave() { count.subtract(1, ordering: .relaxed) }
}

/// A grey picture of 8 × 4 whose brightness is its number.
@safe final class PaintedPicture: PictureStorage {
  let width = 8
  let height = 4
  private let samples: [UInt8]
  private let alive: LiveCount

  init(frame: Int, alive: LiveCount) {
    samples = [UInt8](repeating: UInt8(truncatingIfNeeded: frame), count: 8 * 4 * 3)
    self.alive = alive
    alive.enter()
  }

  deinit { alive.leave() }

  func withView<R, E: Error>(_ body: (borrowing PictureView) throws(E) -> R) throws(E) -> R {
    let result = unsafe samples.withUnsafeBufferPointer { buffer -> Result<R, E> in
      let view = unsafe PictureView(
        width: width, height: height, format: .rgb24, matrix: .bt601, range: .full,
        planes: (buffer.baseAddress!, nil, nil), pitches: (width * 3, 0, 0))
      do throws(E) {
        return .success(try body(view))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
