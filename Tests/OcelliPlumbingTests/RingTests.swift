import OcelliPlumbing
import Synchronization
import Testing

/// An element that cannot be copied, so that losing one does not compile away.
struct Item: ~Copyable, Sendable {
  let value: Int
  var isNote = false
}

final class Token: Sendable {}

struct Holder: ~Copyable, Sendable { let token: Token }

@Suite("A ring")
struct RingTests {
  @Test("that keeps the newest gives the oldest back, in order")
  func newest() {
    let ring = Ring<Item>(.newest(capacity: 2))
    for value in 0..<2 { #expect(outcome(ring.push(Item(value: value))) == .accepted) }
    #expect(outcome(ring.push(Item(value: 2))) == .displaced(0))
    #expect(outcome(ring.push(Item(value: 3))) == .displaced(1))
    #expect(ring.count == 2)
    #expect(value(ring.take()) == 2)
    #expect(value(ring.take()) == 3)
    #expect(value(ring.take()) == nil)
  }

  @Test("that keeps the newest never drops a note for a picture, and keeps their order")
  func notes() {
    let ring = Ring<Item>(.newest(capacity: 1)) { !$0.isNote }
    _ = outcome(ring.push(Item(value: 0)))
    _ = outcome(ring.push(Item(value: 1, isNote: true)))
    #expect(outcome(ring.push(Item(value: 2))) == .displaced(0))
    _ = outcome(ring.push(Item(value: 3, isNote: true)))
    #expect(outcome(ring.push(Item(value: 4))) == .displaced(2))
    #expect([value(ring.take()), value(ring.take()), value(ring.take())] == [1, 3, 4])
  }

  @Test("stays bounded even where nothing but notes arrives")
  func boundedNotes() {
    let ring = Ring<Item>(.newest(capacity: 1)) { !$0.isNote }
    var displaced = 0
    for value in 0..<1000 {
      if outcome(ring.push(Item(value: value, isNote: true))) != .accepted { displaced += 1 }
    }
    #expect(ring.count == 65)
    #expect(displaced == 1000 - 65)
  }

  @Test("without loss makes the one who pushes wait, and loses nothing under contention")
  func losslessContention() throws {
    let ring = Ring<Item>(.lossless(capacity: 3))
    let sum = Atomic<Int>(0)
    let taken = Atomic<Int>(0)
    let takers = try (0..<2).map { index in
      try OSThread.start(name: "taker \(index)") {
        while let item = ring.pop() {
          sum.add(item.value, ordering: .relaxed)
          taken.add(1, ordering: .relaxed)
        }
      }
    }
    let makers = try (0..<3).map { index in
      try OSThread.start(name: "maker \(index)") {
        for value in 0..<2000 { _ = outcome(ring.push(Item(value: index * 2000 + value))) }
      }
    }
    for maker in makers { maker.join() }
    ring.close()
    for taker in takers { taker.join() }
    #expect(taken.load(ordering: .relaxed) == 6000)
    #expect(sum.load(ordering: .relaxed) == 5999 * 6000 / 2)
    #expect(ring.isFinished)
  }

  @Test("that keeps the newest accounts for every element under contention")
  func newestContention() throws {
    let ring = Ring<Item>(.newest(capacity: 2))
    let displaced = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let taken = Atomic<Int>(0)
    let taker = try OSThread.start(name: "taker") {
      var last = -1
      while let item = ring.pop() {
        #expect(item.value > last, "one maker's elements stay in order")
        last = item.value
        taken.add(1, ordering: .relaxed)
      }
    }
    let maker = try OSThread.start(name: "maker") {
      for value in 0..<20_000 {
        switch outcome(ring.push(Item(value: value))) {
        case .accepted: break
        case .displaced: displaced.add(1, ordering: .relaxed)
        case .closed: refused.add(1, ordering: .relaxed)
        }
        if value == 15_000 { ring.close() }
      }
    }
    maker.join()
    taker.join()
    let sum =
      taken.load(ordering: .relaxed) + displaced.load(ordering: .relaxed)
      + refused.load(ordering: .relaxed)
    #expect(sum == 20_000)
    #expect(refused.load(ordering: .relaxed) == 4_999)
  }

  @Test("that closes lets go of whoever waits, and gives a refused element back")
  func closing() throws {
    let ring = Ring<Item>(.lossless(capacity: 1))
    _ = outcome(ring.push(Item(value: 1)))
    let refused = Atomic<Int>(0)
    let maker = try OSThread.start(name: "maker") {
      if outcome(ring.push(Item(value: 2))) == .closed(2) { refused.store(1, ordering: .relaxed) }
    }
    ring.close()
    maker.join()
    #expect(refused.load(ordering: .relaxed) == 1)
    #expect(!ring.isFinished)
    #expect(value(ring.pop()) == 1)
    #expect(value(ring.pop()) == nil)
    #expect(ring.isFinished)
  }

  @Test("that waits for an element gives up at its deadline")
  func deadline() {
    let clock = SystemClock()
    let ring = Ring<Item>(.newest(capacity: 1))
    let start = clock.nanoseconds
    #expect(value(ring.pop(until: Deadline(in: 0.02, of: clock))) == nil)
    #expect(clock.nanoseconds - start >= 20_000_000)
  }

  @Test("wakes one waiter that watches several rings")
  func signal() throws {
    let signal = Signal()
    let rings = (0..<3).map { _ in Ring<Item>(.lossless(capacity: 1), signal: signal) }
    let maker = try OSThread.start(name: "maker") {
      for value in 0..<300 { _ = outcome(rings[value % 3].push(Item(value: value))) }
      for ring in rings { ring.close() }
    }
    var taken = 0
    while !rings.allSatisfy(\.isFinished) {
      let seen = signal.count
      var found = false
      for ring in rings where value(ring.take()) != nil {
        taken += 1
        found = true
      }
      if !found { signal.wait(after: seen) }
    }
    maker.join()
    #expect(taken == 300)
  }

  @Test("frees what it still holds")
  func lifetime() {
    weak var leaked: Token?
    do {
      let ring = Ring<Holder>(.newest(capacity: 2))
      let token = Token()
      leaked = token
      let isRefused = isRefused(ring.push(Holder(token: token)))
      #expect(!isRefused)
    }
    #expect(leaked == nil)
  }
}

/// A `PushResult` in a form that can be compared.
enum Outcome: Equatable {
  case accepted
  case displaced(Int)
  case closed(Int)
}

func outcome(_ result: consuming Ring<Item>.PushResult) -> Outcome {
  switch consume result {
  case .accepted: .accepted
  case .displaced(let item): .displaced(item.value)
  case .closed(let item): .closed(item.value)
  }
}

private func isRefused(_ result: consuming Ring<Holder>.PushResult) -> Bool {
  switch consume result {
  case .closed: true
  default: false
  }
}

/// `#expect` cannot look into what cannot be copied.
func value(_ item: consuming Item?) -> Int? {
  if let item { item.value } else { nil }
}
