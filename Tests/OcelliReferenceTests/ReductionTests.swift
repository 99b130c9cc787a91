import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

/// Reductions, running sums, orders and choices along an axis.
@Suite struct ReductionTests {
  private static let all: [(Reduce.Function, [Float])] = [
    (.sum, [7, 12]), (.mean, [3.5, 6]), (.maximum, [4, 12]), (.minimum, [3, 0]),
    (.product, [12, 0]), (.sumSquare, [25, 144]), (.l1, [7, 12]), (.l2, [5, 12]),
    (.logSum, [1.945_910_1, 2.484_906_6]), (.logSumExp, [4.313_261_7, 12.000_006]),
  ]

  @Test(arguments: all)
  func `an axis is folded, counted from either end, kept or not`(
    _ function: Reduce.Function, _ due: [Float]
  ) throws {
    let x = try Known.floats([3, 4, 0, 12], [2, 2])
    for axis in [1, -1] {
      for kept in [true, false] {
        let op = Reduce(function, axes: [axis], keepDimensions: kept)
        let y = try Known.values(op, x)
        #expect(Known.isNear(y, due), "\(y)")
        #expect(try Known.run(op, x)[0].shape == (kept ? [2, 1] : [2]))
      }
    }
    let wide = try Known.run(Cast(to: .float64), x)[0]
    let op = Reduce(function, axes: [1], keepDimensions: false)
    #expect(try Known.run(op, wide)[0].type == .float64)
    #expect(Known.isNear(try Known.values(op, wide), due))
    // Of one axis of 1 the elements themselves, or what their function is.
    let alone = try Known.values(op, Known.floats([5, 2], [2, 1]))
    let single: Float = function == .sumSquare ? 25 : function == .logSum ? 1.609_437_9 : 5
    #expect(abs(alone[0] - single) < 1e-5)
  }

  @Test(
    arguments: [
      (.sum, 0), (.maximum, -.infinity), (.minimum, .infinity), (.product, 1), (.mean, .nan),
      (.l1, 0), (.l2, 0), (.sumSquare, 0), (.logSum, -.infinity), (.logSumExp, -.infinity),
    ] as [(Reduce.Function, Float)])
  func `of nothing what leaves another value as it is`(_ function: Reduce.Function, _ due: Float)
    throws
  {
    let op = Reduce(function, axes: [1], keepDimensions: true)
    let y = try Known.values(op, Known.floats([], [2, 0]))
    #expect(Known.isNear(y, [due, due]), "\(y)")
    #expect(try Known.values(op, Known.floats([], [0, 3])) == [])
  }

  @Test func `axes as an input count, an empty list means all or none`() throws {
    let x = try Known.floats([1, 2, 3, 4], [2, 2])
    var op = Reduce(.sum, axes: nil, keepDimensions: false)
    #expect(try Known.values(op, x) == [10])
    #expect(try Known.run(op, x)[0].shape == [])
    #expect(try Known.values(op, x, Known.integers([0])) == [4, 6])
    #expect(try Known.values(op, x, Known.integers([])) == [10])
    op.emptyMeansNone = true
    #expect(try Known.values(op, x, Known.integers([])) == [1, 2, 3, 4])
    #expect(Known.refusal(op, x, try Known.integers([2])) != nil)
    #expect(Known.refusal(op, x, try Known.integers([0, -2])) != nil)
    #expect(Known.refusal(Reduce(.sum, axes: [.min], keepDimensions: true), x) != nil)
  }

  @Test func `NaN and infinities stay in their lane`() throws {
    let x = try Known.floats([.nan, 1, 2, .infinity, -.infinity, 3], [3, 2])
    func folded(_ function: Reduce.Function) throws -> [Float] {
      try Known.values(Reduce(function, axes: [1], keepDimensions: false), x)
    }
    #expect(Known.isNear(try folded(.maximum), [.nan, .infinity, 3]))
    #expect(Known.isNear(try folded(.minimum), [.nan, 2, -.infinity]))
    #expect(Known.isNear(try folded(.sum), [.nan, .infinity, -.infinity]))
    #expect(Known.isNear(try folded(.logSumExp), [.nan, .infinity, 3]))
    let big = Reduce(.logSumExp, axes: nil, keepDimensions: false)
    #expect(Known.isNear(try Known.values(big, Known.floats([1000, 1000])), [1000.693_1]))
  }

