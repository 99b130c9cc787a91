import OcelliEngine
import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliReference
import OcelliTensor
import Testing

/// What is no convolution, for extents that leave rests in every direction: the reference's numbers, and in
/// every tier the scalar tier's bits.
@Suite struct MovementTests {
  /// `exact`: moves and maxima, which round nothing.
  func check(
    _ builder: GraphBuilder, tolerance: Float = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try LoweredOperatorTests().check(
      builder, tolerance: tolerance, sourceLocation: sourceLocation)
    var noise = Noise(5)
    let graph = builder.graph
    let inputs = graph.inputs.map { noise.floats(graph[$0].fact!.shape!.count) }
    let crew = Crew(threadCount: 2)
    let scalar = try run(graph, inputs, tier: .scalar, crew: crew)
    for tier in KernelTier.available {
      let results = try run(graph, inputs, tier: tier, crew: crew)
      for (result, expected) in zip(results, scalar) {
        #expect(sameBits(result, expected), "\(tier)", sourceLocation: sourceLocation)
      }
    }
  }

  /// Steps of a kernel, or of all that are no convolution.
  func steps(_ graph: Graph) throws -> [String] {
    try Lowering.lower(graph).steps.compactMap { step in
      guard case .chain(let links) = step else { return "interpreted" }
      let name = links[0].arguments.name
      return ["conv", "depthwise", "winograd"].contains(name) ? nil : name
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 21, 85], [1, 2, 3, 4, 6, 9, 33, 130])
  func `axes change places`(_ rows: Int, _ columns: Int) throws {
    var builder = GraphBuilder()
    let x = builder.input([1, rows, columns])
    let swapped = try builder.add(Transpose([0, 2, 1]), [x])[0]
    let picture = builder.input([1, rows, columns, 3])
    let last = try builder.add(Transpose([0, 3, 1, 2]), [picture])[0]
    let turned = try builder.add(Transpose([0, 3, 2, 1]), [picture])[0]
    builder.graph.outputs = [swapped, last, turned]
    try check(builder)
  }

  @Test(arguments: [1, 3, 4, 7, 16, 19])
  func `pictures go into channels and back`(_ channels: Int) throws {
    var builder = GraphBuilder()
    let x = builder.input([1, channels, 9, 11])
    // A depthwise convolution of one tap and weight 1: NHWC in the middle.
    let ones = builder.constant(
      try Tensor([Float](repeating: 1, count: channels), shape: [channels, 1, 1, 1]))
    let y = try builder.add(
      Convolution(
        strides: [1, 1], dilations: [1, 1], padding: .explicit([0, 0, 0, 0]), groups: channels),
      [x, ones])[0]
    let flat = builder.constant(try Tensor([1, Int64(channels), 99], shape: [3]))
    let rows = try builder.add(Reshape(allowZero: false), [y, flat])[0]
    builder.graph.outputs = [y, try builder.add(Transpose([0, 2, 1]), [rows])[0]]
    try check(builder)
  }

  @Test(arguments: [2, 3, 4], [5, 8, 29])
  func `a channel shuffle is one copy, its halves are read in place`(_ groups: Int, _ each: Int)
    throws
  {
    var builder = GraphBuilder()
    let channels = groups * each
    let x = builder.input([1, each, 7, 9])
    var parts: [ValueID] = []
    for _ in 0..<groups { parts.append(try builder.convolution(x, each, kernel: 1, pad: 0)) }
    let whole = try builder.add(Concat(axis: 1), parts)[0]
    func shape(_ extents: [Int]) throws -> ValueID {
      builder.constant(try Tensor(extents.map(Int64.init), shape: [extents.count]))
    }
    var y = try builder.add(Reshape(allowZero: false), [whole, shape([1, groups, each, 7, 9])])[0]
    y = try builder.add(Transpose([0, 2, 1, 3, 4]), [y])[0]
    y = try builder.add(Reshape(allowZero: false), [y, shape([1, channels, 7, 9])])[0]
    let sizes = builder.constant(
      try Tensor([Int64(channels / 2), Int64(channels - channels / 2)], shape: [2]))
    let halves = try builder.add(Split(axis: 1, outputCount: 2), [y, sizes], outputs: 2)
    builder.graph.outputs = [
      try builder.convolution(halves[0], 4),
      try builder.convolution(halves[1], 4, kernel: 1, pad: 0),
    ]
    // The input with its channels last, the shuffle, two outputs made row-major.
    #expect(try steps(builder.graph) == ["map", "map", "map", "map"])
    try check(builder, tolerance: 5e-6)
  }

