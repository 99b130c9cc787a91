import Glibc
import OcelliEngine
import OcelliGraph
import OcelliTensor
import Testing

/// What a hostile model may do once it has been imported.
@Suite struct HostileRunTests {
  private let crew = Crew(threadCount: 1)

  /// The error of making a session, or of running it on zeros; nil where it runs.
  private func refusal(_ graph: Graph, _ inputs: [Tensor] = []) -> String? {
    do {
      let session = try Session(graph, options: SessionOptions())
      let context = try session.makeContext()
      for (index, tensor) in inputs.enumerated() { try context.setInput(index, to: tensor) }
      try session.run(context, crew: crew)
      return nil
    } catch { return error.description }
  }

  private static let half: Int64 = 1 << 29

  /// Operators that make much of little. Inputs: a float and extents that ask for 2 GiB of float32.
  private static let makers: [(String, any Operator, [Int64], takesFloat: Bool)] = [
    (
      "ConstantOfShape",
      ConstantOfShape(value: try! Tensor([1] as [Float], shape: [1])), [half], false
    ),
    ("Expand", Expand(), [half], true),
    ("Tile", Tile(), [half], true),
    ("Pad", Pad(mode: .constant), [half / 2, half / 2], true),
    (
      "Resize", Resize(mode: .nearest, coordinates: .asymmetric, rounding: .floor), [half], true
    ),
  ]

  private func graph(
    _ op: any Operator, _ extents: [Int64], _ takesFloat: Bool, isStatic: Bool
  ) throws -> (Graph, [Tensor]) {
    var builder = GraphBuilder()
    let list = try Tensor(extents, shape: [extents.count])
    let one = try Tensor([1] as [Float], shape: [1])
    var inputs: [ValueID?] = takesFloat ? [builder.constant(one)] : []
    if op is Resize { inputs += [nil] }
    inputs.append(
      isStatic ? builder.constant(list) : builder.input([extents.count], type: .int64))
    // An input that the result is added to, so that the model takes a picture of some kind.
    let x = isStatic ? builder.input([1]) : nil
    let large = try builder.add(op, inputs)[0]
    let last = try builder.add(Binary(.add), [large, x ?? builder.constant(one)])[0]
    builder.graph.outputs = [last]
    return (builder.graph, isStatic ? [one] : [list])
  }

  @Test func `M09: a result of 2 GiB is refused when the model is made ready where that is known`()
    throws
  {
    for (name, op, extents, takesFloat) in Self.makers {
      let begun = ContinuousClock.now
      let (graph, _) = try graph(op, extents, takesFloat, isStatic: true)
      do {
        _ = try Session(graph, options: SessionOptions())
        Issue.record("\(name) was made ready")
      } catch { #expect(error.description.contains("MiB"), "\(name): \(error)") }
      #expect(ContinuousClock.now - begun < .seconds(5), "\(name)")
    }
  }

  @Test func `M09: a result of 2 GiB is refused when the model runs, where data tell its shape`()
    throws
  {
    for (name, op, extents, takesFloat) in Self.makers {
      let begun = ContinuousClock.now
      let (graph, inputs) = try graph(op, extents, takesFloat, isStatic: false)
      let text = refusal(graph, inputs)
      #expect(text?.contains("MiB") == true, "\(name): \(text ?? "it ran")")
      #expect(text?.contains("\"n0\"") == true, "the node is named: \(text ?? "")")
      #expect(ContinuousClock.now - begun < .seconds(5), "\(name)")
    }
    var builder = GraphBuilder()
    let ends = [0, Self.half, 1].map { try? Tensor(scalar: $0) }
    let ids = (0..<3).map { _ in builder.input([], type: .int64) }
    builder.graph.outputs = try builder.add(Range(), ids)
    let text = refusal(builder.graph, ends.compactMap { $0 })
    #expect(text?.contains("MiB") == true, "Range: \(text ?? "it ran")")
  }

  @Test func `M09: many results below the limit are held to a limit together`() throws {
    // Each is 512 KiB and lives to the end.
    var builder = GraphBuilder()
    let extents = builder.input([1], type: .int64)
    let value = try Tensor([1] as [Float], shape: [1])
    for _ in 0..<4 {
      builder.graph.outputs += try builder.add(ConstantOfShape(value: value), [extents])
    }
    let session = try Session(builder.graph, options: SessionOptions())
    let extent = try Tensor([1 << 17] as [Int64], shape: [1])
    for (limit, runs) in [(1 << 20, false), (2 << 20, true)] {
      let context = try session.makeContext(dataLimit: limit)
      try context.setInput(0, to: extent)
      do {
        try session.run(context, crew: crew)
        #expect(runs)
      } catch {
        #expect(!runs && error.description.contains("MiB"), "\(error)")
      }
    }
  }

  /// A loop of all trips that are allowed, around `inner`.
  private func loop(around inner: (any Operator)?) throws -> Loop {
    var body = Graph(name: "body")
    let ids = ["trip", "condition", "state", "result"].map { body.add(Value(name: $0)) }
    body.inputs = Array(ids[0..<3])
    let op: any Operator = inner ?? Unary(.negate)
    let inputs: [ValueID?] =
      inner == nil
      ? [ids[2]]
      : [body.add(constant: try Tensor(scalar: Int64(10_000)), name: "most"), nil, ids[2]]
    body.nodes = [Node(name: "inner", op: op, inputs: inputs, outputs: [ids[3]])]
    body.outputs = [ids[1], ids[3]]
    return Loop(body: body, stateCount: 1)
  }

  @Test func `M11: loops in a loop end at the deadline, and the crew runs the next model`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1])
    let most = builder.constant(try Tensor(scalar: Int64(10_000)))
    let nested = try loop(around: try loop(around: nil))
    builder.graph.outputs = try builder.add(nested, [most, nil, x])
    let begun = ContinuousClock.now
    let one = try Tensor([1] as [Float], shape: [1])
    let text = refusal(builder.graph, [one])
    #expect(text?.contains("control flow has run for more than") == true, "\(text ?? "it ran")")
    #expect(ContinuousClock.now - begun < .seconds(60))
    builder.graph.nodes[0].op = Unary(.negate)
    builder.graph.nodes[0].inputs = [x]
    #expect(refusal(builder.graph, [one]) == nil)
  }
}
