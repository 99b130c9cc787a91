import OcelliEngine
import OcelliGraph
import OcelliKernels
import OcelliLowering
import OcelliTensor
import Testing

/// What profiles say of steps: counted by hand on graphs of a node or two.
@Suite struct StepFactsTests {
  private func facts(_ builder: GraphBuilder, chains: ChainPolicy = .never) throws -> [StepFacts] {
    try Session(simplified: builder.graph, options: SessionOptions(chains: chains)).plan.stepFacts
  }

  @Test func `a convolution's products are counted, and what it moves`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 8, 10, 12])
    let y = try builder.convolution(x, 16, kernel: 3, stride: 2)
    builder.graph.outputs = [y]
    let step = try #require(try facts(builder).first { $0.kernels == ["conv"] })
    #expect(step.labels == ["n0"])
    // 5 × 6 pixels of 16 channels, 8 · 9 products each.
    #expect(step.multiplications == 5 * 6 * 16 * 72)
    #expect(step.bytesWritten == 5 * 6 * 16 * 4)
    // 11 rows and 13 columns are touched; weights are filled up to whole panels.
    let panel = Int(unsafe ock_f32(KernelTier.current.cTier).pointee.panel)
    let panels = (16 + panel - 1) / panel * panel
    #expect(step.bytesRead == (11 * 13 * 8 + panels * 73) * 4)
    let tiles = try #require(step.tiles)
    #expect(tiles.rows * tiles.count >= 5 && tiles.rows * (tiles.count - 1) < 5)
  }

  @Test func `depthwise and rearranged convolutions are counted as direct ones`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 32, 16, 16])
    let wide = try builder.convolution(x, 32, groups: 32)
    builder.graph.outputs = [try builder.convolution(wide, 48)]
    let steps = try facts(builder)
    #expect(
      steps.filter { $0.multiplications > 0 }.map(\.kernels) == [["depthwise"], ["winograd"]])
    #expect(
      steps.map(\.multiplications).filter { $0 > 0 }
        == [16 * 16 * 32 * 9, 16 * 16 * 48 * 32 * 9])
  }

  @Test func `a session that is asked for exact sums rearranges nothing`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 32, 16, 16])
    builder.graph.outputs = [try builder.convolution(x, 48)]
    let session = try Session(simplified: builder.graph, options: SessionOptions(exact: true))
    #expect(session.plan.stepFacts.flatMap(\.kernels).filter { $0 != "map" } == ["conv"])
  }

  @Test func `a broadcast operand is read once, and a sum multiplies nothing`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 4, 6, 5])
    let one = try builder.constant([1, 1, 1, 5])
    builder.graph.outputs = [try builder.add(Binary(.add), [x, one])[0]]
    let step = try #require(try facts(builder).first { $0.labels == ["n0"] })
    #expect(step.multiplications == 0)
    #expect(step.bytesWritten == 120 * 4)
    #expect(step.bytesRead == (120 + 5) * 4)
  }

  @Test func `what stays in a chain's rings moves no memory`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 16, 32, 32])
    let middle = try builder.convolution(x, 64, kernel: 1, pad: 0)
    builder.graph.outputs = [try builder.convolution(middle, 64, groups: 64)]
    let apart = try facts(builder).filter { $0.multiplications > 0 }
    let together = try facts(builder, chains: .always).filter { $0.multiplications > 0 }
    #expect(apart.count == 2)
    try #require(together.count == 1)
    #expect(together[0].kernels == ["map", "conv", "depthwise"])
    #expect(together[0].multiplications == apart.reduce(0) { $0 + $1.multiplications })
    #expect(together[0].bytesWritten == apart[1].bytesWritten)
    #expect(together[0].bytesRead < apart[0].bytesRead + apart[1].bytesRead)
  }

  @Test func `every step of a profile has its own time, a reference operator's too`() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 8, 20, 20])
    let first = try builder.convolution(x, 8)
    // Has no lowered form.
    let middle = try builder.add(Unary(.erf), [first])[0]
    builder.graph.outputs = [try builder.convolution(middle, 8)]
    let session = try Session(simplified: builder.graph, options: SessionOptions())
    let facts = session.plan.stepFacts
    let context = try session.makeContext()
    try session.run(context, crew: Crew(threadCount: 1))
    #expect(context.profile.count == facts.count && context.profile.allSatisfy { $0 == 0 })
    context.isProfiling = true
    try session.run(context, crew: Crew(threadCount: 1))
    let interpreted = facts.indices.filter { facts[$0].isInterpreted }
    #expect(interpreted.map { facts[$0].kernels } == [["Erf"]])
    for (step, time) in context.profile.enumerated() {
      #expect(time > 0, "step \(step), \(facts[step].kernels)")
    }
    context.resetProfile()
    #expect(context.profile.allSatisfy { $0 == 0 })
  }

  @Test func `the peak is measured for every tier, the widest one's is the highest`() {
    let peaks = KernelTier.available.map(\.peak)
    for (tier, peak) in zip(KernelTier.available, peaks) {
      #expect(peak.floats > 0 && peak.floats < 10_000, "\(tier)")
      #expect(peak.bytes > 0 && peak.bytes < 100_000, "\(tier)")
    }
    if peaks.count > 1 { #expect(peaks[1].floats > peaks[0].floats) }
  }
}
