import OcelliEvents
import OcelliMedia
import OcelliPicture
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import OcelliVocabulary
import Synchronization
import Testing

@Suite("Files")
struct FileTests {
  @Test("lose nothing, and their lines are in order")
  func whole() throws {
    let source = ScriptedSource([.success([.pictures(50)])])
    let rig = Rig([stream("a.mp4", source)])
    let result = try rig.run()
    #expect(result.exitCode == 0)
    #expect(result.reason == "eof")
    #expect(rig.output.lines.frames.map(\.stamp.frame) == Array(0..<50))
    #expect(rig.output.lines.states.map(\.state) == [.up, .ended])
    #expect(rig.output.lines.end?.frames == FrameTotals(received: 50, analysed: 50))
    #expect(source.alive.now == 0)
    #expect(source.opens == 1 && source.closes == 1)
  }

  @Test("hold no more pictures than the ring and two hands, and give them back before inference")
  func borrowed() throws {
    let source = ScriptedSource([.success([.pictures(100)])])
    let rig = Rig([stream("a.mp4", source) { $0.ringCapacity = 3 }])
    _ = try rig.run()
    #expect(source.alive.peak <= 3 + 2)
  }

  @Test("are read in the order given, one after the other")
  func order() throws {
    let streams = ["b", "a", "c"].map { name in
      stream(name, ScriptedSource([.success([.pictures(5)])]))
    }
    let rig = Rig(streams)
    #expect(try rig.run().exitCode == 0)
    let names = rig.output.lines.frames.map(\.stamp.stream.name)
    #expect(names == ["b", "b", "b", "b", "b", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c"])
  }

  @Test("give the same bytes twice, with damage, failures, sampling and a filter")
  func golden() throws {
    func bytes() throws -> [UInt8] {
      let steps: [Step] = [.pictures(13), .corrupt, .corrupt, .pictures(20), .corrupt]
      let analyzer = FakeAnalyzer(failsAt: [3, 4, 22, 30])
      let sampled = stream("b", ScriptedSource([.success(steps)])) {
        $0.sampling = .fps(4)
        $0.classes = ["odd"]
      }
      let rig = Rig([stream("a", ScriptedSource([.success(steps)])), sampled], analyzer: analyzer)
      #expect(try rig.run().exitCode == 2)
      return rig.output.bytes
    }
    let first = try bytes()
    for _ in 0..<20 { #expect(try bytes() == first) }
    let text = String(decoding: first, as: UTF8.self)
    #expect(
      text.contains(
        #""stream":"a","cause":"corrupt","frames":2,"from_pts":1.300,"to_pts":1.400}"#),
      "\(text)")
  }

  @Test("that are damaged count the damage, or analyse it where they are told to")
  func corrupt() throws {
    let steps: [Step] = [.pictures(2), .corrupt, .pictures(1)]
    let strict = Rig([stream("a", ScriptedSource([.success(steps)]))])
    #expect(try strict.run().streams[0].frames.lost == [.corrupt: 1])
    let lenient = Rig([
      stream("a", ScriptedSource([.success(steps)])) { $0.analysesCorrupt = true }
    ])
    #expect(try lenient.run().streams[0].frames.analysed == 4)
  }

  @Test("end at their duration, counted from their first picture")
  func duration() throws {
    let rig = Rig([
      stream("a", ScriptedSource([.success([.pictures(100)])])) { $0.durationSeconds = 2 }
    ])
    let result = try rig.run()
    #expect(result.reason == "duration")
    #expect(rig.output.lines.frames.count == 20)
    #expect(result.streams[0].frames.lost == [.sampling: 1])
  }

  @Test("with a picture whose inference fails go on after it, and the run says so")
  func failedInference() throws {
    let rig = Rig(
      [stream("a", ScriptedSource([.success([.pictures(6)])]))],
      analyzer: FakeAnalyzer(failsAt: [2, 3]))
    let result = try rig.run()
    #expect(result.exitCode == 2)
    #expect(rig.output.lines.frames.map(\.stamp.frame) == [0, 1, 4, 5])
    #expect(rig.output.lines.errors.map(\.code) == ["inference_failed"], "told once, not twice")
    #expect(result.streams[0].frames.lost == [.failed: 2])
  }

  @Test("whose model nobody made ready fail by name and do not trap")
  func unknownModel() throws {
    let rig = Rig([
      stream("a", ScriptedSource([.success([.pictures(2)])])) { $0.model = "other" }
    ])
    #expect(try rig.run().exitCode == 2)
    #expect(rig.output.lines.errors.first?.message == "no model is called other")
  }

  @Test("give one failure's own code alone, and 2 among others")
  func exitCodes() throws {
    func code(_ scripts: [Result<[Step], MediaError>]) throws -> Int32 {
      try Rig(
        scripts.enumerated().map { stream("s\($0)", ScriptedSource([$1])) }
      ).run().exitCode
    }
    let missing = MediaError.notFound("no such file")
    #expect(try code([.failure(missing)]) == 66)
    #expect(try code([.failure(missing), .success([.pictures(1)])]) == 2)
    #expect(try code([.failure(.unreachable("refused")), .failure(missing)]) == 2)
    #expect(try code([.success([.fail(.invalidData("noise"))])]) == 65)
    #expect(
      try code([.success([.pictures(3), .fail(.invalidData("cut"))])]) == 2, "cut short")
    #expect(try code([.success([.pictures(3)])]) == 0)
  }

