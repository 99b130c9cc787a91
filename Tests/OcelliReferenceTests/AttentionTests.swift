import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

@Suite struct AttentionTests {
  /// Two queries, two keys that are alike, and two values, as `[1, 1, 2, 1]`.
  private let q = try! Known.floats([1, 1], [1, 1, 2, 1])
  private let k = try! Known.floats([1, 1], [1, 1, 2, 1])
  private let v = try! Known.floats([2, 4], [1, 1, 2, 1])

  private func attend(
    _ op: Attention, mask: Tensor? = nil, valid: Tensor? = nil
  ) throws -> [Float] {
    try Known.values(op, q, k, v, mask, nil, nil, valid)
  }

  @Test func `equal keys share evenly; causal queries see no later key`() throws {
    #expect(try attend(Attention()) == [3, 3])
    #expect(try attend(Attention(causal: true)) == [2, 3])
    #expect(Known.isNear(try attend(Attention(scale: 0)), [3, 3]))
    #expect(Known.isNear(try attend(Attention(softcap: 1)), [3, 3]))
  }

  @Test func `windows of any size count keys before and after`() throws {
    #expect(try attend(Attention(leftWindow: 0, rightWindow: 0)) == [2, 4])
    #expect(try attend(Attention(leftWindow: 0)) == [3, 4])
    #expect(try attend(Attention(rightWindow: 0)) == [2, 3])
    #expect(try attend(Attention(leftWindow: .max, rightWindow: .max)) == [3, 3])
    #expect(try attend(Attention(leftWindow: .min, rightWindow: .min)) == [3, 3])
  }

