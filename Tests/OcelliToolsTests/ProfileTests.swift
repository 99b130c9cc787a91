import OcelliEvents
import OcelliKernels
import OcelliLowering
import OcelliTools
import Testing

struct ProfileTests {
  private static func step(
    _ number: Int, _ kernels: [String], _ milliseconds: Double, macs: Int = 0, node: String = "n"
  ) -> ModelProfile.Step {
    var facts = StepFacts(
      kernels: kernels, labels: kernels.map { _ in node },
      tiles: StepFacts.Tiles(rows: 4, count: 3, stripe: 2))
    facts.multiplications = macs
    facts.bytesRead = 1_000_000
    facts.bytesWritten = 500_000
    let share = ModelProfile.share(facts, milliseconds: milliseconds, of: peak, threads: 2)
    return ModelProfile.Step(
      number: number, facts: facts, milliseconds: milliseconds, peakShare: share)
  }

  private static let peak = KernelTier.Peak(floats: 50, bytes: 100)

  private let profile: ModelProfile

  init() throws {
    profile = ModelProfile(
      model: "m.onnx", threads: 2, runs: 3, total: try #require(Spread([4, 5, 6])),
      peak: Self.peak,
      steps: [
        Self.step(0, ["map"], 0.5), Self.step(1, ["conv"], 1, macs: 50_000_000),
        Self.step(
          2, ["conv", "depthwise"], 2, macs: 40_000_000, node: "/a/very/long/name/of/a/node/in/it"),
        Self.step(3, ["conv"], 1, macs: 10_000_000),
      ])
  }

  @Test func `a share is of all threads' peak, and of bytes where bytes are multiplied`() {
    var facts = profile.steps[1].facts
    // 50 a nanosecond and thread are 100 million a millisecond and two threads.
    #expect(profile.steps[1].peakShare == 0.5)
    facts.isByteArithmetic = true
    #expect(
      ModelProfile.share(facts, milliseconds: 1, of: Self.peak, threads: 1) == 0.5)
    #expect(profile.steps[0].peakShare == nil)
    #expect(ModelProfile.share(facts, milliseconds: 0, of: Self.peak, threads: 1) == nil)
  }

  @Test func `steps are ordered by time, equals as they run`() {
    #expect(profile.ordered(.time).map(\.number) == [2, 1, 3, 0])
    #expect(profile.ordered(.plan).map(\.number) == [0, 1, 2, 3])
  }

  @Test func `sums by kernel keep chains apart`() {
    let kinds = profile.kinds
    #expect(kinds.map(\.kernel) == ["conv", "conv→depthwise", "map"])
    #expect(kinds.map(\.steps) == [2, 1, 1])
    #expect(kinds.map(\.milliseconds) == [2, 2, 0.5])
    #expect(kinds[0].multiplications == 60_000_000)
    #expect(kinds[0].peakShare == 0.3)
    #expect(kinds[0].bytesMoved == 3_000_000)
  }

  @Test func `the table's lines stay short, and names keep their ends`() {
    let text = profile.text(.time)
    #expect(text.contains("…ng/name/of/a/node/in/it → …"))
    #expect(text.contains("3×4 by 2"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 150 })
    #expect(ModelProfile.cut("abcdef", to: 6) == "abcdef")
    #expect(ModelProfile.cut("abcdefg", to: 6) == "…cdefg")
  }

  @Test func `a profile's JSON has every step in the order of the plan`() throws {
    let steps = try #require(profile.json["steps"]?.array)
    #expect(steps.compactMap { $0["step"]?.number } == [0, 1, 2, 3])
    #expect(steps[1]["macs"]?.number == 50_000_000)
    #expect(steps[1]["peak_share"]?.number == 0.5)
    #expect(steps[0]["macs"] == nil && steps[0]["peak_share"] == nil)
    #expect(profile.json["peak_gflops"]?.number == 100)
  }
}

struct KernelBenchmarkTests {
  @Test func `every kernel of the list has a case, and every case a kernel of the list`() {
    #expect(Set(KernelCase.all.map(\.kernel)) == Set(KernelTier.kernelNames))
  }

  @Test func `every case is lowered to its kernel and timed beside its twin`() throws {
    let results = try KernelBenchmark.run(repeats: 1)
    #expect(results.map(\.kernel) == KernelCase.all.map(\.kernel))
    for result in results {
      #expect(result.time.median > 0 && result.scalar.median > 0, "\(result.shape)")
      #expect(result.bytesMoved > 0, "\(result.shape)")
    }
  }

  @Test func `a kernel that does not exist is refused with those that do`() {
    do throws(ToolError) {
      _ = try KernelBenchmark.run(kernels: ["convolve"], repeats: 1)
      Issue.record("it ran")
    } catch {
      #expect(error.description.contains("winograd"))
    }
  }
}