  @Test func `slices, steps and broadcasts of short axes`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 213, 4])
    let priors = try builder.constant([1, 213, 2])
    func list(_ values: [Int64]) throws -> ValueID {
      builder.constant(try Tensor(values, shape: [values.count]))
    }
    func slice(_ x: ValueID, _ start: Int64, _ end: Int64, step: Int64 = 1, axis: Int64 = 2) throws
      -> ValueID
    {
      try builder.add(Slice(), [x, list([start]), list([end]), list([axis]), list([step])])[0]
    }
    let centers = try builder.add(Binary(.add), [slice(x, 0, 2), priors])[0]
    let sizes = try builder.add(Binary(.multiply), [slice(x, 2, 4), priors])[0]
    let column = try builder.add(Binary(.subtract), [x, slice(x, 3, 4)])[0]
    let even = try builder.add(Unary(.absolute), [slice(x, 0, 4, step: 2)])[0]
    let sparse = try builder.add(
      Binary(.maximum), [slice(x, 1, 213, step: 3, axis: 1), slice(x, 0, 211, step: 3, axis: 1)])[0]
    let boxes = try builder.add(Concat(axis: 2), [centers, sizes])[0]
    builder.graph.outputs = [boxes, column, even, sparse]
    try check(builder)
  }

  @Test(arguments: [(2, 2, 0), (3, 2, 1), (3, 1, 1), (5, 1, 2), (9, 1, 4), (13, 1, 6), (5, 2, 2)])
  func `the largest of every window`(_ window: (kernel: Int, stride: Int, pad: Int)) throws {
    var builder = GraphBuilder()
    for channels in [1, 3, 8, 19, 40] {
      let x = builder.input([1, channels, 17, 15])
      for ceil in [false, true] {
        builder.graph.outputs += try builder.add(
          Pool(
            kind: .max, kernel: [window.kernel, window.kernel],
            strides: [window.stride, window.stride], dilations: [1, 1],
            padding: .explicit([Int](repeating: window.pad, count: 4)), ceilMode: ceil,
            countIncludePad: false), [x])
      }
    }
    try check(builder)
  }

  @Test(arguments: [(2, 2, 0), (3, 2, 1), (3, 1, 1), (7, 1, 3)], [false, true])
  func `the mean of every window`(
    _ window: (kernel: Int, stride: Int, pad: Int), _ includesPads: Bool
  ) throws {
    var builder = GraphBuilder()
    for channels in [1, 5, 16, 27] {
      let x = builder.input([1, channels, 14, 11])
      builder.graph.outputs += try builder.add(
        Pool(
          kind: .average, kernel: [window.kernel, window.kernel],
          strides: [window.stride, window.stride], dilations: [1, 1],
          padding: .explicit([Int](repeating: window.pad, count: 4)), ceilMode: false,
          countIncludePad: includesPads), [x])
    }
    try check(builder, tolerance: 2e-6)
  }

  @Test func `a pool in the chain of its convolutions has their bits`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 3, 67, 45])
    let y = try builder.convolution(x, 12, stride: 2, activation: .unary(.relu))
    let pooled = try builder.add(
      Pool(
        kind: .max, kernel: [3, 3], strides: [2, 2], dilations: [1, 1],
        padding: .explicit([1, 1, 1, 1]), ceilMode: true, countIncludePad: false), [y])[0]
    builder.graph.outputs = [try builder.convolution(pooled, 9)]
    let program = Chains.form(try Lowering.lower(builder.graph), policy: .always)
    let lengths = program.steps.map { step in
      if case .chain(let links) = step { links.count } else { 0 }
    }
    #expect(lengths == [4, 1])
    var noise = Noise(2)
    let input = noise.floats(3 * 67 * 45)
    for threads in [1, 3] {
      let crew = Crew(threadCount: threads)
      let whole = try run(builder.graph, [input], chains: .never, crew: crew)
      let striped = try run(builder.graph, [input], chains: .always, crew: crew)
      #expect(sameBits(whole[0], striped[0]))
    }
    try check(builder, tolerance: 5e-6)
  }

  @Test(arguments: [1, 2, 5, 16, 17, 64, 100, 301])
  func `softmax along every axis`(_ length: Int) throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 3, 37, length])
    let thirty = builder.constant(try Tensor(scalar: Float(30)))
    let big = try builder.add(Binary(.multiply), [x, thirty])[0]
    builder.graph.outputs += try builder.add(Softmax(axis: -1), [big])
    let across = try builder.add(Transpose([0, 3, 1, 2]), [big])[0]
    builder.graph.outputs += try builder.add(Softmax(axis: 1), [across])
    builder.graph.outputs += try builder.add(Softmax(axis: 2), [big])
    builder.graph.outputs += try builder.add(Softmax(axis: 1), [big])
    try check(builder, tolerance: 2e-6)
  }

  @Test(arguments: [false, true], [8, 16, 19])
  func `a distribution's mean is taken by its softmax`(_ isMoved: Bool, _ bins: Int) throws {
    var builder = GraphBuilder()
    let x = builder.input(isMoved ? [1, 4, bins, 131] : [1, bins, 4, 131])
    let values = builder.constant(
      try Tensor((0..<bins).map(Float.init), shape: [1, bins, 1, 1]))
    var y = try builder.add(Softmax(axis: isMoved ? 2 : 1), [x])[0]
    if isMoved { y = try builder.add(Transpose([0, 2, 1, 3]), [y])[0] }
    y = try builder.add(
      Convolution(
        strides: [1, 1], dilations: [1, 1], padding: .explicit([0, 0, 0, 0]), groups: 1),
      [y, values])[0]
    builder.graph.outputs = [y]
    #expect(try steps(builder.graph) == ["softmax"])
    try check(builder, tolerance: 2e-6)
  }

  @Test func `pads of every axis, of channels too`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 5, 6, 7])
    let y = try builder.convolution(x, 5, kernel: 1, pad: 0)
    let value = builder.constant(try Tensor(scalar: Float(-1.5)))
    for pads: [Int64] in [
      [0, 0, 0, 0, 0, 11, 0, 0], [0, 2, 0, 0, 0, 3, 0, 0], [0, 1, 2, 0, 0, 0, 1, 3],
      [1, 0, 0, 0, 0, 0, 0, 2],
    ] {
      let list = builder.constant(try Tensor(pads, shape: [8]))
      let padded = try builder.add(Pad(mode: .constant), [y, list, value])[0]
      builder.graph.outputs.append(padded)
      if pads[0] == 0 { builder.graph.outputs.append(try builder.convolution(padded, 3)) }
    }
    try check(builder, tolerance: 5e-6)
  }

  @Test func `halves that are concatenated again are written in place`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 8, 10, 12])
    let y = try builder.convolution(x, 12, activation: .unary(.silu))
    let parts = try builder.add(Split(axis: 1, outputCount: 2), [y], outputs: 2)
    let z = try builder.convolution(parts[1], 6)
    let sum = try builder.add(Binary(.add), [parts[1], z])[0]
    let whole = try builder.add(Concat(axis: 1), [parts[0], parts[1], sum])[0]
    builder.graph.outputs = [try builder.convolution(whole, 5)]
    // The input, the sum, and the output made row-major.
    #expect(try steps(builder.graph) == ["map", "map", "map"])
    try check(builder, tolerance: 5e-6)
  }

  @Test func `concatenations of concatenations are written once`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 3, 40])
    let y = builder.input([1, 3, 24])
    let inner = try builder.add(Concat(axis: 2), [x, y])[0]
    let gate = try builder.add(Unary(.sigmoid), [inner])[0]
    let other = try builder.add(Concat(axis: 2), [y, x])[0]
    builder.graph.outputs = try builder.add(Concat(axis: 1), [gate, other, gate])
    #expect(try steps(builder.graph).count == 7)
    try check(builder, tolerance: 2e-6)
  }

  @Test func `what is read with its axes turned is written so`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 6, 8, 10])
    var parts: [ValueID] = []
    for stride in [1, 2] {
      let y = try builder.convolution(x, 5, stride: stride)
      let z = try builder.convolution(x, 3, stride: stride, activation: .unary(.sigmoid))
      let both = try builder.add(Concat(axis: 1), [y, z])[0]
      let flat = builder.constant(try Tensor([1, 8, -1] as [Int64], shape: [3]))
      parts += try builder.add(Reshape(allowZero: false), [both, flat])
    }
    let whole = try builder.add(Concat(axis: 2), parts)[0]
    builder.graph.outputs = try builder.add(Transpose([0, 2, 1]), [whole])
    #expect(try steps(builder.graph) == ["map"])
    try check(builder, tolerance: 5e-6)
  }

  @Test func `sums, gates and leaks in the chain of their convolutions have their bits`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 6, 63, 41])
    let y = try builder.convolution(x, 6, activation: .unary(.silu))
    let sum = try builder.add(Binary(.add), [x, y])[0]
    let leak = try builder.add(Binary(.leak), [sum, builder.constant([6, 1, 1])])[0]
    let z = try builder.convolution(leak, 7, stride: 2)
    builder.graph.outputs = [try builder.add(Unary(.sigmoid), [z])[0]]
    let program = Chains.form(try Lowering.lower(builder.graph), policy: .always)
    #expect(program.steps.count <= 4)
    var noise = Noise(2)
    let input = noise.floats(6 * 63 * 41)
    for threads in [1, 3] {
      let crew = Crew(threadCount: threads)
      let whole = try run(builder.graph, [input], chains: .never, crew: crew)
      let striped = try run(builder.graph, [input], chains: .always, crew: crew)
      #expect(sameBits(whole[0], striped[0]))
    }
    try check(builder, tolerance: 5e-6)
  }

  @Test func `a leak is one pass`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 9, 6, 7])
    builder.graph.outputs = try builder.add(Binary(.leak), [x, builder.constant([9, 1, 1])])
    let y = try builder.convolution(x, 9, kernel: 1, pad: 0)
    builder.graph.outputs += try builder.add(Binary(.leak), [y, builder.constant([9, 1, 1])])
    try check(builder, tolerance: 2e-6)
  }
}
