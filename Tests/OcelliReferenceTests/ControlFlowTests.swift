import OcelliGraph
import OcelliReference
import OcelliTensor
import Testing

/// A body that adds its state to itself: inputs trip, condition, state; outputs condition, state, state.
private func doubling(goesOn: Bool = true) throws -> Graph {
  var body = Graph(name: "double")
  let trip = body.add(Value(name: "trip"))
  let condition = body.add(Value(name: "condition"))
  let state = body.add(Value(name: "state"))
  let sum = body.add(Value(name: "sum"))
  let copy = body.add(Value(name: "copy"))
  let fixed = body.add(constant: try Tensor(scalar: goesOn), name: "fixed")
  body.inputs = [trip, condition, state]
  body.nodes = [
    Node(name: "a", op: Binary(.add), inputs: [state, state], outputs: [sum]),
    Node(name: "b", op: Identity(), inputs: [sum], outputs: [copy]),
  ]
  body.outputs = [fixed, sum, copy]
  return body
}

private func evaluate(_ op: any Operator, _ inputs: Tensor?...) throws(OperatorError) -> [Tensor] {
  try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)
}

@Suite struct ControlFlowTests {
  @Test func `a loop runs its trips and stacks what they give`() throws {
    let loop = Loop(body: try doubling(), stateCount: 1)
    let one = try Tensor([1] as [Int32], shape: [1])
    let results = try evaluate(loop, try Tensor(scalar: Int64(3)), nil, one)
    #expect(results[0].array(of: Int32.self) == [8])
    #expect(results[1].shape == [3, 1])
    #expect(results[1].array(of: Int32.self) == [2, 4, 8])
    let none = try evaluate(loop, try Tensor(scalar: Int64(0)), nil, one)
    #expect(none[0].array(of: Int32.self) == [1])
    #expect(none[1].shape == [0, 1])
    #expect(try evaluate(loop, try Tensor(scalar: Int64.min), nil, one)[1].count == 0)
  }

  @Test func `a condition ends a loop`() throws {
    let loop = Loop(body: try doubling(goesOn: false), stateCount: 1)
    let one = try Tensor([1] as [Int32], shape: [1])
    #expect(try evaluate(loop, nil, nil, one)[0].array(of: Int32.self) == [2])
    let never = try Tensor(scalar: false)
    #expect(try evaluate(loop, nil, never, one)[0].array(of: Int32.self) == [1])
  }

  @Test func `a loop for ever is an error after ten thousand trips`() throws {
    let loop = Loop(body: try doubling(), stateCount: 1)
    let one = try Tensor([1] as [Int32], shape: [1])
    do throws(OperatorError) {
      _ = try evaluate(loop, nil, nil, one)
      Issue.record("it ended")
    } catch { #expect(error.description.contains("10000 trips")) }
    let most = try Tensor(scalar: Int64.max)
    do throws(OperatorError) {
      _ = try evaluate(loop, most, nil, one)
      Issue.record("it ended")
    } catch { #expect(error.description.contains("10000 trips")) }
  }

  @Test func `bodies nested nine deep are an error, eight are not`() throws {
    func nested(_ depth: Int) throws -> Graph {
      var body = Graph(name: "\(depth)")
      let fixed = body.add(constant: try Tensor(scalar: true), name: "fixed")
      let result = body.add(Value(name: "result"))
      if depth == 0 {
        body.nodes = [Node(name: "n", op: Identity(), inputs: [fixed], outputs: [result])]
      } else {
        let inner = try nested(depth - 1)
        body.nodes = [
          Node(name: "n", op: If(then: inner, else: inner), inputs: [fixed], outputs: [result])
        ]
      }
      body.outputs = [result]
      return body
    }
    let condition = try Tensor(scalar: true)
    let deep = try nested(8)
    #expect(throws: OperatorError.self) { try evaluate(If(then: deep, else: deep), condition) }
    let shallow = try nested(7)
    #expect(try evaluate(If(then: shallow, else: shallow), condition)[0].array() == [true])
  }

  @Test func `a state that grows has no shape before the graph runs`() throws {
    var body = Graph(name: "grow")
    let ids = ["trip", "condition", "state", "longer"].map { body.add(Value(name: $0)) }
    body.inputs = Array(ids[0..<3])
    body.nodes = [
      Node(name: "c", op: Concat(axis: 0), inputs: [ids[2], ids[2]], outputs: [ids[3]])
    ]
    body.outputs = [ids[1], ids[3]]
    let loop = Loop(body: body, stateCount: 1)
    let trips = OperatorInput(Fact(.int64, []), constant: try Tensor(scalar: Int64(2)))
    let facts = try loop.outputFacts([trips, nil, OperatorInput(Fact(.float32, [2]))])
    #expect(facts == [Fact(.float32, nil)])
    let y = try evaluate(
      loop, try Tensor(scalar: Int64(2)), nil, try Tensor([1, 2] as [Float], shape: [2]))
    #expect(y[0].shape == [8])
    let steady = Loop(body: try doubling(), stateCount: 1)
    #expect(
      try steady.outputFacts([trips, nil, OperatorInput(Fact(.float32, [5]))])
        == [Fact(.float32, [5]), Fact(.float32, [2, 5])])
  }

  @Test func `a scan cuts, turns and joins along its axes`() throws {
    var body = Graph(name: "sum")
    let ids = ["state", "slice", "total", "copy"].map { body.add(Value(name: $0)) }
    body.inputs = [ids[0], ids[1]]
    body.nodes = [
      Node(name: "a", op: Binary(.add), inputs: [ids[0], ids[1]], outputs: [ids[2]]),
      Node(name: "b", op: Identity(), inputs: [ids[2]], outputs: [ids[3]]),
    ]
    body.outputs = [ids[2], ids[3]]
    let scan = Scan(
      body: body, stateCount: 1, inputWays: [.init(axis: 1, isReversed: true)],
      outputWays: [.init(axis: -1, isReversed: false)], isBatched: false)
    let x = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let results = try evaluate(scan, try Tensor([0, 0] as [Float], shape: [2]), x)
    #expect(results[0].array() == [6, 15] as [Float])
    #expect(results[1].shape == [2, 3])
    #expect(results[1].array() == [3, 5, 6, 6, 11, 15] as [Float])
  }
}
