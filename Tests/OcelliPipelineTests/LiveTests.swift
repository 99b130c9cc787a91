import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliPlumbing
import OcelliVocabulary
import Testing

@Suite("Live streams")
struct LiveTests {
  /// A live stream that waits for its reader, so that no note of a source that never sleeps is lost.
  private func patient(
    _ name: String, _ source: ScriptedSource, _ change: (inout StreamSettings) -> Void = { _ in }
  ) -> StreamSettings {
    stream(name, source, isLive: true) {
      $0.drop = .never
      $0.maxLagSeconds = nil
      change(&$0)
    }
  }

  @Test("that outrun the analysis keep a flat age, and every hole is explained")
  func overload() throws {
    // A camera of 10 pictures a second, an inference of 0.35 s, lock-stepped by the analyzer: the
    // camera's pictures arrive while the analyzer works.
    let clock = ManualClock()
    let source = LockStep(clock: clock, fps: 10, pictures: 400)
    let analyzer = FakeAnalyzer { source.produce(seconds: 0.35) }
    var settings = StreamSettings(id: StreamID("gate"), isLive: true) { source }
    settings.retry = .never
    settings.maxLagSeconds = nil
    let rig = Rig([settings], analyzer: analyzer, clock: clock)
    let result = try rig.run()
    let ages = rig.output.lines.frames.compactMap(\.ageMilliseconds)
    #expect(ages.count > 80)
    // Never more than the ring's two pictures and the inference itself.
    #expect(ages.allSatisfy { $0 <= 700 })
    let early: Double = ages[5..<25].reduce(0, +) / 20
    let late: Double = ages.suffix(20).reduce(0, +) / 20
    #expect(late <= early + 50)
    #expect(result.streams[0].frames.lost[.overload]! > 200)
    #expect(explainsHoles(rig.output.lines))
  }

  @Test("whose pictures grew too old are not analysed, and counted as lag")
  func lag() throws {
    let clock = ManualClock()
    let source = LockStep(clock: clock, fps: 10, pictures: 60)
    let analyzer = FakeAnalyzer { source.produce(seconds: 1.5) }
    var settings = StreamSettings(id: StreamID("gate"), isLive: true) { source }
    settings.retry = .never
    settings.ringCapacity = 8
    settings.maxLagSeconds = 0.5
    let rig = Rig([settings], analyzer: analyzer, clock: clock)
    let result = try rig.run()
    #expect(result.streams[0].frames.lost[.lag, default: 0] > 0)
    #expect(rig.output.lines.frames.allSatisfy { $0.ageMilliseconds! <= 500 + 1500 })
    #expect(explainsHoles(rig.output.lines))
  }

