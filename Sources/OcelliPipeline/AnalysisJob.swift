import OcelliPicture
import OcelliPlumbing
import OcelliVision
import OcelliVocabulary
import Synchronization

/// One picture on its way through the analysis, on whichever thread.
final class AnalysisJob: Sendable {
  /// What came of it.
  struct Outcome: Sendable {
    let findings: Result<Findings, VisionError>
    let inferNanoseconds: Int64
  }

  private struct State: ~Copyable, Sendable {
    var picture: Picture?
    var outcome: Outcome?
    var isAbandoned = false
  }

  let stamp: FrameStamp
  /// Units: pixels.
  let width: Int
  let height: Int
  /// Of the picture's file, where a source is made of many.
  let path: String?
  private let model: String
  private let keepsPicture: Bool
  private let state: Mutex<State>

  /// - `model`: the analyzer's key.
  /// - `keepsPicture`: the picture stays here instead of going back before inference.
  init(_ frame: consuming Frame, model: String, keepsPicture: Bool) {
    stamp = frame.stamp
    width = frame.picture.width
    height = frame.picture.height
    path = frame.path
    self.model = model
    self.keepsPicture = keepsPicture
    state = Mutex(State(picture: frame.takePicture()))
  }

  /// Loads the picture, infers and keeps the outcome.
  func run(with analyzers: AnalyzerSet, clock: any StreamClock) {
    var picture = state.withLock { $0.picture.take() }
    var began = clock.nanoseconds
    let findings: Result<Findings, VisionError>
    do throws(VisionError) {
      findings = .success(
        try analyzers.analyse(&picture, with: model, keepsPicture: keepsPicture) {
          began = clock.nanoseconds
        })
    } catch {
      findings = .failure(error)
    }
    let outcome = Outcome(findings: findings, inferNanoseconds: clock.nanoseconds - began)
    state.withLock { state in
      state.picture = picture.take()
      state.outcome = outcome
    }
  }

  /// It is not begun any more: nobody will run it.
  func abandon() {
    state.withLock { state in
      state.picture = nil
      state.isAbandoned = true
    }
  }

  /// nil until it has run.
  var outcome: Outcome? { state.withLock { $0.outcome } }

  /// Whether it has run or never will.
  var isOver: Bool { state.withLock { $0.outcome != nil || $0.isAbandoned } }

  /// The picture that was kept.
  func takePicture() -> Picture? { state.withLock { $0.picture.take() } }
}
