import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

/// Recurrent layers of one feature and one hidden unit, whose gates are plain lines.
@Suite struct RecurrentTests {
  private static let plain = GateFunction.affine(alpha: 1, beta: 0)
  private static let half = GateFunction.affine(alpha: 0, beta: 0.5)

  private func weights(_ gates: [Float], directions: Int = 1) throws -> Tensor {
    let all = [[Float]](repeating: gates, count: directions).flatMap { $0 }
    return try Known.floats(all, [directions, gates.count, 1])
  }

  private func steps(_ x: [Float]) throws -> Tensor { try Known.floats(x, [x.count, 1, 1]) }

  private func simple(
    _ direction: Recurrent.Direction = .forward, clip: Float? = nil, batchFirst: Bool = false
  ) -> Recurrent {
    Recurrent(
      .simple, direction: direction, hidden: 1,
      functions: [GateFunction](
        repeating: Self.plain, count: direction == .bidirectional ? 2 : 1),
      clip: clip, batchFirst: batchFirst)
  }

  private func run(
    _ op: Recurrent, _ x: Tensor, gates: [Float], recurrence: [Float], bias: [Float]? = nil,
    lengths: [Int32]? = nil, hidden: Float? = nil, cell: Float? = nil, peepholes: [Float]? = nil
  ) throws -> [[Float]] {
    let d = op.directions
    let state: Shape = [d, 1, 1]
    return try ReferenceEvaluator().evaluate(
      op,
      [
        x, try weights(gates, directions: d), try weights(recurrence, directions: d),
        try bias.map { try Known.floats($0, [d, 2 * gates.count]) },
        try lengths.map { try Tensor($0, shape: [$0.count]) },
        try hidden.map { try Known.floats([Float](repeating: $0, count: d), state) },
        try cell.map { try Known.floats([Float](repeating: $0, count: d), state) },
        try peepholes.map { try Known.floats($0, [d, 3]) },
      ], outputCount: 3
    ).map { try Known.values(Identity(), $0) }
  }

  @Test func `a layer adds up forward, backward and both ways`() throws {
    let x = try steps([1, 2, 3])
    let forward = try run(simple(), x, gates: [1], recurrence: [1])
    #expect(forward[0] == [1, 3, 6] && forward[1] == [6])
    let back = try run(simple(.reverse), x, gates: [1], recurrence: [1])
    #expect(back[0] == [6, 5, 3] && back[1] == [6])
    let both = try run(simple(.bidirectional), x, gates: [1], recurrence: [1])
    #expect(both[0] == [1, 6, 3, 5, 6, 3] && both[1] == [6, 6])
    let wide = try Known.run(Cast(to: .float64), x)[0]
    let weight = try Known.run(Cast(to: .float64), try weights([1]))[0]
    let double = try Known.run(simple(), wide, weight, weight)[0]
    #expect(double.array() == [1, 3, 6] as [Double])
  }

  @Test func `a first state, a bias, a clip and the batch in front`() throws {
    let x = try steps([1, 2, 3])
    #expect(try run(simple(), x, gates: [1], recurrence: [1], hidden: 10)[0] == [11, 13, 16])
    #expect(try run(simple(), x, gates: [1], recurrence: [1], bias: [1, 2])[0] == [4, 9, 15])
    #expect(try run(simple(clip: 2), x, gates: [1], recurrence: [1])[0] == [1, 2, 2])
    let first = simple(batchFirst: true)
    let y = try Known.run(
      first, x.reshaped([1, 3, 1]), weights([1]), weights([1]), outputs: 3)
    #expect(y[0].shape == [1, 3, 1, 1] && y[1].shape == [1, 1, 1])
    #expect(y[0].array() == [1, 3, 6] as [Float])
  }

