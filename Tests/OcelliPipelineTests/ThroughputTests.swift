import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import OcelliVision
import OcelliVocabulary
import Synchronization
import Testing

@Suite("A picture a thread")
struct ThroughputTests {
  /// Lanes whose inferences take turns to be slow, so that pictures overtake each other.
  static func lanes(_ count: Int, failsAt: Set<Int> = []) -> [AnalyzerSet] {
    (0..<count).map { lane in
      let turn = Atomic<Int>(lane)
      let analyzer = FakeAnalyzer(failsAt: failsAt) {
        let nap = turn.add(3, ordering: .relaxed).newValue % 4
        Signal().wait(after: 0, until: Deadline(in: Double(nap) * 0.0004, of: SystemClock()))
      }
      return AnalyzerSet(["default": analyzer])
    }
  }

  /// Files of every fate. `change` as for one stream.
  static func files() -> [StreamSettings] {
    let steps: [Step] = [.pictures(13), .corrupt, .corrupt, .pictures(20), .corrupt]
    var streams = [
      stream("whole", ScriptedSource([.success(steps)])),
      stream("sampled", ScriptedSource([.success(steps)])) {
        $0.sampling = .fps(4)
        $0.classes = ["odd"]
      },
      stream("missing", ScriptedSource([.failure(.notFound("no such file"))])),
      stream("cut", ScriptedSource([.success([.pictures(9), .fail(.invalidData("cut"))])])),
      stream("short", ScriptedSource([.success([.pictures(100)])])) { $0.durationSeconds = 1 },
    ]
    for index in 0..<30 {
      streams.append(stream("still \(index)", ScriptedSource([.success([.pictures(1)])])))
    }
    return streams
  }

  @Test("gives the same bytes as one thread, whatever overtakes what", arguments: [2, 3, 8])
  func sameBytes(count: Int) throws {
    func bytes(_ lanes: [AnalyzerSet]) throws -> [UInt8] {
      let rig = Rig(Self.files(), lanes: lanes)
      #expect(try rig.run().exitCode == 2)
      return rig.output.bytes
    }
    let one = try bytes(Self.lanes(1, failsAt: [3, 4, 22, 30]))
    for _ in 0..<5 {
      #expect(try bytes(Self.lanes(count, failsAt: [3, 4, 22, 30])) == one)
    }
  }

  @Test("analyses pictures at the same time, those of different files too")
  func parallel() throws {
    let inside = Monitor(0)
    let met = Atomic<Int>(0)
    let lanes = (0..<2).map { _ in
      AnalyzerSet([
        "default": FakeAnalyzer {
          inside.update { $0 += 1 }
          // Two are here together, or one waits in vain.
          let both = inside.wait(until: Deadline(in: 5, of: SystemClock())) { $0 >= 2 ? true : nil }
          if both == true { met.add(1, ordering: .relaxed) }
        }
      ])
    }
    let streams = (0..<2).map { stream("\($0)", ScriptedSource([.success([.pictures(1)])])) }
    #expect(try Rig(streams, lanes: lanes).run().exitCode == 0)
    #expect(met.load(ordering: .relaxed) == 2)
  }

  @Test("holds no more pictures than its window and the rings")
  func bounded() throws {
    let sources = (0..<3).map { _ in ScriptedSource([.success([.pictures(100)])]) }
    let streams = sources.enumerated().map { stream("\($0)", $1) { $0.ringCapacity = 3 } }
    _ = try Rig(streams, lanes: Self.lanes(2)).run()
    for source in sources {
      #expect(source.alive.peak <= 2 * 2 + 3 + 2)
      #expect(source.alive.now == 0)
    }
  }

  @Test("that is stopped finishes what was begun and accounts for the rest")
  func stopped() throws {
    let source = ScriptedSource([.success([.pictures(100_000)])])
    let rig = Rig([stream("a", source)], lanes: Self.lanes(3))
    let result = try rig.run { [rig] in
      _ = rig.output.await { $0.frames.count >= 20 }
      rig.pipeline.stop(.signal(2))
    }
    #expect(result.exitCode == 130)
    #expect(source.alive.now == 0)
    let frames = rig.output.lines.frames.map(\.stamp.frame)
    #expect(frames == Array(0..<frames.count))
  }

  @Test("whose output fails ends soon")
  func failedOutput() throws {
    let error = SinkError.cannotWrite(output: "f", reason: "no space")
    let rig = Rig(
      [stream("a", ScriptedSource([.success([.pictures(100_000)])]))],
      output: RecordingOutput(failsAt: 5, error: error), lanes: Self.lanes(2))
    #expect(try rig.run().exitCode == 74)
    #expect(rig.output.lines.count < 30)
  }

  @Test("tells of each file how it would have ended alone, once and after its lines")
  func conclusions() throws {
    for count in [1, 3] {
      let rig = Rig(Self.files(), lanes: Self.lanes(count))
      _ = try rig.run()
      let ends = rig.output.conclusions
      #expect(ends.map(\.stream.name) == Self.files().map(\.id.name))
      #expect(ends.prefix(5).map(\.end?.exitCode) == [0, 0, 66, 2, 0])
      #expect(ends.prefix(5).map(\.end?.reason) == ["eof", "eof", "failed", "failed", "duration"])
      #expect(ends.allSatisfy { $0.end?.frames.isExact == true })
      #expect(ends[0].end?.frames.analysed == 33)
      #expect(ends.allSatisfy { $0.isAfterItsLines })
    }
  }

  /// Counts, and looks at nothing.
  final class Counter: LineOutput {
    let frames = Atomic<Int>(0)
    let ends = Atomic<Int>(0)

    func publish(_ line: Line, timeMicroseconds: Int64) {
      if case .frame = line { frames.add(1, ordering: .relaxed) }
    }

    func conclude(_ stream: StreamID, _ end: EndLine?, timeMicroseconds: Int64) {
      if end?.exitCode == 0 { ends.add(1, ordering: .relaxed) }
    }
  }

  @Test("keeps up with thousands of files")
  func many() throws {
    let streams = (0..<5_000).map { stream("\($0)", ScriptedSource([.success([.pictures(1)])])) }
    let counter = Counter()
    var options = PipelineOptions(
      run: ULID(timeMicroseconds: 0), version: "0", models: [], isService: false, seed: 1)
    options.filesAhead = 2
    let pipeline = Pipeline(
      streams: streams, lanes: (0..<2).map { _ in AnalyzerSet(["default": FakeAnalyzer()]) },
      publisher: counter, options: options)
    #expect(pipeline.run().exitCode == 0)
    #expect(counter.frames.load(ordering: .relaxed) == 5_000)
    #expect(counter.ends.load(ordering: .relaxed) == 5_000)
  }
}
