import OcelliEvents
import OcelliPicture
import OcelliPlumbing
import OcelliVision
import OcelliVocabulary
import Synchronization

extension Scheduler {
  /// Has a frame analysed whose turn has come, or counts why not.
  mutating func begin(_ frame: consuming Frame, of loop: StreamLoop) {
    let pts = frame.stamp.pts
    if pool == nil { publishGaps(of: loop, pts: pts) }
    if let cause = refusal(of: frame.stamp, loop) {
      loop.count(.frame(frame), as: cause)
      return
    }
    let job = AnalysisJob(
      frame, model: loop.settings.model, keepsPicture: options.onFrame != nil)
    if let pool {
      pending.append(.frame(job, loop))
      pool.submit(job)
    } else {
      job.run(with: analyzers, clock: clock)
      tell(job, of: loop)
    }
  }

  /// The line of a frame, or what became of it.
  mutating func tell(_ job: AnalysisJob, of loop: StreamLoop) {
    let stamp = job.stamp
    let settings = loop.settings
    guard let outcome = job.outcome else {
      loop.ledger.lose(.shutdown)
      loop.gaps.withLock { $0.add(.shutdown, session: stamp.session, pts: stamp.pts) }
      return
    }
    let findings: Findings
    switch outcome.findings {
    case .success(let found): findings = found
    case .failure(let error):
      fail(stamp, of: loop, error.description)
      return
    }
    failures[settings.id] = nil
    let now = clock.nanoseconds
    let filter = FindingsFilter(classes: settings.classes, confidence: settings.confidence)
    let line = FrameLine(
      stamp: stamp, width: job.width, height: job.height, path: job.path,
      ageMilliseconds: Double(now - stamp.arrivalNanoseconds) / 1e6,
      inferMilliseconds: Double(outcome.inferNanoseconds) / 1e6,
      findings: filter.apply(findings))
    loop.ledger.analyse(ageNanoseconds: now - stamp.arrivalNanoseconds)
    counts.analysed += 1
    publish(.frame(line), timeMicroseconds: stamp.timeMicroseconds)
    if let onFrame = options.onFrame, let picture = job.takePicture() { onFrame(picture, line) }
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

  mutating func tellProgress(of loop: StreamLoop, pts: Double) {
    guard let onProgress = options.onProgress, clock.nanoseconds >= progressAt else { return }
    progressAt = clock.nanoseconds + 100_000_000
    onProgress(
      PipelineProgress(
        stream: loop.settings.id, description: loop.description, pts: pts,
        frames: loop.ledger.snapshot().frames,
        elapsedSeconds: Double(clock.nanoseconds - startedAt) / 1e9,
        streams: roster.count, ended: counts.ended, failed: counts.failed,
        analysed: counts.analysed))
  }
}