  @Test func `integers wrap, their means go toward zero, of nothing they have none`() throws {
    let x = try Known.numbers([100, 100, -3, -4], .int8, [2, 2])
    func folded(_ function: Reduce.Function) throws -> [Float] {
      try Known.values(Reduce(function, axes: [1], keepDimensions: false), x)
    }
    #expect(try folded(.sum) == [-56, -7])
    #expect(try folded(.mean)[1] == -3)
    #expect(try folded(.l1) == [-56, 7])
    #expect(try folded(.product) == [16, 12])
    #expect(try folded(.l2)[1] == 5)
    let mean = Reduce(.mean, axes: [1], keepDimensions: false)
    #expect(Known.refusal(mean, try Tensor(.int32, [2, 0]))?.contains("nothing") == true)
  }

  @Test func `truth values have a largest and a smallest and no sum`() throws {
    let x = try Tensor([true, false, false, false], shape: [2, 2])
    let most = Reduce(.maximum, axes: [1], keepDimensions: false)
    #expect(try Known.run(most, x)[0].array() == [true, false])
    let least = Reduce(.minimum, axes: [0], keepDimensions: false)
    #expect(try Known.run(least, x)[0].array() == [false, false])
    #expect(Known.refusal(Reduce(.sum, axes: nil, keepDimensions: false), x) != nil)
  }

  @Test func `of equals the first is told, or the last, and NaN is above all`() throws {
    let x = try Known.floats([1, 3, 3, 2, 0, 0], [2, 3])
    func places(_ kind: ArgExtremum.Kind, last: Bool = false, axis: Int = 1) throws -> [Int64] {
      try Known.run(
        ArgExtremum(kind, axis: axis, keepDimensions: false, selectLast: last), x)[0].array()
    }
    #expect(try places(.maximum) == [1, 0])
    #expect(try places(.maximum, last: true) == [2, 0])
    #expect(try places(.minimum, axis: -1) == [0, 1])
    #expect(try places(.minimum, last: true) == [0, 2])
    #expect(try places(.maximum, axis: 0) == [1, 0, 0])
    let kept = ArgExtremum(.maximum, axis: 0, keepDimensions: true, selectLast: false)
    #expect(try Known.run(kept, x)[0].shape == [1, 3])
    #expect(try Known.values(kept, Known.floats([.infinity, .nan, 1])) == [1])
    #expect(Known.refusal(kept, try Known.floats([], [0, 2]))?.contains("nothing") == true)
    #expect(try Known.values(kept, Known.numbers([3, 255, 9], .uint8)) == [1])
  }

  @Test func `the k largest or smallest in order, and where they stood`() throws {
    let x = try Known.floats([5, 1, 5, 3])
    func top(_ k: Int64, largest: Bool) throws -> ([Float], [Int64]) {
      let y = try Known.run(
        TopK(axis: 0, largest: largest), x, Known.integers([k]), outputs: 2)
      return (y[0].array(), y[1].array())
    }
    #expect(try top(2, largest: true) == ([5, 5], [0, 2]))
    #expect(try top(3, largest: false) == ([1, 3, 5], [1, 3, 0]))
    #expect(try top(0, largest: true) == ([], []))
    for k: Int64 in [5, -1, .max, .min] {
      #expect(Known.refusal(TopK(axis: 0, largest: true), x, try Known.integers([k])) != nil)
    }
    let two = try Known.floats([1, 9, 8, 2], [2, 2])
    #expect(try Known.values(TopK(axis: 0, largest: true), two, Known.integers([1])) == [8, 9])
    let odd = try Known.run(
      TopK(axis: 0, largest: true), Known.floats([.infinity, .nan, -.infinity]),
      Known.integers([3]), outputs: 2)
    #expect(odd[1].array(of: Int64.self) == [1, 0, 2])
  }