  @Test("come back: 1, 2, 4, 8, 16, 30 s apart, and each failure says when")
  func reconnect() throws {
    let clock = ManualClock(advancesOnSleep: true)
    let refused = Result<[Step], MediaError>.failure(.unreachable("connection refused"))
    let source = ScriptedSource(
      Array(repeating: refused, count: 7) + [.success([.pictures(3), .fail(.refused("stop"))])],
      isLive: true, clock: clock)
    let rig = Rig([patient("gate", source)], clock: clock, isService: true)
    let output = rig.output
    _ = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { $0.frames.count >= 3 })
      pipeline.stop(.signal(15))
    }
    let waits = clock.sleeps.prefix(7)
    for (wait, step) in zip(waits, [1.0, 2, 4, 8, 16, 30, 30]) {
      #expect(wait >= step * 0.8 && wait <= step * 1.2)
    }
    let errors = output.lines.errors.prefix(7)
    #expect(errors.allSatisfy { $0.code == "unreachable" })
    #expect(zip(errors, waits).allSatisfy { abs($0.retryInSeconds! - $1) < 1e-6 })
    #expect(output.lines.states.prefix(3).map(\.state) == [.connecting, .down, .connecting])
    #expect(output.lines.frames[0].stamp.session == 1, "only connections that stood are counted")
  }

  @Test("that refuse the password are asked rarely")
  func authentication() throws {
    let clock = ManualClock(advancesOnSleep: true)
    let source = ScriptedSource([.failure(.authenticationFailed("401"))], isLive: true)
    let rig = Rig([patient("gate", source)], clock: clock, isService: true)
    let output = rig.output
    let result = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { $0.errors.count >= 4 })
      pipeline.stop(.signal(15))
    }
    for (wait, step) in zip(clock.sleeps, [30.0, 120, 600, 900]) {
      #expect(wait >= step * 0.8 && wait <= step * 1.2)
    }
    #expect(output.lines.errors[0].code == "auth_failed")
    #expect(result.exitCode == 0, "a service ends well on SIGTERM")
  }

  @Test("that open and end at once do not become a hot loop; ten sound seconds forgive")
  func proof() throws {
    let clock = ManualClock(advancesOnSleep: true)
    let brief = Result<[Step], MediaError>.success([.pictures(50), .fail(.disconnected("bye"))])
    let sound = Result<[Step], MediaError>.success([.pictures(102), .fail(.disconnected("bye"))])
    let source = ScriptedSource([brief, brief, brief, sound, brief], isLive: true, clock: clock)
    let rig = Rig([patient("gate", source)], clock: clock, isService: true)
    let output = rig.output
    _ = try rig.run { [pipeline = rig.pipeline] in
      clock.awaitSleeps(6)
      pipeline.stop(.signal(15))
    }
    for (wait, step) in zip(clock.sleeps, [1.0, 2, 4, 1, 2, 4]) {
      #expect(wait >= step * 0.8 && wait <= step * 1.2, "\(clock.sleeps)")
    }
    #expect(output.lines.gaps.contains { $0.cause == .network && $0.frames == nil })
  }

  @Test("that stall say so before they are down, and count their sessions")
  func stall() throws {
    let clock = ManualClock(advancesOnSleep: true)
    let source = ScriptedSource(
      [.success([.pictures(2), .fail(.timedOut("no picture for 10 s"))])], isLive: true,
      clock: clock)
    let rig = Rig([patient("gate", source)], clock: clock, isService: true)
    let output = rig.output
    _ = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { $0.frames.contains { $0.stamp.session == 3 } })
      pipeline.stop(.signal(15))
    }
    #expect(
      output.lines.states.prefix(5).map(\.state) == [
        .connecting, .up, .stalled, .down, .connecting,
      ])
    #expect(output.lines.states[1].session == 1)
    #expect(output.lines.states[5].session == 2)
    #expect(output.lines.frames(of: "gate").first { $0.stamp.session == 2 }?.stamp.frame == 0)
  }

  @Test("that never opened end analyze with their code, those that drop are retried until the end")
  func oneShot() throws {
    let clock = ManualClock(advancesOnSleep: true)
    let never = ScriptedSource([.failure(.unreachable("refused"))], isLive: true)
    let alone = Rig(
      [patient("rtsp", never) { $0.retry = .afterOpening }], clock: clock)
    #expect(try alone.run().exitCode == 69)
    #expect(never.opens == 1)

    let drops = ScriptedSource(
      [.success([.pictures(30), .fail(.disconnected("bye"))]), .failure(.unreachable("refused"))],
      isLive: true, clock: clock)
    let retried = Rig(
      [
        patient("rtsp", drops) {
          $0.retry = .afterOpening
          $0.durationSeconds = 60
        }
      ], clock: clock)
    let result = try retried.run()
    #expect(result.exitCode == 0)
    #expect(result.reason == "duration")
    #expect(drops.opens > 3)
  }

  @Test("do not notice one that fails")
  func isolation() throws {
    let bad = ScriptedSource([.failure(.unreachable("refused"))], isLive: true)
    let good = ScriptedSource([.success([.pictures(500), .gate(Signal())])], isLive: true)
    let rig = Rig(
      [
        stream("bad", bad, isLive: true),
        stream("good", good, isLive: true) { $0.drop = .never },
      ], isService: true)
    let output = rig.output
    _ = try rig.run { [pipeline = rig.pipeline] in
      #expect(output.await { $0.frames(of: "good").count == 500 })
      pipeline.stop(.signal(15))
    }
    #expect(
      output.lines.states.filter { $0.stream.name == "good" }.map(\.state) == [
        .connecting, .up, .ended,
      ])
    #expect(output.lines.gaps.isEmpty)
  }

  @Test("get their turns fairly")
  func fairness() throws {
    let names = ["a", "b", "c"]
    let sources = names.map { _ in ScriptedSource([.success([.pictures(200)])]) }
    // The first inference lasts until every ring is full, or holds its note and the rest pictures.
    let analyzer = FakeAnalyzer {
      while !sources.allSatisfy({ $0.alive.now >= 4 || $0.closes > 0 }) {
        Signal().wait(after: 0, until: Deadline(in: 0.001, of: SystemClock()))
      }
    }
    let rig = Rig(
      zip(names, sources).map { name, source in stream(name, source) { $0.ringCapacity = 4 } },
      analyzer: analyzer
    ) { $0.filesInOrder = false }
    _ = try rig.run()
    let order = rig.output.lines.frames.map(\.stamp.stream.name)
    for start in stride(from: 1, to: 180, by: 9) {
      let window = order[start..<start + 9]
      #expect(names.allSatisfy { name in window.count { $0 == name } >= 2 }, "\(window)")
    }
  }

  @Test("write stats every ten seconds, cumulative, with the window's ages")
  func stats() throws {
    let clock = ManualClock()
    let source = LockStep(clock: clock, fps: 10, pictures: 305)
    let analyzer = FakeAnalyzer { source.produce(seconds: 0.1) }
    var settings = StreamSettings(id: StreamID("gate"), isLive: true) { source }
    settings.retry = .never
    let rig = Rig([settings], analyzer: analyzer, clock: clock)
    _ = try rig.run()
    let stats = rig.output.lines.stats
    #expect(stats.count >= 2)
    #expect(stats.allSatisfy { abs($0.windowSeconds - 10) <= 0.2 })
    let received = stats.map { $0.streams[0].frames.received }
    #expect(received == received.sorted())
    #expect(stats.allSatisfy { $0.streams[0].ageP50! <= $0.streams[0].ageP99! })
  }

  /// Whether the frames that a stream's lines leave out are exactly those that its gaps count.
  private func explainsHoles(_ lines: [Line]) -> Bool {
    let frames = lines.frames.map(\.stamp.frame)
    guard let last = lines.end?.frames.received else { return false }
    let holes = Set(0..<last).subtracting(frames).count
    return holes == lines.gaps.compactMap(\.frames).reduce(0, +)
  }
}