  @Test("that fail write one error line and an end, and touch no other")
  func isolation() throws {
    let rig = Rig([
      stream("bad", ScriptedSource([.failure(.notFound("bad: no such file"))])),
      stream("good", ScriptedSource([.success([.pictures(10)])])),
    ])
    let result = try rig.run()
    #expect(rig.output.lines.frames(of: "good").count == 10)
    #expect(rig.output.lines.errors.map(\.code) == ["not_found"])
    #expect(result.failures.map(\.stream.name) == ["bad"])
  }

  @Test(
    "end with their output: quietly where the reader went, with 74 where it cannot be written",
    arguments: [
      (SinkError.closed(output: "-"), Int32(0), "closed"),
      (SinkError.cannotWrite(output: "f", reason: "no space"), 74, "failed"),
    ])
  func output(error: SinkError, code: Int32, reason: String) throws {
    let rig = Rig(
      [stream("a", ScriptedSource([.success([.pictures(100_000)])]))],
      output: RecordingOutput(failsAt: 5, error: error))
    let result = try rig.run()
    #expect(result.exitCode == code)
    #expect(result.reason == reason)
    #expect(result.sinkError == error)
    #expect(rig.output.lines.count < 20)
  }

  @Test("with --drop newest never make the source wait, and explain every hole")
  func dropNewest() throws {
    let gate = Signal()
    let source = ScriptedSource([.success([.pictures(200)])])
    let analyzer = FakeAnalyzer { gate.wait(after: 0) }
    let rig = Rig([stream("a", source) { $0.drop = .newest }], analyzer: analyzer)
    let result = try rig.run {
      // The whole file is read while the first picture is being analysed.
      while source.closes == 0 {
        Signal().wait(after: 0, until: Deadline(in: 0.001, of: SystemClock()))
      }
      gate.raise()
    }
    #expect(result.streams[0].frames.analysed <= 4 + 1)
    #expect(result.streams[0].frames.lost[.overload]! >= 195)
  }

  @Test("hand the picture and its line to whoever draws them")
  func drawing() throws {
    let seen = Atomic<Int>(0)
    let source = ScriptedSource([.success([.pictures(7)])])
    let rig = Rig([stream("a", source)]) { options in
      options.onFrame = { picture, line in
        picture.withView { view in
          if unsafe Int(view.planePointers.0[0]) == line.stamp.frame {
            seen.add(1, ordering: .relaxed)
          }
        }
      }
    }
    _ = try rig.run()
    #expect(seen.load(ordering: .relaxed) == 7)
    #expect(source.alive.now == 0)
  }
}
