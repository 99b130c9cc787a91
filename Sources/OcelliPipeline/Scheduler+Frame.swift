import OcelliEvents
import OcelliPicture
import OcelliPlumbing
import OcelliVision
import OcelliVocabulary
import Synchronization

extension Scheduler {
  /// Analyses a frame whose turn has come, or counts why not.
  mutating func analyse(_ frame: consuming Frame, of loop: StreamLoop) {
    let stamp = frame.stamp
    let settings = loop.settings
    if let cause = refusal(of: stamp, loop) {
      loop.count(.frame(frame), as: cause)
      return
    }
    let (width, height) = (frame.picture.width, frame.picture.height)
    var picture: Picture? = frame.takePicture()
    var inferenceBegan = clock.nanoseconds
    let findings: Findings
    do {
      findings = try analyzers.analyse(
        &picture, with: settings.model, keepsPicture: options.onFrame != nil
      ) { inferenceBegan = clock.nanoseconds }
    } catch {
      fail(stamp, of: loop, error.description)
      return
    }
    failures[settings.id] = nil
    let now = clock.nanoseconds
    let filter = FindingsFilter(classes: settings.classes, confidence: settings.confidence)
    let line = FrameLine(
      stamp: stamp, width: width, height: height,
      ageMilliseconds: Double(now - stamp.arrivalNanoseconds) / 1e6,
      inferMilliseconds: Double(now - inferenceBegan) / 1e6, findings: filter.apply(findings))
    loop.ledger.analyse(ageNanoseconds: now - stamp.arrivalNanoseconds)
    publish(.frame(line), timeMicroseconds: stamp.timeMicroseconds)
    if let onFrame = options.onFrame, let picture { onFrame(picture, line) }
    tellProgress(of: loop, pts: stamp.pts)
  }

  /// Why a frame whose turn has come is not analysed.
  private func refusal(of stamp: FrameStamp, _ loop: StreamLoop) -> LossCause? {
    if loop.isDiscarding { return .shutdown }
    guard let limit = loop.settings.maxLagSeconds else { return nil }
    let age = Double(clock.nanoseconds - stamp.arrivalNanoseconds) / 1e9
    return age > limit ? .lag : nil
  }

  /// One picture is lost, the stream goes on. What fails the same way again is told once.
  private mutating func fail(_ stamp: FrameStamp, of loop: StreamLoop, _ message: String) {
    loop.ledger.lose(.failed)
    loop.gaps.withLock { $0.add(.failed, session: stamp.session, pts: stamp.pts) }
    guard failures[stamp.stream] != message else { return }
    failures[stamp.stream] = message
    publish(.error(ErrorLine(stream: stamp.stream, code: "inference_failed", message: message)))
  }

  private mutating func tellProgress(of loop: StreamLoop, pts: Double) {
    guard let onProgress = options.onProgress, clock.nanoseconds >= progressAt else { return }
    progressAt = clock.nanoseconds + 100_000_000
    onProgress(
      PipelineProgress(
        stream: loop.settings.id, description: loop.description, pts: pts,
        frames: loop.ledger.snapshot().frames,
        elapsedSeconds: Double(clock.nanoseconds - startedAt) / 1e9))
  }
}