  @Test func `a sequence ends where its length says, and a length beyond it is an error`() throws {
    let x = try steps([1, 2, 3])
    let y = try run(simple(), x, gates: [1], recurrence: [1], lengths: [2])
    #expect(y[0] == [1, 3, 0] && y[1] == [3])
    #expect(try run(simple(), x, gates: [1], recurrence: [1], lengths: [0])[0] == [0, 0, 0])
    let back = try run(simple(.reverse), x, gates: [1], recurrence: [1], lengths: [2])
    #expect(back[0] == [3, 2, 0])
    for length: Int32 in [4, -1, .max, .min] {
      #expect(throws: OperatorError.self) {
        try run(simple(), x, gates: [1], recurrence: [1], lengths: [length])
      }
    }
    #expect(try run(simple(), Tensor(.float32, [0, 1, 1]), gates: [1], recurrence: [1])[1] == [0])
  }

  @Test func `a GRU resets before or behind its linear part`() throws {
    func gru(_ linearBeforeReset: Bool, bias: [Float]? = nil) throws -> [Float] {
      try run(
        Recurrent(
          .gru(linearBeforeReset: linearBeforeReset), direction: .forward, hidden: 1,
          functions: [Self.half, Self.plain], clip: nil, batchFirst: false),
        steps([2]), gates: [0, 0, 1], recurrence: [0, 0, 1], bias: bias, hidden: 4)[0]
    }
    #expect(try gru(false) == [4])
    #expect(try gru(true) == [4])
    let bias: [Float] = [0, 0, 0, 0, 0, 2]
    #expect(try gru(false, bias: bias) == [5])
    #expect(try gru(true, bias: bias) == [4.5])
  }

  @Test func `an LSTM keeps a cell, couples its gates and looks through peepholes`() throws {
    func lstm(_ gate: GateFunction, coupled: Bool = false, peepholes: [Float]? = nil, cell: Float)
      throws -> [[Float]]
    {
      try run(
        Recurrent(
          .lstm(coupled: coupled), direction: .forward, hidden: 1,
          functions: [gate, Self.plain, Self.plain], clip: nil, batchFirst: false),
        steps([2]), gates: [0, 0, 0, 1], recurrence: [0, 0, 0, 0], cell: cell,
        peepholes: peepholes)
    }
    let plain = try lstm(Self.half, cell: 4)
    #expect(plain[0] == [1.5] && plain[2] == [3])
    #expect(try lstm(Self.half, coupled: true, cell: 4)[2] == [3])
    let seen = try lstm(Self.plain, peepholes: [1, 1, 0], cell: 2)
    #expect(seen[2] == [4] && seen[0] == [16])
    // Coupled: what is forgotten is 1 less what enters.
    #expect(try lstm(Self.plain, coupled: true, peepholes: [1, 1, 0], cell: 2)[2] == [2])
  }

  @Test func `gate functions`() throws {
    for (function, due) in [
      (.scaledTanh(alpha: 2, beta: 0), 0), (.softsign, 0.75), (.thresholdedRelu(alpha: 3), 3),
      (.thresholdedRelu(alpha: 4), 0), (.unary(.relu), 3), (.affine(alpha: 2, beta: 1), 7),
    ] as [(GateFunction, Float)] {
      var op = simple()
      op.functions = [function]
      #expect(try run(op, steps([3]), gates: [1], recurrence: [1])[0] == [due], "\(function)")
    }
  }

  @Test func `weights, states and functions that do not fit are errors, NaN is none`() throws {
    let x = try steps([1, 2])
    var op = simple()
    op.functions = []
    #expect(throws: OperatorError.self) { try run(op, x, gates: [1], recurrence: [1]) }
    for hidden in [0, -1, 2, Int.max] {
      op = simple()
      op.hidden = hidden
      #expect(throws: OperatorError.self) { try run(op, x, gates: [1], recurrence: [1]) }
    }
    #expect(throws: OperatorError.self) { try run(simple(), x, gates: [1, 1], recurrence: [1]) }
    #expect(Known.refusal(simple(), x, try weights([1])) != nil)
    #expect(
      Known.refusal(simple(), x, try weights([1]), try Known.numbers([1], .int32, [1, 1, 1])) != nil
    )
    #expect(try run(simple(), steps([.nan, 1]), gates: [1], recurrence: [1])[0][1].isNaN)
  }
}
