import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliPlumbing
import OcelliVocabulary
import Testing

@Suite("The life of a pipeline")
struct LifecycleTests {
  @Test("stopped in flight finishes the frame, counts the rest and ends", arguments: [2, 15])
  func stop(signal: Int32) throws {
    let source = ScriptedSource([.success([.pictures(1_000_000)])])
    let rig = Rig([stream("a", source)], analyzer: .paced())
    let output = rig.output
    let result = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { $0.frames.count >= 20 })
      pipeline.stop(.signal(signal))
    }
    #expect(result.exitCode == 128 + signal)
    #expect(result.reason == "signal")
    #expect(output.lines.states.last?.state == .ended)
    #expect(output.lines.end?.exitCode == Int(128 + signal))
    #expect(result.streams[0].frames.lost.keys.allSatisfy { $0 == .shutdown })
    #expect(source.alive.now == 0)
  }

  @Test("does not wait for a source that blocks")
  func blocked() throws {
    let source = ScriptedSource([.success([.pictures(3), .gate(Signal())])], isLive: true)
    let rig = Rig([stream("a", source, isLive: true)], clock: SystemClock())
    let output = rig.output
    let began = SystemClock().nanoseconds
    let result = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { !$0.frames.isEmpty })
      pipeline.stop(.signal(15))
    }
    #expect(result.exitCode == 143)
    #expect(SystemClock().nanoseconds - began < 5_000_000_000)
  }

  @Test("leaves a source behind that is stuck in the system")
  func stuck() throws {
    let release = Signal()
    let source = StuckSource(release: release)
    var settings = StreamSettings(id: StreamID("a"), isLive: true) { source }
    settings.retry = .never
    let rig = Rig([settings], clock: SystemClock()) { $0.stopSeconds = 0.3 }
    let output = rig.output
    let began = SystemClock().nanoseconds
    let result = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { !$0.states.isEmpty })
      pipeline.stop(.signal(15))
    }
    #expect(result.reason == "signal")
    #expect(SystemClock().nanoseconds - began < 5_000_000_000)
    release.raise()
  }

  @Test("of a service stays when its streams have ended, and beats meanwhile")
  func service() throws {
    let clock = ManualClock()
    let rig = Rig(
      [stream("a", ScriptedSource([.success([.pictures(4)])]))], clock: clock, isService: true)
    let output = rig.output
    let result = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { $0.states.contains { $0.state == .ended } })
      let before = pipeline.heartbeat
      for _ in 0..<50 where pipeline.heartbeat < before + 3 {
        clock.advance(bySeconds: 1)
        Signal().wait(after: 0, until: Deadline(in: 0.01, of: SystemClock()))
      }
      #expect(pipeline.heartbeat >= before + 3)
      pipeline.stop(.signal(15))
    }
    #expect(result.exitCode == 0)
  }

  @Test("of a service is not ended by an output")
  func serviceOutput() throws {
    let rig = Rig(
      [stream("a", ScriptedSource([.success([.pictures(30)])]))],
      output: RecordingOutput(failsAt: 3), isService: true)
    let output = rig.output
    let result = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { $0.frames.count == 30 })
      pipeline.stop(.signal(15))
    }
    #expect(result.exitCode == 0)
    #expect(result.streams[0].frames.analysed == 30)
  }

  @Test("takes streams in, exchanges and lets go of them while it runs; sums and sessions go on")
  func reload() throws {
    let endless: [Step] = [.pictures(1_000_000)]
    let rig = Rig(
      [stream("kept", ScriptedSource([.success(endless)]))], analyzer: .paced(), isService: true)
    let output = rig.output
    let result = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { !$0.frames(of: "kept").isEmpty })
      pipeline.add(stream("new", ScriptedSource([.success(endless)])))
      #expect(output.await { !$0.frames(of: "new").isEmpty })
      pipeline.add(stream("new", ScriptedSource([.success([.pictures(5)])])))
      #expect(output.await { $0.frames.contains { $0.stamp.session == 2 } })
      pipeline.remove(StreamID("new"))
      #expect(output.await { $0.states.filter { $0.state == .ended }.count == 2 })
      let seen = output.lines.frames(of: "kept").count
      #expect(output.await { $0.frames(of: "kept").count > seen + 10 })
      pipeline.stop(.signal(15))
    }
    let kept = output.lines.frames(of: "kept")
    #expect(kept.map(\.stamp.frame) == Array(0..<kept.count), "it noticed nothing")
    #expect(kept.allSatisfy { $0.stamp.session == 1 })
    #expect(result.streams.map(\.stream.name) == ["kept", "new"])
  }

  @Test("takes a new model between two frames")
  func model() throws {
    let rig = Rig(
      [stream("a", ScriptedSource([.success([.pictures(1_000_000)])]))],
      analyzer: FakeAnalyzer(failsAt: Set(0..<256)))
    let output = rig.output
    _ = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { !$0.errors.isEmpty })
      #expect(throws: Never.self) { try pipeline.setAnalyzer("default") { FakeAnalyzer.paced() } }
      #expect(output.await { !$0.frames.isEmpty })
      pipeline.stop(.closed)
    }
  }

  @Test("with nothing to do ends at once")
  func empty() throws {
    let rig = Rig([])
    #expect(try rig.run().exitCode == 0)
    #expect(rig.output.lines.count == 2)
  }
}

/// A source that no interruption reaches.
final class StuckSource: FrameSource {
  private let release: Signal
  init(release: Signal) { self.release = release }

  func open() throws(MediaError) -> StreamDescription {
    release.wait(after: 0)
    throw .interrupted
  }

  func read() throws(MediaError) -> SourceEvent { .end }
  func close() {}
  func interrupt() {}
}
