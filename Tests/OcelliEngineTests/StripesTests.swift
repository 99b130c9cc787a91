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

  @Test(arguments: KernelTier.available)
  func `a chain in stripes has the bits of whole layers, on any number of threads`(
    tier: KernelTier
  ) throws {
    let graph = try Self.network()
    var noise = Noise(7)
    let input = noise.floats(3 * 75 * 61)
    let whole = try run(graph, [input], chains: .never, tier: tier, crew: Crew(threadCount: 1))
    #expect(whole[0].count == 7 * 19 * 16)
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
    // The copy that gives the input its halo; up to the 1×1, which the residual reads too; the rest;
    // the output made row-major.
    #expect(lengths == [1, 3, 5, 1])
    let memory = MemoryPlan(program)
    #expect(memory.rings.count == 6)
    #expect(memory.scratchBytes > 0)
  }

  @Test func `stripes need less memory than whole layers`() throws {
    let graph = try Self.network()
    let lowered = try Lowering.lower(graph)
    let whole = MemoryPlan(Chains.form(lowered, policy: .never))
    let striped = MemoryPlan(Chains.form(lowered, policy: .always))
    #expect(striped.arenaBytes + striped.scratchBytes < whole.arenaBytes)
  }

  @Test(arguments: KernelTier.available)
  func `every tier gives the scalar tier's bits`(tier: KernelTier) throws {
    let graph = try Self.network()
    var noise = Noise(3)
    let input = noise.floats(3 * 75 * 61)
    let crew = Crew(threadCount: 2)
    let scalar = try run(graph, [input], tier: .scalar, crew: crew)
    let result = try run(graph, [input], tier: tier, crew: crew)
    #expect(sameBits(result[0], scalar[0]))
  }
}
