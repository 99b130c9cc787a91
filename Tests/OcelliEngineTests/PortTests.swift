import OcelliEngine
import OcelliGraph
import OcelliLowering
import OcelliReference
import OcelliTensor
import Testing

/// Inputs and outputs of every type, and what lies between kernels and the reference.
@Suite struct PortTests {
  private let crew = Crew(threadCount: 2)

  /// Every output of one run through a session, and by the reference alone.
  private func both(
    _ graph: Graph, _ inputs: [Tensor], options: SessionOptions = SessionOptions()
  ) throws -> (found: [Tensor], expected: [Tensor]) {
    let session = try Session(graph, options: options)
    let context = try session.makeContext()
    for (index, tensor) in inputs.enumerated() { try context.setInput(index, to: tensor) }
    try session.run(context, crew: crew)
    let found = try graph.outputs.indices.map { try context.output($0) }
    return (found, try ReferenceRunner(graph).run(inputs))
  }

  private func ramp(_ type: ElementType, _ shape: Shape) throws -> Tensor {
    let values = (0..<shape.count).map { Float($0 % 7) - 3 }
    let floats = try Tensor(values, shape: shape)
    return try ReferenceEvaluator().evaluate(Cast(to: type), [floats], outputCount: 1)[0]
  }

  @Test(arguments: ElementType.allCases.filter { [1, 2, 4, 8].contains($0.size) })
  func `a port may have any type`(_ type: ElementType) throws {
    var builder = GraphBuilder()
    let x = builder.input([2, 3], type: type)
    let scalar = builder.input([], type: type)
    let empty = builder.input([0, 3], type: type)
    let joined = try builder.add(Concat(axis: 0), [x, empty, x])[0]
    let one = builder.constant(try Tensor([1] as [Int64], shape: [1]))
    let wide = try builder.add(Reshape(allowZero: false), [scalar, one])[0]
    builder.graph.outputs = [joined, wide]
    let results = try both(
      builder.graph, [ramp(type, [2, 3]), ramp(type, []), ramp(type, [0, 3])])
    for (found, expected) in zip(results.found, results.expected) {
      #expect(found.type == type)
      #expect(found.shape == expected.shape)
      #expect(found.byteArray() == expected.byteArray())
    }
  }

