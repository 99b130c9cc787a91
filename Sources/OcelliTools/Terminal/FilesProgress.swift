import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliVocabulary

/// How far a run over many sources has come.
package struct FilesProgress: Sendable, Equatable {
  /// Sources that are over, in this run or an earlier one.
  package var done: Int
  package var failed: Int
  package var total: Int
  /// Of `done`, those of an earlier run: they took no time of this one.
  package var before: Int
  /// Pictures analysed.
  package var frames: Int
  /// Of the source that is read now, 0…1.
  package var share: Double
  package var name: String
  /// Units: seconds.
  package var elapsed: Double

  package init(
    done: Int, failed: Int, total: Int, before: Int, frames: Int, share: Double, name: String,
    elapsed: Double
  ) {
    self.done = done
    self.failed = failed
    self.total = total
    self.before = before
    self.frames = frames
    self.share = share
    self.name = name
    self.elapsed = elapsed
  }

  /// Units: seconds, if the sources that are left take as long as those that are done; nil before
  /// there is something to go by.
  package var remaining: Double? {
    let passed = Double(done - before) + min(max(share, 0), 1)
    guard passed > 0, elapsed > 0, done <= total else { return nil }
    return max(0, Double(total - before) - passed) * elapsed / passed
  }

  /// One line of at most `columns` characters: the name is what gives way.
  package func line(columns: Int) -> String {
    var facts = "\(done)/\(total) files"
    if failed > 0 { facts += "  \(failed) failed" }
    let rate = elapsed > 0 ? Double(frames) / elapsed : 0
    facts += "  \(frames) frames  \(Progress.decimal(rate)) fps"
    if let remaining { facts += "  ETA \(Progress.clock(remaining))" }
    let room = columns - facts.count - 3
    guard room >= 8 else { return String(facts.prefix(max(columns - 1, 0))) }
    let shown = name.count <= room ? name : "…" + name.suffix(room - 1)
    return facts + "  " + Progress.printable(String(shown))
  }
}

extension FilesProgress {
  init(_ progress: PipelineProgress, before: Int) {
    let total = progress.description?.frameCount ?? 0
    let received = progress.frames.received
    self.init(
      done: progress.ended + before, failed: progress.failed, total: progress.streams + before,
      before: before, frames: progress.analysed,
      share: total > 0 ? Double(received) / Double(total) : 0, name: progress.stream.name,
      elapsed: progress.elapsedSeconds)
  }
}

extension Progress {
  /// Units: `start` and `duration`, what is analysed of the source, in seconds.
  init(_ progress: PipelineProgress, start: Double?, duration: Double?) {
    let source = progress.description
    var total = source?.frameCount
    if let fps = source?.fps {
      if let start { total = total.map { max(0, $0 - Int(start * fps)) } }
      if let duration { total = min(total ?? .max, Int(duration * fps)) }
    }
    self.init(
      name: progress.stream.name, frames: progress.frames.received, total: total,
      elapsed: progress.elapsedSeconds)
  }
}
