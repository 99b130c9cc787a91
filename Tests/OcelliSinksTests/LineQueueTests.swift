import OcelliEvents
import OcelliSinks
import Testing

@Suite struct LineQueueTests {
  private struct Shuffled: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }

  private func line(_ sequence: UInt64, bytes: Int, hello: Bool = false) -> OfferedLine {
    guard case .hello(let greeting) = Script.hello else { preconditionFailure() }
    return OfferedLine(
      bytes: Array(repeating: 0, count: bytes), sequence: sequence,
      kind: hello ? .hello(greeting) : sequence % 2 == 0 ? .frame : .other)
  }

  @Test(arguments: UInt64(1)...40)
  func everyNumberIsTakenOnceAndTheSumsHoldAtEveryMoment(_ seed: UInt64) {
    var random = Shuffled(state: seed)
    let limits = LineQueue.Limits(bytes: 500, lines: 12)
    var queue = LineQueue(limits: limits, after: 3, hello: nil)
    var sequence: UInt64 = 3
    var taken: [UInt64] = []
    var frames = 0
    var isWriting = false
    var produced: UInt64 = 0

    func take(_ item: LineQueue.Item) {
      switch item {
      case .line: taken.append((taken.last ?? 3) + 1)
      case .hello(_, let settled): #expect(settled == taken.last ?? 3)
      case .gap(let range, let count):
        #expect(range.lowerBound == (taken.last ?? 3) + 1)
        taken += Array(range)
        frames += count
      }
    }
    for step in 0..<2000 {
      if step < 1900, Int.random(in: 0..<100, using: &random) < 60 {
        let isHello = Int.random(in: 0..<20, using: &random) == 0
        if !isHello {
          sequence += 1
          produced += 1
        }
        let size = Int.random(in: 1...(step % 97 == 0 ? 900 : 90), using: &random)
        queue.offer(line(sequence, bytes: size, hello: isHello))
      } else if isWriting {
        queue.finish()
        isWriting = false
      } else if let item = queue.next() {
        take(item)
        isWriting = true
      }
      #expect(queue.produced == produced)
      #expect(queue.produced == queue.delivered + queue.lost + queue.queued)
      #expect(queue.queued <= 13)
    }
    if isWriting { queue.finish() }
    while let item = queue.next() {
      take(item)
      queue.finish()
    }
    #expect(taken == Array(4...sequence))
    #expect(queue.isEmpty)
    #expect(queue.queued == 0)
    #expect(queue.settled == sequence)
  }

  @Test func aGapCountsTheFrameLinesInIt() {
    var queue = LineQueue(limits: .init(bytes: 1000, lines: 2), after: 0, hello: nil)
    for sequence: UInt64 in 1...7 { queue.offer(line(sequence, bytes: 10)) }
    guard case .gap(let range, let frames) = queue.next() else {
      Issue.record("no gap")
      return
    }
    #expect(range == 1...5)
    #expect(frames == 2)
    #expect(queue.lost == 5)
  }

  @Test func aLineLargerThanTheWholeQueueBecomesAGap() {
    var queue = LineQueue(limits: .init(bytes: 100, lines: 9), after: 0, hello: nil)
    queue.offer(line(1, bytes: 101))
    guard case .gap(1...1, _) = queue.next() else {
      Issue.record("no gap")
      return
    }
  }

  @Test func whatIsAbandonedIsLost() {
    var queue = LineQueue(limits: .init(), after: 0, hello: nil)
    for sequence: UInt64 in 1...7 { queue.offer(line(sequence, bytes: 10)) }
    _ = queue.next()
    queue.abandon()
    #expect(queue.isEmpty)
    #expect(queue.lost == 7)
    #expect(queue.produced == queue.delivered + queue.lost + queue.queued)
  }
}
