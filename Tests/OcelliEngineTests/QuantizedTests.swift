import OcelliEngine
import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliReference
import OcelliTensor
import Testing

/// Quantised graphs on kernels of bytes: what the passes make of them is what the graph states, and every
/// tier gives the reference's bytes.
@Suite struct QuantizedTests {
  // MARK: Writing QDQ graphs

  private struct Writer {
    var builder = GraphBuilder()
    let type: ElementType

    init(_ type: ElementType = .uint8) { self.type = type }

    private func zero(_ value: Int) throws -> Tensor {
      try type == .uint8
        ? Tensor(scalar: UInt8(value)) : Tensor(scalar: Int8(value - 128))
    }

    /// x through bytes: QuantizeLinear, DequantizeLinear. `zero` counts as of uint8.
    mutating func quantized(_ x: ValueID, _ scale: Float, zero: Int) throws -> ValueID {
      let s = builder.constant(try Tensor(scalar: scale))
      let z = builder.constant(try self.zero(zero))
      let bytes = try builder.add(QuantizeLinear(axis: 1), [x, s, z])[0]
      return try builder.add(DequantizeLinear(axis: 1), [bytes, s, z])[0]
    }

    /// A convolution with int8 weights, one scale a channel, and an int32 bias.
    mutating func convolution(
      _ x: ValueID, _ channels: Int, xScale: Float, kernel: Int = 3, stride: Int = 1,
      dilation: Int = 1, groups: Int = 1, biased: Bool = true
    ) throws -> ValueID {
      let inner = builder.graph[x].fact!.shape![1] / groups
      let count = channels * inner * kernel * kernel
      let weights = builder.noise.floats(count).map { Int8(($0 * 127).rounded()) }
      let scales = builder.noise.floats(channels).map { (1.5 + $0) * 0.01 }
      let w = builder.constant(try Tensor(weights, shape: [channels, inner, kernel, kernel]))
      let s = builder.constant(try Tensor(scales, shape: [channels]))
      let real = try builder.add(DequantizeLinear(axis: 0), [w, s])[0]
      var bias: ValueID?
      if biased {
        let whole = builder.noise.floats(channels).map { Int32($0 * 4000) }
        let b = builder.constant(try Tensor(whole, shape: [channels]))
        let bs = builder.constant(try Tensor(scales.map { $0 * xScale }, shape: [channels]))
        bias = try builder.add(DequantizeLinear(axis: 0), [b, bs])[0]
      }
      let pad = dilation * (kernel - 1) / 2
      return try builder.add(
        Convolution(
          strides: [stride, stride], dilations: [dilation, dilation],
          padding: .explicit([pad, pad, pad, pad]), groups: groups), [x, real, bias])[0]
    }
  }

  /// Runs the graph as it states and by kernels of every tier. Returns the simplified graph.
  @discardableResult
  private func check(
    _ writer: Writer, _ outputs: [ValueID], step: Float, chains: ChainPolicy = .never
  ) throws -> Graph {
    var graph = writer.builder.graph
    graph.outputs = outputs
    let after = try Simplify.run(graph, evaluator: ReferenceEvaluator(), verify: true)
    var noise = Noise(11)
    let inputs = try graph.inputs.map { id in
      let shape = try #require(graph[id].fact?.shape)
      return try Tensor(noise.floats(shape.count).map { $0 * 3 }, shape: shape)
    }
    let stated = try ReferenceRunner(graph).run(inputs)
    let expected = try ReferenceRunner(after).run(inputs)
    for (one, other) in zip(stated, expected) {
      // Sums in whole numbers are rounded once: a step beside it, where the other is between two bytes.
      let pairs = zip(one.array(of: Float.self), other.array(of: Float.self)).map { abs($0 - $1) }
      let off = pairs.filter { $0 > 1e-4 * step }
      #expect(off.count * 50 <= pairs.count, "\(off.count) of \(pairs.count)")
      #expect(off.allSatisfy { $0 <= step * 1.01 }, "\(off.max() ?? 0) with steps of \(step)")
    }
    let crew = Crew(threadCount: 2)
    for tier in KernelTier.available {
      let found = try run(
        after, inputs.map { $0.array(of: Float.self) }, chains: chains, tier: tier, crew: crew)
      for (one, other) in zip(found, expected) {
        #expect(sameBits(one, other.array(of: Float.self)), "\(tier)")
      }
    }
    return after
  }

  private func names(_ graph: Graph) -> [String] { graph.nodes.map(\.op.name) }

  // MARK: Convolutions

