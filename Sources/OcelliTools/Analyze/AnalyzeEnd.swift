import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliSinks
import OcelliVocabulary

/// How an analysis ended: words for a person, a status for a script.
struct AnalyzeEnd {
  let work: Work
  let result: PipelineResult
  /// What kept the first input from being written.
  let dump: ToolError?
  /// What kept an output of a folder from being written.
  let output: ToolError?

  /// More sources are summed up instead of being told one by one.
  private static let mostTold = 8

  /// What became of the pictures and of the sources.
  func tell(seconds: Double) {
    if let shard = work.emptyShard {
      Terminal.say("shard \(shard.index)/\(shard.count) has no source: there are fewer of them")
    }
    let received = result.streams.filter { $0.frames.received > 0 }
    if work.streams.isEmpty {
      // Nothing was to be done: the sources are all that there is to say.
    } else if work.count <= Self.mostTold {
      for stream in received { tell(stream.stream.name, stream.frames) }
    } else {
      tell("all", received.reduce(FrameTotals()) { $0 + $1.frames })
    }
    if work.count > 1 { Terminal.say(sources) }
    let analysed = result.streams.reduce(0) { $0 + $1.frames.analysed }
    Terminal.say(
      "\(Decimal.text(seconds, places: 1)) s, "
        + "\(Decimal.text(Double(analysed) / max(seconds, 1e-9), places: 1)) frames/s")
  }

  private func tell(_ name: String, _ frames: FrameTotals) {
    let lost = LossCause.allCases.compactMap { cause in
      frames.lost[cause].flatMap { $0 > 0 ? "\($0) \(cause.rawValue)" : nil }
    }
    let rest = lost.isEmpty ? "" : "; not analysed: " + lost.joined(separator: ", ")
    Terminal.say(
      "\(Progress.printable(name)): \(frames.analysed) of \(frames.received) frames analysed\(rest)"
    )
  }

  /// `340 sources: 300 done, 35 done before (1 made anew), 5 failed`
  private var sources: String {
    let failed = failures.count
    let whole = work.before.count { $0.status == .done }
    let ended = result.isWhole ? work.streams.count - (failed - (work.before.count - whole)) : nil
    var parts: [String] = []
    if let ended { parts.append("\(ended) done") }
    if whole > 0 { parts.append("\(whole) done before") }
    if work.outdated > 0 { parts.append("\(work.outdated) outdated outputs made anew") }
    if failed > 0 { parts.append("\(failed) failed") }
    if !result.isWhole { parts.append("cut short") }
    return "\(work.count) sources: " + parts.joined(separator: ", ")
  }

  /// Every source with trouble, and its words.
  private var failures: [String] {
    var all = work.before.filter { $0.status != .done }.map {
      "\($0.stream.name): was cut short in an earlier run; its lines say where"
    }
    all += result.failures.map(\.error.message)
    let failed = Set(result.failures.map(\.stream))
    for stream in result.streams where !failed.contains(stream.stream) {
      let count = stream.frames.lost[.failed, default: 0]
      if count > 0 { all.append("\(stream.stream.name): \(count) frames could not be analysed") }
    }
    return all
  }

  /// The command's status. Errors: all but success.
  func judge() throws(ToolError) {
    let failures = failures
    if let output {
      for failure in failures { Terminal.complain(failure) }
      throw output
    }
    let words = result.sinkError?.description ?? failures.last ?? ""
    for failure in result.sinkError == nil ? failures.dropLast() : failures[...] {
      Terminal.complain(failure)
    }
    if let dump { throw dump }
    var status = ExitStatus(rawValue: result.exitCode) ?? .internalFault
    // One source's own status is that of a run of one source.
    let isOwn = ![.done, .output, .interrupted, .terminated].contains(status)
    if work.count > 1, isOwn { status = .partial }
    if status == .done, !failures.isEmpty { status = .partial }
    guard status != .done else { return }
    throw ToolError(status, words)
  }
}

extension PipelineResult {
  /// Every source had its turn.
  fileprivate var isWhole: Bool { reason == "eof" || reason == "duration" || isFailedAlone }

  private var isFailedAlone: Bool { reason == "failed" && sinkError == nil }
}
