import OcelliEngine
import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliReference
import OcelliTensor
import Testing

/// Every lowered form against the reference operator, in every tier.
@Suite struct LoweredOperatorTests {
  /// Runs a graph lowered and by the reference operators; the results must agree.
  func check(
    _ builder: GraphBuilder, tolerance: Float = 2e-6, interpreted: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let graph = builder.graph
    var noise = Noise(11)
    let inputs = graph.inputs.map { noise.floats(graph[$0].fact!.shape!.count) }
    let tensors = try zip(inputs, graph.inputs).map { values, id in
      try Tensor(values, shape: graph[id].fact!.shape!)
    }
    let expected = try ReferenceRunner(graph).run(tensors)
    let program = try Lowering.lower(graph)
    let left = program.steps.count { if case .interpreted = $0 { true } else { false } }
    #expect(left == interpreted, "nodes without a lowered form", sourceLocation: sourceLocation)
    for tier in KernelTier.available {
      for chains in [ChainPolicy.never, .always] {
        let results = try run(
          graph, inputs, chains: chains, tier: tier, crew: Crew(threadCount: 2))
        for (result, reference) in zip(results, expected) {
          let error = relativeError(result, reference.array(of: Float.self))
          #expect(
            error <= tolerance, "\(tier) \(chains): \(error)", sourceLocation: sourceLocation)
        }
      }
    }
  }

  struct Window: CustomTestStringConvertible {
    var channels: Int
    var out: Int
    var kernel: Int
    var stride: Int
    var dilation: Int
    var groups: Int
    var height: Int
    var width: Int

    var testDescription: String {
      "\(channels)→\(out) k\(kernel) s\(stride) d\(dilation) g\(groups) \(height)×\(width)"
    }
  }

  static let windows = [
    Window(
      channels: 3, out: 16, kernel: 3, stride: 2, dilation: 1, groups: 1, height: 31, width: 29),
    Window(channels: 1, out: 1, kernel: 1, stride: 1, dilation: 1, groups: 1, height: 1, width: 1),
    Window(
      channels: 5, out: 33, kernel: 1, stride: 1, dilation: 1, groups: 1, height: 7, width: 13),
    Window(
      channels: 17, out: 15, kernel: 3, stride: 1, dilation: 2, groups: 1, height: 9, width: 11),
    Window(channels: 8, out: 12, kernel: 5, stride: 1, dilation: 1, groups: 4, height: 8, width: 6),
    Window(
      channels: 16, out: 16, kernel: 3, stride: 1, dilation: 1, groups: 16, height: 5, width: 5),
    Window(
      channels: 19, out: 19, kernel: 5, stride: 2, dilation: 1, groups: 19, height: 11, width: 9),
    Window(channels: 3, out: 3, kernel: 3, stride: 1, dilation: 3, groups: 3, height: 12, width: 3),
    // Depthwise extents that have no form of their own.
    Window(channels: 9, out: 9, kernel: 2, stride: 2, dilation: 1, groups: 9, height: 8, width: 10),
    Window(
      channels: 20, out: 20, kernel: 7, stride: 1, dilation: 1, groups: 20, height: 14, width: 9),
    Window(
      channels: 16, out: 16, kernel: 7, stride: 2, dilation: 1, groups: 16, height: 16, width: 15),
    Window(
      channels: 40, out: 70, kernel: 3, stride: 1, dilation: 1, groups: 1, height: 4, width: 52),
    Window(
      channels: 6, out: 10, kernel: 7, stride: 4, dilation: 1, groups: 2, height: 40, width: 33),
    // Windows of one pixel, whose rows are one: rests of tiles, of panels, of chunks.
    Window(
      channels: 24, out: 24, kernel: 1, stride: 1, dilation: 1, groups: 1, height: 9, width: 21),
    Window(
      channels: 7, out: 58, kernel: 1, stride: 1, dilation: 1, groups: 1, height: 50, width: 1),
    Window(channels: 32, out: 9, kernel: 1, stride: 2, dilation: 1, groups: 1, height: 5, width: 8),
    // Depthwise ones that slide, and blocks of every width.
    Window(
      channels: 10, out: 10, kernel: 3, stride: 2, dilation: 1, groups: 10, height: 6, width: 71),
    Window(
      channels: 8, out: 8, kernel: 3, stride: 1, dilation: 1, groups: 8, height: 4, width: 139),
    Window(
      channels: 24, out: 24, kernel: 5, stride: 1, dilation: 1, groups: 24, height: 6, width: 26),
    Window(
      channels: 16, out: 16, kernel: 5, stride: 2, dilation: 1, groups: 16, height: 9, width: 43),
    Window(
      channels: 32, out: 32, kernel: 7, stride: 1, dilation: 1, groups: 32, height: 8, width: 33),
    Window(
      channels: 6, out: 6, kernel: 5, stride: 1, dilation: 2, groups: 6, height: 10, width: 12),
    // Wide enough to be rearranged (Winograd), with rests in every direction.
    Window(
      channels: 24, out: 40, kernel: 3, stride: 1, dilation: 1, groups: 1, height: 13, width: 22),
    Window(
      channels: 17, out: 35, kernel: 3, stride: 1, dilation: 1, groups: 1, height: 9, width: 31),
    Window(
      channels: 64, out: 16, kernel: 3, stride: 1, dilation: 1, groups: 1, height: 8, width: 8),
  ]

  @Test(arguments: windows)
  func `a convolution agrees with the reference`(_ w: Window) throws {
    var builder = GraphBuilder()
    let x = builder.input([1, w.channels, w.height, w.width])
    let y = try builder.convolution(
      x, w.out, kernel: w.kernel, stride: w.stride, dilation: w.dilation, groups: w.groups)
    let residual = try builder.add(Unary(.tanh), [y])[0]
    let again = try builder.convolution(
      x, w.out, kernel: w.kernel, stride: w.stride, dilation: w.dilation, groups: w.groups,
      activation: .chain(.unary(.leakyRelu(alpha: 0.1)), .unary(.sigmoid)), residual: residual)
    builder.graph.outputs = [y, again]
    try check(builder, tolerance: 5e-6)
  }

  @Test func `concatenated parts are written where they are read`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 10, 12])
    let a = try builder.convolution(x, 6)
    let b = try builder.convolution(x, 5, kernel: 1, pad: 0)
    let inner = try builder.add(Concat(axis: 1), [a, b])[0]
    let c = try builder.convolution(inner, 7)
    let outer = try builder.add(Concat(axis: 1), [c, inner, x])[0]
    let parts = try builder.add(Split(axis: 1, outputCount: 2), [outer], outputs: 2)
    let d = try builder.convolution(parts[0], 3)
    let e = try builder.convolution(parts[1], 3, kernel: 5)
    builder.graph.outputs = [d, e, outer]
    try check(builder, tolerance: 5e-6)
    let copies = try Lowering.lower(builder.graph).steps.count { step in
      if case .chain(let links) = step, case .map = links[0].arguments { true } else { false }
    }
    // x with a halo, x into the outer concatenation, and three outputs made row-major.
    #expect(copies == 5)
  }

  @Test func `pooling and resizing agree with the reference`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 19, 13, 17])
    for (kind, kernel, stride, pad, ceil, include) in [
      (Pool.Kind.max, 3, 2, 1, false, false), (.max, 5, 1, 2, false, false),
      (.max, 2, 2, 0, true, false), (.average, 3, 2, 1, false, false),
      (.average, 3, 2, 1, true, true), (.average, 2, 2, 0, false, false),
    ] {
      builder.graph.outputs += try builder.add(
        Pool(
          kind: kind, kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
          padding: .explicit([pad, pad, pad, pad]), ceilMode: ceil, countIncludePad: include), [x])
    }
    let scales = builder.constant(try Tensor([1, 1, 2, 1.5] as [Float], shape: [4]))
    for (mode, coordinates) in [
      (Resize.Mode.nearest, Resize.Coordinates.asymmetric), (.nearest, .halfPixel),
      (.linear, .halfPixel), (.linear, .alignCorners), (.linear, .pytorchHalfPixel),
    ] {
      builder.graph.outputs += try builder.add(
        Resize(mode: mode, coordinates: coordinates, rounding: .floor), [x, scales])
    }
    try check(builder)
  }

  @Test func `elementwise functions agree with the reference on every layout`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 9, 6, 7])
    let y = try builder.convolution(x, 9, kernel: 1, pad: 0)
    let perChannel = try builder.constant([1, 9, 1, 1])
    let scalar = try builder.constant([])
    let row = try builder.constant([7])
    for function in [BinaryFunction.add, .subtract, .multiply, .divide, .minimum, .maximum] {
      builder.graph.outputs += try builder.add(Binary(function), [x, y])
      builder.graph.outputs += try builder.add(Binary(function), [y, perChannel])
      builder.graph.outputs += try builder.add(Binary(function), [scalar, y])
      builder.graph.outputs += try builder.add(Binary(function), [x, row])
    }
    for function in [
      UnaryFunction.relu, .leakyRelu(alpha: 0.2), .sigmoid, .hardSigmoid(alpha: 0.2, beta: 0.5),
      .hardSwish, .silu, .tanh, .exp, .negate, .absolute, .clip(low: -0.5, high: 0.25),
      .quantizeRound(scale: 0.013, zero: 114, low: 0, high: 255),
    ] {
      builder.graph.outputs += try builder.add(Unary(function), [y])
      builder.graph.outputs += try builder.add(Unary(function), [x])
    }
    // Quotients by sums near zero show the rounding of the sums.
    try check(builder, tolerance: 1e-5)
  }

  @Test func `a head of transposes, reshapes and concatenations agrees with the reference`() throws
  {
    var builder = GraphBuilder()
    let x = builder.input([1, 8, 12, 10])
    var parts: [ValueID] = []
    for stride in [1, 2] {
      let y = try builder.convolution(x, 6, stride: stride)
      let t = try builder.add(Transpose([0, 2, 3, 1]), [y])[0]
      let shape = builder.constant(try Tensor([1, -1, 6] as [Int64], shape: [3]))
      parts += try builder.add(Reshape(allowZero: false), [t, shape])
    }
    let joined = try builder.add(Concat(axis: 1), parts)[0]
    let scores = try builder.add(Softmax(axis: 2), [joined])[0]
    let across = try builder.add(Softmax(axis: 1), [joined])[0]
    let flat = builder.constant(try Tensor([1, -1] as [Int64], shape: [2]))
    let row = try builder.add(Reshape(allowZero: false), [x, flat])[0]
    let mean = try builder.add(Reduce(.mean, axes: [2, 3], keepDimensions: true), [x])[0]
    let top = try builder.add(Reduce(.maximum, axes: [-1], keepDimensions: false), [joined])[0]
    let weights = try builder.constant([960, 5])
    let product = try builder.add(MatMul(), [row, weights])[0]
    let swapped = try builder.add(Transpose([0, 2, 1]), [joined])[0]
    let gram = try builder.add(MatMul(), [swapped, joined])[0]
    builder.graph.outputs = [scores, across, mean, top, product, gram, swapped]
    try check(builder, tolerance: 5e-6)
  }

  @Test func `what has no lowered form runs on the reference operator`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 6, 5])
    let y = try builder.convolution(x, 4)
    let erf = try builder.add(Unary(.erf), [y])[0]
    builder.graph.outputs = [try builder.convolution(erf, 3)]
    try check(builder, tolerance: 5e-6, interpreted: 1)
  }
}