  @Test(arguments: [ElementType.uint8, .int8])
  func `a convolution between quantisations is one of bytes`(_ type: ElementType) throws {
    for (channels, kernel, stride, dilation, groups, size) in [
      (16, 3, 1, 1, 1, 9), (19, 3, 2, 1, 1, 12), (40, 1, 1, 1, 1, 7), (6, 3, 1, 1, 6, 11),
      (18, 5, 2, 1, 18, 13), (35, 3, 1, 2, 1, 10), (24, 3, 1, 1, 3, 8), (17, 7, 1, 1, 1, 9),
    ] {
      var writer = Writer(type)
      let inChannels = groups == 1 ? 5 : groups == 3 ? 12 : channels
      let input = writer.builder.input([1, inChannels, size, size + 3])
      let x = try writer.quantized(input, 0.02, zero: 120)
      let sum = try writer.convolution(
        x, channels, xScale: 0.02, kernel: kernel, stride: stride, dilation: dilation,
        groups: groups)
      let y = try writer.quantized(sum, 0.05, zero: 131)
      let graph = try check(writer, [y], step: 0.05)
      #expect(names(graph) == ["QuantizeLinear", "QuantizedConv", "DequantizeLinear"])
    }
  }

  @Test func `clamps and tables are a convolution's last step`() throws {
    var writer = Writer()
    let input = writer.builder.input([1, 3, 17, 20])
    let x = try writer.quantized(input, 0.025, zero: 110)
    let first = try writer.quantized(
      try writer.builder.add(
        Unary(.relu), [try writer.convolution(x, 24, xScale: 0.025, stride: 2)])[0], 0.02, zero: 0)
    let second = try writer.quantized(
      try writer.convolution(first, 24, xScale: 0.02, groups: 24), 0.04, zero: 128)
    // SiLU as exporters quantise it.
    let gate = try writer.quantized(
      try writer.builder.add(Unary(.sigmoid), [second])[0], 1 / 255, zero: 0)
    let product = try writer.quantized(
      try writer.builder.add(Binary(.multiply), [second, gate])[0], 0.03, zero: 9)
    let last = try writer.quantized(
      try writer.convolution(product, 8, xScale: 0.03, kernel: 1), 0.1, zero: 100)
    let graph = try check(writer, [last], step: 0.1 * 3)
    #expect(
      names(graph) == [
        "QuantizeLinear", "QuantizedConv", "QuantizedConv", "QuantizedConv", "DequantizeLinear",
      ])
    try check(writer, [last], step: 0.1 * 3, chains: .always)
  }

  @Test func `a convolution that nobody quantises gives floats`() throws {
    var writer = Writer()
    let input = writer.builder.input([1, 7, 6, 5])
    let x = try writer.quantized(input, 0.02, zero: 128)
    let y = try writer.convolution(x, 21, xScale: 0.02, biased: false)
    let graph = try check(writer, [y], step: 1)
    #expect(names(graph) == ["QuantizeLinear", "QuantizedConv"])
  }

  // MARK: Between convolutions

  @Test(arguments: [ElementType.uint8, .int8])
  func `bytes of other scales meet in a concatenation and a sum`(_ type: ElementType) throws {
    var writer = Writer(type)
    let input = writer.builder.input([1, 4, 12, 14])
    let x = try writer.quantized(input, 0.02, zero: 128)
    let a = try writer.quantized(try writer.convolution(x, 8, xScale: 0.02), 0.05, zero: 120)
    let b = try writer.quantized(try writer.convolution(x, 8, xScale: 0.02), 0.08, zero: 140)
    let sum = try writer.quantized(
      try writer.builder.add(Binary(.add), [a, b])[0], 0.09, zero: 128)
    let whole = try writer.quantized(
      try writer.builder.add(Concat(axis: 1), [a, sum, b])[0], 0.1, zero: 125)
    let pooled = try writer.builder.add(
      Pool(
        kind: .max, kernel: [3, 3], strides: [1, 1], dilations: [1, 1],
        padding: .explicit([1, 1, 1, 1])), [whole])[0]
    let bytes = try writer.quantized(pooled, 0.1, zero: 125)
    let y = try writer.quantized(
      try writer.convolution(bytes, 16, xScale: 0.1), 0.5, zero: 128)
    let graph = try check(writer, [y], step: 0.5 * 2)
    #expect(!names(graph).contains("Conv"))
    #expect(names(graph).filter { $0 == "DequantizeLinear" }.count == 1)
    #expect(names(graph).filter { $0 == "QuantizeLinear" }.count == 1)
  }

  @Test func `readers that pad with other zeros have copies of their own`() throws {
    var writer = Writer()
    let input = writer.builder.input([1, 4, 9, 9])
    let s = writer.builder.constant(try Tensor(scalar: Float(0.02)))
    let z = writer.builder.constant(try Tensor(scalar: UInt8(100)))
    let other = writer.builder.constant(try Tensor(scalar: UInt8(30)))
    let bytes = try writer.builder.add(QuantizeLinear(axis: 1), [input, s, z])[0]
    let a = try writer.builder.add(DequantizeLinear(axis: 1), [bytes, s, z])[0]
    let b = try writer.builder.add(DequantizeLinear(axis: 1), [bytes, s, other])[0]
    let y = try writer.quantized(try writer.convolution(a, 8, xScale: 0.02), 0.05, zero: 128)
    let v = try writer.quantized(try writer.convolution(b, 8, xScale: 0.02), 0.05, zero: 90)
    try check(writer, [y, v], step: 0.05)
  }

  @Test(arguments: [Resize.Mode.nearest, .linear])
  func `bytes change their size among themselves`(_ mode: Resize.Mode) throws {
    var writer = Writer()
    let input = writer.builder.input([1, 5, 6, 7])
    let s = writer.builder.constant(try Tensor(scalar: Float(0.02)))
    let z = writer.builder.constant(try Tensor(scalar: UInt8(110)))
    let bytes = try writer.builder.add(QuantizeLinear(axis: 1), [input, s, z])[0]
    let sizes = writer.builder.constant(try Tensor([1, 5, 12, 10] as [Int64], shape: [4]))
    let larger = try writer.builder.add(
      Resize(mode: mode, coordinates: .halfPixel, rounding: .roundPreferFloor),
      [bytes, nil, sizes])[0]
    let y = try writer.builder.add(DequantizeLinear(axis: 1), [larger, s, z])[0]
    try check(writer, [y], step: 0.02)
  }

  @Test func `what is quantised by its own range runs on kernels too`() throws {
    var builder = GraphBuilder()
    let input = builder.input([1, 6, 9, 11])
    func integer(_ x: ValueID, _ shape: [Int], zeros: [UInt8], _ op: any Operator) throws -> ValueID
    {
      let parts = try builder.add(DynamicQuantizeLinear(), [x], outputs: 3)
      let bytes = builder.noise.floats(Shape(shape).count).map { UInt8(($0 + 1) * 127) }
      let w = builder.constant(try Tensor(bytes, shape: Shape(shape)))
      let z = builder.constant(try Tensor(zeros, shape: zeros.count == 1 ? [] : [zeros.count]))
      let sums = try builder.add(op, [parts[0], w, parts[2], z])[0]
      let real = try builder.add(Cast(to: .float32), [sums])[0]
      let scale = try builder.add(
        Binary(.multiply), [parts[1], builder.constant(try Tensor(scalar: Float(0.01)))])[0]
      return try builder.add(Binary(.multiply), [real, scale])[0]
    }
    let first = try integer(
      input, [8, 6, 3, 3], zeros: (0..<8).map { UInt8(120 + $0) },
      ConvolutionInteger(
        strides: [1, 1], dilations: [1, 1], padding: .explicit([1, 1, 1, 1]), groups: 1))
    let flat = try builder.add(
      Reshape(allowZero: false),
      [first, builder.constant(try Tensor([1, -1] as [Int64], shape: [2]))])[0]
    let y = try integer(flat, [8 * 99, 5], zeros: [130], MatMulInteger())
    builder.graph.outputs = [y]
    let after = try Simplify.run(builder.graph, evaluator: ReferenceEvaluator(), verify: true)
    #expect(!names(after).contains { ["ConvInteger", "MatMulInteger", "Cast"].contains($0) })
    for values in [builder.noise.floats(6 * 99), [Float](repeating: 0, count: 6 * 99)] {
      let stated = try ReferenceRunner(builder.graph).run(
        [Tensor(values, shape: [1, 6, 9, 11])])[0].array(of: Float.self)
      for tier in KernelTier.available {
        let found = try run(after, [values], tier: tier, crew: Crew(threadCount: 1))[0]
        #expect(
          relativeError(found, stated) < 1e-5
            || !stated.contains { $0 != 0 } && !found.contains { $0 != 0 })
      }
    }
  }

  @Test func `bytes that are read without their zero point stay bytes`() throws {
    var builder = GraphBuilder()
    let input = builder.input([2, 7])
    // Only the bytes and their scale are wanted of the three.
    let parts = try builder.add(DynamicQuantizeLinear(), [input], outputs: 3)
    builder.graph.nodes[0].outputs[2] = nil
    let w = builder.constant(try Tensor([Int8](repeating: 3, count: 21), shape: [7, 3]))
    let sums = try builder.add(MatMulInteger(), [parts[0], w, nil, nil])[0]
    let y = try builder.add(Cast(to: .float32), [sums])[0]
    builder.graph.outputs = [y]
    let values = builder.noise.floats(14)
    let stated = try ReferenceRunner(builder.graph).run([Tensor(values, shape: [2, 7])])[0]
    let after = try Simplify.run(builder.graph, evaluator: ReferenceEvaluator(), verify: true)
    #expect(names(after).contains("MatMulInteger"))
    let found = try run(after, [values], crew: Crew(threadCount: 1))[0]
    #expect(sameBits(found, stated.array(of: Float.self)))
  }
}