  @Test func `masks hide keys, shorter ones the rest, and who sees nothing gives 0`() throws {
    let first = try Tensor([true, false], shape: [1, 1, 1, 2])
    #expect(try attend(Attention(), mask: first) == [2, 2])
    #expect(
      try attend(Attention(), mask: Tensor([true, false, false, true], shape: [2, 2])) == [2, 4])
    #expect(try attend(Attention(), mask: Known.floats([0, -.infinity], [1, 2])) == [2, 2])
    #expect(try attend(Attention(), mask: Tensor([false, false], shape: [1, 2])) == [0, 0])
    #expect(try attend(Attention(), mask: Tensor([true], shape: [1, 1, 1, 1])) == [2, 2])
    #expect(Known.isNear(try attend(Attention(), mask: Known.floats([.nan], [])), [.nan, .nan]))
    #expect(Known.refusal(Attention(), q, k, v, try Tensor([true, true, true], shape: [3])) != nil)
  }

  @Test func `a number of valid keys may be any`() throws {
    #expect(try attend(Attention(), valid: Known.integers([1])) == [2, 2])
    #expect(try attend(Attention(), valid: Known.integers([0])) == [0, 0])
    for odd: Int64 in [.min, -1] {
      #expect(try attend(Attention(), valid: Known.integers([odd])) == [0, 0])
    }
    for odd: Int64 in [2, 3, .max] {
      #expect(try attend(Attention(), valid: Known.integers([odd])) == [3, 3])
    }
    #expect(try attend(Attention(causal: true), valid: Known.integers([.max])) == [2, 3])
    #expect(Known.refusal(Attention(), q, k, v, nil, nil, nil, try Known.integers([1, 2])) != nil)
  }

  @Test func `heads of queries share heads of keys; the packed layout is the same`() throws {
    let queries = try Known.floats([1, 1, 1, 1], [1, 2, 2, 1])
    #expect(try Known.values(Attention(), queries, k, v) == [3, 3, 3, 3])
    let packed = Attention(queryHeads: 2, keyHeads: 1)
    let y = try Known.run(
      packed, queries.reshaped([1, 2, 2]), k.reshaped([1, 2, 1]), v.reshaped([1, 2, 1]))[0]
    #expect(y.shape == [1, 2, 2])
    #expect(y.array() == [3, 3, 3, 3] as [Float])
    for heads in [0, -1, 3, Int.max] {
      #expect(
        Known.refusal(
          Attention(queryHeads: heads, keyHeads: 1), queries.reshaped([1, 2, 2]),
          k.reshaped([1, 2, 1]), v.reshaped([1, 2, 1])) != nil)
    }
  }

  @Test func `what is past stands before, and comes back with the rest`() throws {
    let one = try Known.floats([1], [1, 1, 1, 1])
    let six = try Known.floats([6], [1, 1, 1, 1])
    let y = try Known.run(Attention(causal: true), q, k, v, nil, one, six, outputs: 4)
    #expect(Known.isNear(y[0].array(), [4, 4]))
    #expect(y[2].array() == [6, 2, 4] as [Float])
    #expect(y[3].shape == [1, 1, 2, 3])
    #expect(Known.refusal(Attention(), q, k, v, nil, one) != nil)
    #expect(Known.refusal(Attention(), q, k, v, nil, one, try Known.floats([6], [1])) != nil)
  }

  @Test func `halves and floats may meet, other types are an error and no trap`() throws {
    let half = try Known.run(Cast(to: .float16), k)[0]
    #expect(try Known.values(Attention(), q, half, v) == [3, 3])
    for type: ElementType in [.float64, .int32] {
      let other = try Known.run(Cast(to: type), k)[0]
      #expect(Known.refusal(Attention(), q, other, v) != nil)
      #expect(Known.refusal(Attention(), q, k, other) != nil)
      let past = try Tensor(type, [1, 1, 1, 1])
      #expect(Known.refusal(Attention(), q, k, v, nil, past, past) != nil)
    }
    #expect(
      Known.isNear(
        try Known.values(Attention(), Known.floats([.nan, 1], [1, 1, 2, 1]), k, v), [.nan, 3]))
    let none = try Known.run(
      Attention(), q, Tensor(.float32, [1, 1, 0, 1]), Tensor(.float32, [1, 1, 0, 1]))
    #expect(none[0].array() == [0, 0] as [Float])
  }

  @Test(
    arguments: [
      (.linear, [1, 3, 6]), (.gated, [1, 2.5, 4.25]), (.delta, [1, -1, 11]),
      (.gatedDelta, [1, 0.5, 1]),
    ] as [(LinearAttention.Rule, [Float])])
  func `a state takes keys and values, fades and is corrected`(
    _ rule: LinearAttention.Rule, _ due: [Float]
  ) throws {
    let ones = try Known.floats([1, 1, 1], [1, 3, 1])
    let keys = try Known.floats([1, 2, 3], [1, 3, 1])
    let decay = try Known.floats([Float](repeating: -0.693_147_2, count: 3), [1, 3, 1])
    let op = LinearAttention(rule: rule, queryHeads: 1, keyHeads: 1, scale: 1)
    let y = try Known.values(op, ones, keys, ones, nil, decay, ones)
    #expect(Known.isNear(y, due), "\(y)")
    if rule.decays { #expect(Known.refusal(op, ones, keys, ones, nil, nil, ones) != nil) }
    if rule.corrects { #expect(Known.refusal(op, ones, keys, ones, nil, decay) != nil) }
  }

  @Test func `a state goes on from the last one, and query heads share it`() throws {
    let ones = try Known.floats([1, 1, 1], [1, 3, 1])
    let op = LinearAttention(rule: .linear, queryHeads: 1, keyHeads: 1, scale: 2)
    let past = try Known.floats([10], [1, 1, 1, 1])
    let y = try Known.run(op, ones, ones, ones, past, outputs: 2)
    #expect(y[0].array() == [22, 24, 26] as [Float])
    #expect(y[1].array() == [13] as [Float])
    let two = LinearAttention(rule: .linear, queryHeads: 2, keyHeads: 1, scale: 1)
    let queries = try Known.floats([1, 2, 1, 2, 1, 2], [1, 3, 2])
    #expect(try Known.values(two, queries, ones, ones) == [1, 2, 2, 4, 3, 6])
    #expect(Known.refusal(op, ones, ones, ones, try Known.floats([1], [1])) != nil)
    #expect(Known.refusal(two, ones, ones, ones) != nil)
  }

  @Test func `pairs of features turn, as halves or as neighbours, all or some`() throws {
    let x = try Known.floats([1, 2, 3, 4], [1, 1, 1, 4])
    let (c, s) = (try Known.floats([0, 1], [1, 1, 2]), try Known.floats([1, 0], [1, 1, 2]))
    func turned(_ interleaved: Bool) throws -> [Float] {
      try Known.values(RotaryEmbedding(interleaved: interleaved, dimension: 0, heads: nil), x, c, s)
    }
    #expect(try turned(false) == [-3, 2, 1, 4])
    #expect(try turned(true) == [-2, 1, 3, 4])
    let some = RotaryEmbedding(interleaved: false, dimension: 2, heads: nil)
    let (zero, one) = (try Known.floats([0], [1, 1, 1]), try Known.floats([1], [1, 1, 1]))
    #expect(try Known.values(some, x, zero, one) == [-2, 1, 3, 4])
    for odd in [3, 6, -2, Int.max] {
      let op = RotaryEmbedding(interleaved: false, dimension: odd, heads: nil)
      #expect(Known.refusal(op, x, c, s) != nil)
    }
  }

  @Test func `angles are looked up by place, and a place beyond them is an error`() throws {
    let x = try Known.floats([1, 2], [1, 1, 2])
    let op = RotaryEmbedding(interleaved: false, dimension: 0, heads: 1)
    let (c, s) = (try Known.floats([1, 0], [2, 1]), try Known.floats([0, 1], [2, 1]))
    #expect(try Known.values(op, x, c, s, Known.integers([1], [1, 1])) == [-2, 1])
    #expect(try Known.values(op, x, c, s, Known.integers([0], [1, 1])) == [1, 2])
    for place: Int64 in [2, -1, .max, .min] {
      #expect(Known.refusal(op, x, c, s, try Known.integers([place], [1, 1])) != nil)
    }
  }
}
