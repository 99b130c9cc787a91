import OcelliMedia
import OcelliPipeline
import OcelliPlumbing
import OcelliVocabulary
import Testing

@Suite("Sampling")
struct SamplingTests {
  /// The frames that a sampling keeps of `count` at `rate` a second.
  private func kept(_ sampling: Sampling, rate: Double, count: Int) -> [Int] {
    var sampler = Sampler(sampling)
    return (0..<count).filter {
      sampler.wants(frame: $0, pts: Double($0) / rate, isKey: $0 % 12 == 0)
    }
  }

  @Test(
    "by rate takes exactly so many a second, without drift",
    arguments: [(29.97, 5.0), (25, 5), (30, 5), (15, 4), (29.97, 29.97), (50, 0.5), (12, 7)])
  func rate(source: Double, wanted: Double) {
    let seconds = 600
    let count = Int(source * Double(seconds))
    let frames = kept(.fps(wanted), rate: source, count: count)
    #expect(abs(frames.count - Int(wanted * Double(seconds))) <= 1)
    // Evenly: two neighbours are never further apart than one picture more than the mean.
    let steps = zip(frames.dropFirst(), frames).map(-)
    #expect(steps.allSatisfy { abs(Double($0) - source / wanted) < 1 + 1e-9 })
  }

  @Test("by a rate that the source does not reach takes everything")
  func fasterThanSource() {
    #expect(kept(.fps(60), rate: 25, count: 100).count == 100)
  }

  @Test("of every n-th takes frames 0, n, 2n")
  func every() {
    #expect(kept(.every(3), rate: 25, count: 10) == [0, 3, 6, 9])
    #expect(kept(.every(1), rate: 25, count: 4) == [0, 1, 2, 3])
    #expect(kept(.every(0), rate: 25, count: 2) == [0, 1], "no division by zero")
  }

  @Test("of key pictures takes key pictures")
  func key() { #expect(kept(.keyPictures, rate: 25, count: 30) == [0, 12, 24]) }
}

@Suite("Merging gaps")
struct GapMergerTests {
  private let second: Int64 = 1_000_000_000

  @Test("by the clock tells the first loss at once and then at most one gap a second and cause")
  func clock() {
    var merger = GapMerger(stream: StreamID("a"), pace: .clock)
    var told: [Gap] = []
    for step in 0..<100 {
      merger.add(.overload, session: 1, pts: Double(step) / 10)
      told += merger.takeDue(now: Int64(step) * second / 10, pts: nil)
    }
    #expect(told.first?.frames == 1)
    #expect(told.count == 10)
    told += merger.takeAll()
    #expect(told.compactMap(\.frames).reduce(0, +) == 100)
    #expect(zip(told.dropFirst(), told).allSatisfy { $0.fromPTS > $1.toPTS })
  }

  @Test("by pts does not look at the clock")
  func pts() {
    var merger = GapMerger(stream: StreamID("a"), pace: .pts)
    merger.add(.corrupt, session: 1, pts: 2)
    merger.add(.corrupt, session: 1, pts: 2.5)
    merger.add(.failed, session: 1, pts: 2.6)
    #expect(merger.takeDue(now: .max, pts: 2.9) == [])
    #expect(
      merger.takeDue(now: 0, pts: 3) == [
        Gap(stream: StreamID("a"), cause: .corrupt, frames: 2, fromPTS: 2, toPTS: 2.5)
      ])
    #expect(merger.takeAll().map(\.cause) == [.failed])
    #expect(merger.nextDue == nil)
  }

  @Test("does not join two sessions, whose times have nothing to do with each other")
  func sessions() {
    var merger = GapMerger(stream: StreamID("a"), pace: .clock)
    merger.add(.overload, session: 1, pts: 90)
    merger.add(.overload, session: 2, pts: 1)
    #expect(merger.takeAll().map(\.fromPTS) == [90, 1])
  }

  @Test("writes nothing for what is left out by choice")
  func choice() {
    var merger = GapMerger(stream: StreamID("a"), pace: .clock)
    merger.add(.sampling, session: 1, pts: 1)
    merger.add(.gate, session: 1, pts: 1)
    #expect(merger.takeAll() == [])
  }
}

@Suite("Ages")
struct AgeHistogramTests {
  @Test("keep their percentiles within a thirtieth, from microseconds to an hour")
  func percentiles() throws {
    for scale in [1.0, 37, 1000, 250_000] {
      var ages = AgeHistogram()
      for step in 1...1000 { ages.add(nanoseconds: Int64(Double(step) * scale * 1000)) }
      for share in [0.01, 0.5, 0.99, 1] {
        let exact = share * 1000 * scale / 1000
        let found = try #require(ages.percentile(share))
        #expect(abs(found - exact) <= exact / 30 + 0.001)
      }
    }
  }

  @Test("take anything, and nothing gives nothing")
  func bounds() {
    var ages = AgeHistogram()
    #expect(ages.percentile(0.5) == nil)
    for value in [Int64.min, -1, 0, .max] { ages.add(nanoseconds: value) }
    #expect(ages.total == 4)
    #expect(ages.percentile(0.5) == 0)
    ages.clear()
    #expect(ages.percentile(0.99) == nil)
  }
}

@Suite("Failures of a source")
struct MediaErrorTests {
  static let table: [(MediaError, String, Int32)] = [
    (.notFound("m"), "not_found", 66), (.permissionDenied("m"), "permission_denied", 77),
    (.authenticationFailed("m"), "auth_failed", 77), (.unreachable("m"), "unreachable", 69),
    (.timedOut("m"), "timeout", 69), (.noVideo("m"), "no_video", 65),
    (.invalidData("m"), "invalid_data", 65), (.unsupported("m"), "unsupported", 65),
    (.refused("m"), "refused", 65), (.disconnected("m"), "disconnected", 69),
    (.interrupted, "interrupted", 1), (.outOfMemory, "out_of_memory", 1),
  ]

  @Test("have one word and one exit code each", arguments: table)
  func word(error: MediaError, code: String, exit: Int32) {
    #expect(error.code == code)
    #expect(error.exitCode == exit)
    #expect(!error.message.isEmpty)
  }
}
