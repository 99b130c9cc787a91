import OcelliEngine
import OcelliLowering
import OcelliMedia
import OcelliPipeline
import OcelliPlumbing
import OcelliVision
import OcelliVocabulary

/// How the threads of inference share the pictures.
package enum Sharing: String, Sendable, CaseIterable {
  /// `frames` where every source waits for us, else `split`.
  case auto
  /// A picture a thread: throughput.
  case frames
  /// All threads on one picture: latency.
  case split
}

/// Who analyses: one analyzer with all threads, or several with a part of them each.
enum Lanes {
  /// What the activations of all lanes together may take. Units: bytes.
  private static let memory = 2 << 30

  /// Errors: a model that takes no pictures, settings that do not fit it.
  static func make(
    _ model: VisionModel, _ request: AnalyzeRequest, _ streams: [StreamSettings],
    _ dump: InputDump?
  ) throws(ToolError) -> [AnalyzerSet] {
    let threads = request.threads > 0 ? request.threads : availableCores()
    let arena = max(model.session.plan.memory.arenaBytes, 1)
    let most = min(threads, max(memory / arena, 1))
    let count = dump == nil && wantsFrames(request.sharing, streams) ? most : 1
    var lanes: [AnalyzerSet] = []
    for lane in 0..<count {
      let part = threads / count + (lane < threads % count ? 1 : 0)
      do throws(VisionError) {
        let analyzer = try model.makeAnalyzer(
          crew: Crew(threadCount: part), settings: request.findings)
        lanes.append(
          AnalyzerSet(["default": dump.map { DumpingAnalyzer(analyzer, $0) } ?? analyzer]))
      } catch { throw ToolError(.badData, "\(error)") }
    }
    return lanes
  }

  private static func wantsFrames(_ sharing: Sharing, _ streams: [StreamSettings]) -> Bool {
    switch sharing {
    case .split: return false
    case .frames: return true
    case .auto:
      // One picture alone is there sooner when all work on it.
      if streams.count == 1, SourceAddress.namesStill(streams[0].id.name) { return false }
      return streams.allSatisfy { !$0.isLive && $0.drop == .never && $0.maxLagSeconds == nil }
    }
  }
}
