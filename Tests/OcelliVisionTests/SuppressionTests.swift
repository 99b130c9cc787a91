import OcelliVision
import OcelliVocabulary
import Testing

/// Numbers that look random and are the same in every run.
struct Scatter {
  var state: UInt64

  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 24)
  }
}

@Suite("Non-maximum suppression")
struct SuppressionTests {
  /// The definition: take the best, drop what overlaps it in its class, repeat.
  func bruteForce(_ candidates: [Candidate], _ threshold: Float) -> [Candidate] {
    var left = candidates
    var kept: [Candidate] = []
    while !left.isEmpty {
      var best = 0
      for index in left.indices where left[index].confidence > left[best].confidence {
        best = index
      }
      let winner = left.remove(at: best)
      kept.append(winner)
      left.removeAll {
        $0.classID == winner.classID && $0.box.overlap(winner.box) > threshold
      }
    }
    return kept
  }

  func scattered(_ count: Int, seed: UInt64) -> [Candidate] {
    var scatter = Scatter(state: seed)
    return (0..<count).map { cell in
      let x = scatter.next() * 100
      let y = scatter.next() * 100
      // Few levels of confidence, so that there are equals.
      let confidence = (scatter.next() * 20).rounded() / 20
      return Candidate(
        box: PixelBox(
          left: x, top: y, right: x + 5 + scatter.next() * 40, bottom: y + 5 + scatter.next() * 40),
        confidence: confidence, classID: Int(scatter.next() * 3), cell: cell)
    }
  }

  @Test("It keeps exactly what the definition keeps", arguments: [0, 0.3, 0.7, 1] as [Float])
  func definition(threshold: Float) {
    for seed in 1...10 as ClosedRange<UInt64> {
      let list = scattered(300, seed: seed)
      var candidates = Candidates()
      for candidate in list { candidates.append(candidate) }
      var kept: [Candidate] = []
      NonMaximumSuppression(threshold: threshold).run(&candidates, into: &kept)
      #expect(kept.map(\.cell) == bruteForce(list, threshold).map(\.cell))
    }
  }

  @Test("Classes do not suppress each other, and an unwanted class neither stays nor suppresses")
  func classes() {
    let box = PixelBox(left: 0, top: 0, right: 10, bottom: 10)
    var candidates = Candidates()
    for classID in 0..<3 {
      candidates.append(
        Candidate(box: box, confidence: 0.5 + Float(classID) / 10, classID: classID, cell: classID))
    }
    var kept: [Candidate] = []
    let suppression = NonMaximumSuppression(threshold: 0.5)
    suppression.run(&candidates, into: &kept)
    #expect(kept.map(\.classID) == [2, 1, 0])
    suppression.run(&candidates, into: &kept, where: { $0 == 1 })
    #expect(kept.map(\.classID) == [1])
  }

  @Test("A million candidates are held to the best, in bounded memory, and at most 1,000 are kept")
  func million() {
    var candidates = Candidates()
    // Boxes far from each other: nothing is suppressed. The best come last, the worst case.
    for index in 0..<1_000_000 {
      let x = Float(index % 1000) * 20
      let y = Float(index / 1000) * 20
      candidates.append(
        Candidate(
          box: PixelBox(left: x, top: y, right: x + 10, bottom: y + 10),
          confidence: Float(index) / 1_000_000, classID: 0, cell: index))
      if candidates.list.count > 2 * Candidates.capacity { Issue.record("the list grew") }
    }
    var kept: [Candidate] = []
    NonMaximumSuppression(threshold: 0.5).run(&candidates, into: &kept)
    #expect(kept.count == 1000)
    #expect(kept.first?.cell == 999_999)
    #expect(kept.last?.cell == 999_000)
  }

  @Test("What is not finite is dropped and counted; what has no area is dropped")
  func hostile() {
    var candidates = Candidates()
    let good = PixelBox(left: 0, top: 0, right: 1, bottom: 1)
    for bad in [Float.nan, .infinity, -.infinity] {
      candidates.append(Candidate(box: good, confidence: bad, classID: 0, cell: 0))
      for side in 0..<4 {
        var box = good
        if side == 0 { box.left = bad }
        if side == 1 { box.top = bad }
        if side == 2 { box.right = bad }
        if side == 3 { box.bottom = bad }
        candidates.append(Candidate(box: box, confidence: 0.5, classID: 0, cell: 0))
      }
    }
    candidates.append(
      Candidate(
        box: PixelBox(left: 2, top: 0, right: 1, bottom: 1), confidence: 0.5, classID: 0, cell: 0))
    #expect(candidates.list.isEmpty)
    #expect(candidates.invalid == 15)
  }

  @Test("Every head survives outputs of nothing but NaN, infinity or huge numbers")
  func nonsense() {
    let grid = GridLevel(stride: 8, columns: 8, rows: 4)
    let size = InputSize(width: 64, height: 32)
    let heads: [any Head] = [
      DistanceHead(levels: [grid], outputs: [0], classCount: 3, clamp: -4...4.5),
      YOLOXHead(levels: [grid], classCount: 3),
      YOLORowsHead(count: 32, classCount: 3, hasObjectness: true, isTransposed: false),
      YOLORowsHead(count: 32, classCount: 3, hasObjectness: false, isTransposed: true),
      NanoDetHead(
        levels: [grid], scoreOutputs: [0], distanceOutputs: [1], classCount: 3, bins: 8),
      UltraFaceHead(scoreOutput: 0, boxOutput: 1, count: 32, size: size),
      YuNetHead(levels: [.init(grid: grid, scores: 0, objectness: 1, boxes: 2, landmarks: 3)]),
      FastestDetHead(grid: grid, classCount: 3, size: size),
    ]
    for head in heads {
      for value in [Float.nan, .infinity, -.infinity, 3e38, -3e38] {
        var arrays = [[Float]](repeating: [], count: 4)
        for (output, count) in head.reads {
          arrays[output] = [Float](repeating: value, count: count)
        }
        let found = head.found(arrays, threshold: 0.25)
        for candidate in found.list {
          #expect(candidate.confidence.isFinite && candidate.box.area >= 0)
        }
        if value.isNaN { #expect(found.list.isEmpty && found.invalid == 32, "\(head)") }
      }
    }
  }
}
