import OcelliEngine
import OcelliGraph
import OcelliKernels
import OcelliLowering
import Testing

/// The plan's form: whole layers, bands and stripes are the same calls with other ranges.
@Suite struct StripesTests {
  /// First convolution → depthwise → 1×1, then an inverted residual with its addition.
  static func network() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input([1, 3, 75, 61])
    let first = try builder.convolution(x, 16, stride: 2, activation: .unary(.silu))
    let depthwise = try builder.convolution(first, 16, groups: 16, activation: .unary(.relu))
    let narrow = try builder.convolution(depthwise, 24, kernel: 1, pad: 0)
    let wide = try builder.convolution(
      narrow, 72, kernel: 1, pad: 0, activation: .unary(.hardSwish))
    let middle = try builder.convolution(wide, 72, kernel: 5, groups: 72)
    let back = try builder.convolution(middle, 24, kernel: 1, pad: 0, residual: narrow)
    let dilated = try builder.convolution(back, 20, dilation: 2, activation: .unary(.sigmoid))
    builder.graph.outputs = [try builder.convolution(dilated, 7, stride: 2)]
    return builder.graph
  }

  /// Dense 3×3 convolutions one after another: kernels that compute four rows at a time.
  static func denseNetwork() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input([1, 3, 75, 61])
    let first = try builder.convolution(x, 24, activation: .unary(.relu))
    let second = try builder.convolution(first, 32, activation: .unary(.silu))
    let third = try builder.convolution(second, 24)
    let down = try builder.convolution(third, 20, stride: 2)
    let last = try builder.convolution(down, 18, kernel: 3, activation: .unary(.relu))
    builder.graph.outputs = [last]
    return builder.graph
  }

  @Test func `dense 3×3 convolutions of stride 1 are rearranged unless exactness is asked`() throws
  {
    let graph = try Self.denseNetwork()
    func names(_ options: LoweringOptions) throws -> [String] {
      try Lowering.lower(graph, options: options).steps.compactMap { step in
        if case .chain(let links) = step { links[0].arguments.name } else { nil }
      }
    }
    #expect(try names(LoweringOptions()).filter { $0 == "winograd" }.count == 3)
    #expect(try !names(LoweringOptions(winograd: false)).contains("winograd"))
  }

  @Test(arguments: KernelTier.available, [true, false])
  func `a chain in stripes has the bits of whole layers, on any number of threads`(
    tier: KernelTier, dense: Bool
  ) throws {
    let graph = try dense ? Self.denseNetwork() : Self.network()
    var noise = Noise(7)
    let input = noise.floats(3 * 75 * 61)
    let whole = try run(graph, [input], chains: .never, tier: tier, crew: Crew(threadCount: 1))
    #expect(whole[0].count == (dense ? 18 * 38 * 31 : 7 * 19 * 16))
    #expect(whole[0].contains { $0 != 0 })
    for threads in [1, 2, 5] {
      let crew = Crew(threadCount: threads)
      for chains in [ChainPolicy.never, .always] {
        let result = try run(graph, [input], chains: chains, tier: tier, crew: crew)
        #expect(sameBits(result[0], whole[0]), "\(threads) threads, \(chains)")
      }
    }
  }

  @Test func `chains are formed where a tensor has one writer and one reader`() throws {
    let graph = try Self.network()
    let program = Chains.form(try Lowering.lower(graph), policy: .always)
    let lengths = program.steps.compactMap { step -> Int? in
      if case .chain(let links) = step { links.count } else { nil }
    }
    // The copy that gives the input its halo, up to the 1×1, which the residual reads too; the rest; the
    // output made row-major.
    #expect(lengths == [4, 5, 1])
    let memory = MemoryPlan(program)
    #expect(memory.rings.count == 7)
    #expect(memory.scratchBytes > 0)
  }

  @Test func `stripes need less memory than whole layers`() throws {
    let graph = try Self.network()
    let lowered = try Lowering.lower(graph)
    let whole = MemoryPlan(Chains.form(lowered, policy: .never))
    let striped = MemoryPlan(Chains.form(lowered, policy: .always))
    #expect(striped.arenaBytes + striped.scratchBytes < whole.arenaBytes)
  }

  @Test(arguments: KernelTier.available, [true, false])
  func `every tier gives the scalar tier's bits`(tier: KernelTier, dense: Bool) throws {
    let graph = try dense ? Self.denseNetwork() : Self.network()
    var noise = Noise(3)
    let input = noise.floats(3 * 75 * 61)
    let crew = Crew(threadCount: 2)
    let scalar = try run(graph, [input], tier: .scalar, crew: crew)
    let result = try run(graph, [input], tier: tier, crew: crew)
    #expect(sameBits(result[0], scalar[0]))
  }
}
