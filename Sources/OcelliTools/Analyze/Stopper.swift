import Glibc
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import Synchronization

/// What a signal does to an analysis: the first ends it in order, the second at once.
final class Stopper: Sendable {
  private struct State {
    var signal: Int32?
    var pipeline: Pipeline?
    var publisher: Publisher?
  }

  private let state = Mutex(State())
  /// Set by the first signal.
  let interruption = Interruption()

  /// Called for each signal.
  func stop(_ signal: Int32) {
    let isFirst = state.withLock { state in
      guard state.signal == nil else { return false }
      state.signal = signal
      // A reader that has stopped reading must not hold the end back.
      state.publisher?.hurry()
      state.pipeline?.stop(.signal(signal))
      return true
    }
    guard isFirst else { _exit(128 + signal) }
    interruption.set()
  }

  func attach(_ publisher: Publisher) {
    state.withLock { state in
      state.publisher = publisher
      if state.signal != nil { publisher.hurry() }
    }
  }

  func attach(_ pipeline: Pipeline) {
    state.withLock { state in
      state.pipeline = pipeline
      if let signal = state.signal { pipeline.stop(.signal(signal)) }
    }
  }
}