  @Test func `an input is filled and an output read in place, run after run`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 2, 2, 2], type: .uint8)
    let y = try builder.add(Cast(to: .float32), [x])[0]
    let z = try builder.convolution(y, 3)
    let large = try builder.add(Cast(to: .int32), [z])[0]
    builder.graph.outputs = [large, x]
    let session = try Session(builder.graph)
    #expect(session.inputs.map(\.type) == [.uint8])
    #expect(session.outputs.map { $0?.type } == [.int32, .uint8])
    let context = try session.makeContext()
    for round in 0..<3 as Swift.Range<UInt8> {
      context.withInput(0, of: UInt8.self) { input in
        for i in input.indices { input[i] = round * 40 + UInt8(i) }
      }
      try session.run(context, crew: crew)
      let input = try Tensor((0..<8).map { round * 40 + $0 }, shape: [1, 2, 2, 2])
      let expected = try ReferenceRunner(builder.graph).run([input])[0]
      let found = context.withOutput(0, of: Int32.self) { span in span.indices.map { span[$0] } }
      let due = expected.array(of: Int32.self)
      #expect(zip(found, due).allSatisfy { abs($0 - $1) <= 1 })
      #expect(try context.output(1).array(of: UInt8.self) == input.array())
    }
  }

  @Test func `a tensor of another type or shape is refused by the input's name`() throws {
    var builder = GraphBuilder()
    let x = builder.input([2], type: .int64)
    builder.graph.outputs = [try builder.add(Cast(to: .float32), [x])[0]]
    let context = try Session(builder.graph).makeContext()
    for wrong in [try ramp(.int32, [2]), try ramp(.int64, [3])] {
      do {
        try context.setInput(0, to: wrong)
        Issue.record("taken")
      } catch { #expect("\(error)".contains("\"x0\" takes int64[2]")) }
    }
  }

  @Test(arguments: [ElementType.float16, .bfloat16])
  func `a model of halves runs on the kernels of float32`(_ type: ElementType) throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 3, 6, 6], type: type)
    func half(_ shape: [Int]) throws -> ValueID {
      let tensor = try Tensor(builder.noise.floats(Shape(shape).count), shape: Shape(shape))
      let cast = try ReferenceEvaluator().evaluate(Cast(to: type), [tensor], outputCount: 1)
      return builder.constant(cast[0])
    }
    let op = Convolution(
      strides: [1, 1], dilations: [1, 1], padding: .explicit([1, 1, 1, 1]), groups: 1)
    let y = try builder.add(op, [x, half([4, 3, 3, 3]), half([4])])[0]
    let z = try builder.add(Unary(.relu), [y])[0]
    let again = try builder.add(Cast(to: .float32), [z])[0]
    let back = try builder.add(Cast(to: type), [again])[0]
    let sum = try builder.add(Binary(.add), [back, z])[0]
    builder.graph.outputs = [sum]
    let simplified = try Session.simplified(builder.graph, options: SessionOptions())
    #expect(simplified.nodes.map(\.op.name) == ["Cast", "Conv", "Add", "Cast"])
    let session = try Session(builder.graph)
    #expect(session.inputs[0].type == type)
    #expect(session.outputs[0]?.type == type)
    let context = try session.makeContext()
    try context.setInput(0, to: try ramp(type, [1, 3, 6, 6]))
    try session.run(context, crew: crew)
    let found = try context.output(0)
    #expect(found.type == type)
    // The same weights in float32 all the way.
    var floats = builder.graph
    floats = try floats.withFloatPorts()
    let reference = try ReferenceRunner(
      Simplify.run(floats, evaluator: ReferenceEvaluator(), through: "widen-halves"))
    let due = try reference.run([ramp(.float32, [1, 3, 6, 6])])[0].array(of: Float.self)
    let cast = try ReferenceEvaluator().evaluate(Cast(to: .float32), [found], outputCount: 1)[0]
    #expect(relativeError(cast.array(), due) < (type == .float16 ? 1e-3 : 8e-3))
  }

  @Test func `float ports round into the model's 8 bits and give floats back`() throws {
    for type in [ElementType.uint8, .int8] {
      var builder = GraphBuilder()
      let x = builder.input([1, 4], type: type)
      let scale = builder.constant(try Tensor(scalar: Float(0.5)))
      let zero = builder.constant(try Tensor(type, []))
      let three = builder.constant(
        try ReferenceEvaluator().evaluate(
          Cast(to: type), [Tensor(scalar: Float(3))], outputCount: 1)[0])
      let y = try builder.add(DequantizeLinear(axis: 0), [x, scale, three])[0]
      let z = try builder.add(QuantizeLinear(axis: 0), [y, scale, zero])[0]
      let swapped = try builder.add(Transpose(nil), [z])[0]
      let plain = try builder.add(Cast(to: .int64), [x])[0]
      builder.graph.outputs = [swapped, plain]
      let options = SessionOptions(floatPorts: true)
      let session = try Session(builder.graph, options: options)
      #expect(session.inputs.map(\.type) == [.float32])
      #expect(session.outputs.map { $0?.type } == [.float32, .float32])
      let context = try session.makeContext()
      try context.setInput(0, to: try Tensor([-300, 7.4, 7.6, 300] as [Float], shape: [1, 4]))
      try session.run(context, crew: crew)
      let low: Float = type == .uint8 ? 0 : -128
      let high: Float = type == .uint8 ? 255 : 127
      #expect(try context.output(1).array() == [low, 7, 8, high])
      let results = try context.output(0).array(of: Float.self)
      #expect(results[1...2] == [2, 2.5])
    }
  }

  @Test func `integers between kernels take their way through the reference`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 8, 8])
    let scale = builder.constant(try Tensor(scalar: Float(0.02)))
    let other = builder.constant(try Tensor(scalar: Float(0.03)))
    let zero = builder.constant(try Tensor(scalar: UInt8(120)))
    let y = try builder.convolution(x, 6)
    let q = try builder.add(QuantizeLinear(axis: 0), [y, scale, zero])[0]
    let moved = try builder.add(Transpose([0, 1, 3, 2]), [q])[0]
    let back = try builder.add(DequantizeLinear(axis: 0), [moved, other, zero])[0]
    let z = try builder.convolution(back, 5, stride: 2)
    builder.graph.outputs = [z, moved]
    let results = try both(builder.graph, [ramp(.float32, [1, 4, 8, 8])])
    #expect(
      relativeError(results.found[0].array(), results.expected[0].array(of: Float.self)) < 2e-2)
    let differences = zip(
      results.found[1].array(of: UInt8.self), results.expected[1].array(of: UInt8.self)
    ).map { abs(Int($0) - Int($1)) }
    #expect(differences.allSatisfy { $0 <= 1 })
  }
}
