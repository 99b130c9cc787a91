import OcelliGraph
import OcelliTensor

extension Recurrent: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let cast = Cast(to: .float32)
    // Gates are defined on floats; double states lose nothing that the functions keep.
    var given: [[Float]?] = []
    for index in 0..<8 {
      given.append(
        try inputs.optional(index).map { try cast.cast($0).array(of: Float.self) })
    }
    let lengths = try inputs.optional(4)?.integers("sequence_lens")
    var layer = RecurrentLayer(self, x: x.shape, given)
    try layer.run(lengths)
    let all = try Tensor(layer.states, shape: try facts.shape())
    let last = try Tensor(layer.hidden, shape: facts[1].shape ?? [])
    let cells = try Tensor(layer.cells, shape: facts[2].shape ?? [])
    let back = Cast(to: x.type)
    return [try back.cast(all), try back.cast(last), try back.cast(cells)]
  }
}

extension GateFunction {
  func apply(_ x: Float) -> Float {
    switch self {
    case .unary(let function): function.apply(x)
    case .affine(let alpha, let beta): alpha * x + beta
    case .scaledTanh(let alpha, let beta): alpha * Float.tanh(beta * x)
    case .softsign: x / (1 + abs(x))
    case .thresholdedRelu(let alpha): x >= alpha ? x : 0
    }
  }
}

/// One run of a recurrent layer.
private struct RecurrentLayer {
  private let op: Recurrent
  private let x: [Float]
  private let weights: [Float]
  private let recurrence: [Float]
  private let bias: [Float]?
  private let peepholes: [Float]?
  private let length: Int
  private let batch: Int
  private let features: Int
  private let size: Int
  /// All hidden states, the last ones, and the last cell states, as the outputs have them.
  private(set) var states: [Float]
  private(set) var hidden: [Float]
  private(set) var cells: [Float]

  init(_ op: Recurrent, x shape: Shape, _ given: [[Float]?]) {
    self.op = op
    (length, batch) = op.batchFirst ? (shape[1], shape[0]) : (shape[0], shape[1])
    features = shape[2]
    size = op.hidden
    x = given[0] ?? []
    weights = given[1] ?? []
    recurrence = given[2] ?? []
    bias = given[3]
    peepholes = given[7]
    let last = [Float](repeating: 0, count: op.directions * batch * size)
    hidden = given[5] ?? last
    cells = given[6] ?? last
    states = [Float](repeating: 0, count: length * last.count)
  }

  /// Errors: a length that the sequence has not.
  mutating func run(_ lengths: [Int]?) throws(OperatorError) {
    for direction in 0..<op.directions {
      let reverse = op.direction == .reverse || direction == 1
      for b in 0..<batch {
        let own = lengths?[b] ?? length
        guard 0...length ~= own else {
          throw OperatorError("a sequence of \(own) steps of \(length)")
        }
        let state = (op.batchFirst ? b * op.directions + direction : direction * batch + b) * size
        var h = Array(hidden[state..<state + size])
        var c = Array(cells[state..<state + size])
        for step in 0..<own {
          let t = reverse ? own - 1 - step : step
          let row = (op.batchFirst ? b * length + t : t * batch + b) * features
          advance(direction, x[row..<row + features], &h, &c)
          let target =
            op.batchFirst
            ? ((b * length + t) * op.directions + direction) * size
            : ((t * op.directions + direction) * batch + b) * size
          for i in 0..<size { states[target + i] = h[i] }
        }
        for i in 0..<size {
          hidden[state + i] = h[i]
          cells[state + i] = c[i]
        }
      }
    }
  }

  private func advance(
    _ direction: Int, _ x: ArraySlice<Float>, _ h: inout [Float], _ c: inout [Float]
  ) {
    let functions = Array(
      op.functions[direction * op.cell.functions..<(direction + 1) * op.cell.functions])
    let input = product(weights, direction, x)
    switch op.cell {
    case .simple:
      let own = product(recurrence, direction, h[...])
      for i in 0..<size {
        h[i] = gate(functions[0], input[i] + own[i] + biases(direction, i))
      }
    case .gru(let linearBeforeReset):
      gru(direction, functions, input, &h, linearBeforeReset)
    case .lstm(let coupled): lstm(direction, functions, input, &h, &c, coupled)
    }
  }

  /// Gates: update, reset, hidden.
  private func gru(
    _ direction: Int, _ functions: [GateFunction], _ input: [Float], _ h: inout [Float],
    _ linearBeforeReset: Bool
  ) {
    let own = product(recurrence, direction, h[...])
    var update = [Float](repeating: 0, count: size)
    var reset = update
    for i in 0..<size {
      update[i] = gate(functions[0], input[i] + own[i] + biases(direction, i))
      let r = size + i
      reset[i] = gate(functions[0], input[r] + own[r] + biases(direction, r))
    }
    let open = (0..<size).map { reset[$0] * h[$0] }
    let opened = linearBeforeReset ? [] : product(recurrence, direction, open[...])
    for i in 0..<size {
      let n = 2 * size + i
      let recurrent =
        linearBeforeReset
        ? reset[i] * (own[n] + bias(direction, 1, n)) : opened[n] + bias(direction, 1, n)
      let candidate = gate(functions[1], input[n] + bias(direction, 0, n) + recurrent)
      h[i] = (1 - update[i]) * candidate + update[i] * h[i]
    }
  }

  /// Gates: input, output, forget, cell; peepholes: input, output, forget.
  private func lstm(
    _ direction: Int, _ functions: [GateFunction], _ input: [Float], _ h: inout [Float],
    _ c: inout [Float], _ coupled: Bool
  ) {
    let own = product(recurrence, direction, h[...])
    func sum(_ index: Int, _ i: Int) -> Float {
      let place = index * size + i
      return input[place] + own[place] + biases(direction, place)
    }
    func peephole(_ index: Int, _ i: Int) -> Float {
      peepholes?[(direction * 3 + index) * size + i] ?? 0
    }
    for i in 0..<size {
      let entry = gate(functions[0], sum(0, i) + peephole(0, i) * c[i])
      let forget =
        coupled ? 1 - entry : gate(functions[0], sum(2, i) + peephole(2, i) * c[i])
      let cell = forget * c[i] + entry * gate(functions[1], sum(3, i))
      let exit = gate(functions[0], sum(1, i) + peephole(1, i) * cell)
      c[i] = cell
      h[i] = exit * functions[2].apply(cell)
    }
  }

  private func gate(_ function: GateFunction, _ x: Float) -> Float {
    guard let clip = op.clip else { return function.apply(x) }
    return function.apply(min(max(x, -clip), clip))
  }

  private func biases(_ direction: Int, _ row: Int) -> Float {
    bias(direction, 0, row) + bias(direction, 1, row)
  }

  /// `side` 0: of the weights, 1: of the recurrence.
  private func bias(_ direction: Int, _ side: Int, _ row: Int) -> Float {
    bias?[(direction * 2 + side) * op.cell.gates * size + row] ?? 0
  }

  /// A direction's matrix times a vector.
  private func product(
    _ matrix: [Float], _ direction: Int, _ vector: ArraySlice<Float>
  ) -> [Float] {
    let rows = op.cell.gates * size
    let base = direction * rows * vector.count
    return (0..<rows).map { row in
      var sum: Float = 0
      var place = base + row * vector.count
      for element in vector {
        sum += matrix[place] * element
        place += 1
      }
      return sum
    }
  }
}