  @Test func `running sums and products, without their own and from the end`() throws {
    let x = try Known.floats([1, 2, 3])
    let axis = try Known.integers([0], [])
    for (function, exclusive, reverse, due) in [
      (.sum, false, false, [1, 3, 6]), (.sum, true, false, [0, 1, 3]),
      (.sum, false, true, [6, 5, 3]), (.sum, true, true, [5, 3, 0]),
      (.product, false, false, [1, 2, 6]), (.product, true, true, [6, 3, 1]),
    ] as [(Cumulative.Function, Bool, Bool, [Float])] {
      let op = Cumulative(function, exclusive: exclusive, reverse: reverse)
      #expect(try Known.values(op, x, axis) == due)
    }
    let sum = Cumulative(.sum, exclusive: false, reverse: false)
    #expect(try Known.values(sum, Known.numbers([100, 100], .int8), axis) == [100, -56])
    #expect(
      try Known.values(sum, Known.floats([1, 2, 3, 4], [2, 2]), Known.integers([-2], []))
        == [1, 2, 4, 6])
    #expect(try Known.values(sum, Known.floats([], [0]), axis) == [])
    #expect(Known.refusal(sum, x, try Known.integers([1], [])) != nil)
    #expect(Known.refusal(sum, x, try Known.integers([], [0])) != nil)
  }

  @Test func `softmax, its logarithm and its hard form`() throws {
    let x = try Known.floats([0, 0, 1000, .nan], [2, 2])
    #expect(Known.isNear(try Known.values(Softmax(axis: -1), x), [0.5, 0.5, .nan, .nan]))
    let logarithm = Softmax(axis: 1, logarithmic: true)
    #expect(
      Known.isNear(try Known.values(logarithm, x), [-0.693_147_2, -0.693_147_2, .nan, .nan]))
    #expect(
      Known.isNear(try Known.values(logarithm, Known.floats([0, -200], [1, 2])), [0, -200]))
    #expect(
      try Known.values(Hardmax(axis: 1), Known.floats([1, 3, 3, 0, 0, 0], [2, 3]))
        == [0, 1, 0, 1, 0, 0])
    #expect(try Known.values(Hardmax(axis: 0), Known.floats([], [0, 3])) == [])
    #expect(Known.refusal(Hardmax(axis: 2), x) != nil)
    #expect(Known.refusal(Softmax(axis: -3), x) != nil)
  }

  @Test func `what is not zero, NaN too, by its indices`() throws {
    let y = try Known.run(NonZero(), Known.floats([0, 1, 2, .nan], [2, 2]))[0]
    #expect(y.shape == [2, 3])
    #expect(y.array(of: Int64.self) == [0, 1, 1, 1, 0, 1])
    #expect(try Known.run(NonZero(), Known.floats([5], []))[0].shape == [1, 1])
    #expect(try Known.run(NonZero(), Known.floats([0, -0.0]))[0].shape == [1, 0])
    #expect(try Known.run(NonZero(), Known.floats([], [0, 3]))[0].shape == [2, 0])
  }

  @Test func `distinct elements and slices, sorted or as they stand`() throws {
    func unique(_ axis: Int?, sorted: Bool, _ x: Tensor) throws -> [[Int64]] {
      try Known.run(Unique(axis: axis, sorted: sorted), x, outputs: 4)
        .map { try Known.run(Cast(to: .int64), $0)[0].array() }
    }
    let x = try Known.floats([2, 1, 1, 3, 2])
    #expect(
      try unique(nil, sorted: true, x) == [[1, 2, 3], [1, 0, 3], [1, 0, 0, 2, 1], [2, 2, 1]])
    #expect(
      try unique(nil, sorted: false, x) == [[2, 1, 3], [0, 1, 3], [0, 1, 1, 2, 0], [2, 2, 1]])
    let rows = try Known.floats([1, 0, 1, 0, 2, 3], [3, 2])
    #expect(
      try unique(0, sorted: true, rows) == [[1, 0, 2, 3], [0, 2], [0, 0, 1], [2, 1]])
    #expect(try unique(nil, sorted: true, Known.floats([])) == [[], [], [], []])
    #expect(Known.refusal(Unique(axis: 2, sorted: true), rows) != nil)
  }
}
