import OcelliPlumbing
import Testing

@Suite("Clocks and deadlines")
struct ClockTests {
  @Test("the system's clock does not run back, and sleeps at least as long as asked")
  func system() {
    let clock = SystemClock()
    let start = clock.nanoseconds
    #expect(clock.sleep(until: Deadline(in: 0.01, of: clock), unless: Interruption()))
    #expect(clock.nanoseconds - start >= 10_000_000)
    #expect(clock.wallMicroseconds > 1_700_000_000_000_000)
  }

  @Test("an interruption ends a sleep, and one that came first prevents it")
  func interruption() throws {
    let clock = SystemClock()
    let interruption = Interruption()
    let sleeper = try OSThread.start(name: "sleeper") {
      #expect(!clock.sleep(until: Deadline(in: 3600, of: clock), unless: interruption))
    }
    interruption.set()
    #expect(sleeper.join(until: Deadline(in: 10, of: clock)))
    #expect(!clock.sleep(until: .never, unless: interruption))
  }

  @Test("a manual clock wakes its sleepers when it is turned far enough, and not before")
  func manual() throws {
    let clock = ManualClock()
    let deadline = Deadline(in: 5, of: clock)
    let sleeper = try OSThread.start(name: "sleeper") {
      #expect(clock.sleep(until: deadline, unless: Interruption()))
      #expect(clock.nanoseconds >= deadline.nanoseconds)
    }
    clock.awaitSleeps(1)
    clock.advance(bySeconds: 4)
    #expect(!sleeper.isFinished)
    clock.advance(bySeconds: 2)
    #expect(sleeper.join(until: Deadline(in: 10, of: SystemClock())))
    #expect(clock.sleeps == [5])
  }

  @Test("a manual clock that advances by itself needs no real time for an hour")
  func advancing() {
    let clock = ManualClock(advancesOnSleep: true)
    let start = clock.nanoseconds
    #expect(clock.sleep(until: Deadline(in: 3600, of: clock), unless: Interruption()))
    #expect(clock.nanoseconds - start == 3_600_000_000_000)
  }

  @Test("a step of the wall clock leaves the monotonic one alone")
  func step() {
    let clock = ManualClock()
    let before = (clock.nanoseconds, clock.wallMicroseconds)
    clock.stepWall(bySeconds: -3600)
    #expect(clock.nanoseconds == before.0)
    #expect(clock.wallMicroseconds == before.1 - 3_600_000_000)
  }

  @Test("deadlines clamp instead of overflowing", arguments: [Double.infinity, 1e300, .nan])
  func clamping(seconds: Double) {
    #expect(Deadline(in: seconds, of: ManualClock()) > Deadline(in: 1e6, of: ManualClock()))
    #expect(Deadline.never.advanced(by: 1) == .never)
  }
}

@Suite("Backoff")
struct BackoffTests {
  @Test("grows 1, 2, 4, 8, 16, 30, 30 within a fifth, and starts again after a success")
  func network() {
    var random = Fixed(state: 7)
    var backoff = Backoff.network
    for step in [1.0, 2, 4, 8, 16, 30, 30, 30] {
      let wait = backoff.next(using: &random)
      #expect(wait >= step * 0.8 && wait <= step * 1.2)
    }
    backoff.reset()
    #expect(backoff.next(using: &random) <= 1.2)
  }

  @Test("is slower after a refused password")
  func authentication() {
    var random = Fixed(state: 7)
    var backoff = Backoff.authentication
    let waits = (0..<5).map { _ in backoff.next(using: &random) }
    for (wait, step) in zip(waits, [30.0, 120, 600, 900, 900]) {
      #expect(wait >= step * 0.8 && wait <= step * 1.2)
    }
  }
}

/// The same numbers every time (a 64-bit linear congruential generator).
struct Fixed: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}
