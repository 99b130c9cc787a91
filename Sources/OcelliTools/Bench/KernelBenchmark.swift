import OcelliEngine
package import OcelliEvents
import OcelliKernels
import OcelliLowering
import OcelliTensor

/// Times every row of the list of kernels beside its scalar twin, on shapes that models have.
package enum KernelBenchmark {
  /// What was measured of one case. Units: milliseconds.
  package struct Result: Sendable {
    package let kernel: String
    package let shape: String
    package let time: Spread
    package let scalar: Spread
    /// Multiplications with addition, and bytes read and written, of a run.
    package let multiplications: Int
    package let bytesMoved: Int
    package let peakShare: Double?

    /// How many times as long the scalar twin takes.
    package var ratio: Double { scalar.median / time.median }
    /// Operations a nanosecond, nil where it has no products; bytes a nanosecond.
    package var operationRate: Double? {
      multiplications > 0 ? 2 * Double(multiplications) / (time.median * 1e6) : nil
    }
    package var byteRate: Double { Double(bytesMoved) / (time.median * 1e6) }
  }

  /// A scalar twin may be a hundred times slower: its runs end after this. Units: milliseconds.
  private static let scalarLimit = 300.0

  /// Times the cases whose kernel is in `kernels` (empty: all), on one thread, alone and in order.
  /// Errors: `.usage` for a kernel that is not in the list.
  package static func run(
    kernels: [String] = [], cases: [KernelCase] = KernelCase.all, repeats: Int
  ) throws(ToolError) -> [Result] {
    for name in kernels where !KernelTier.kernelNames.contains(name) {
      throw ToolError(
        .usage,
        "no kernel is called '\(name)'. There are: "
          + KernelTier.kernelNames.joined(separator: ", ") + ".")
    }
    let crew = Crew(threadCount: 1)
    let peak = KernelTier.current.peak
    var results: [Result] = []
    for one in cases where kernels.isEmpty || kernels.contains(one.kernel) {
      do {
        results.append(try time(one, crew: crew, peak: peak, repeats: repeats))
      } catch { throw ToolError(.failure, "\(one.kernel), \(one.shape): \(error)") }
    }
    return results
  }

  private static func time(
    _ one: KernelCase, crew: Crew, peak: KernelTier.Peak, repeats: Int
  ) throws -> Result {
    let (facts, fast) = try times(
      one, tier: .current, crew: crew, repeats: repeats, limit: .infinity)
    let (_, slow) = try times(
      one, tier: .scalar, crew: crew, repeats: repeats, limit: scalarLimit)
    guard let time = Spread(fast), let scalar = Spread(slow) else {
      throw ToolError(.usage, "no run, no time")
    }
    return Result(
      kernel: one.kernel, shape: one.shape, time: time, scalar: scalar,
      multiplications: facts.multiplications, bytesMoved: facts.bytesRead + facts.bytesWritten,
      peakShare: ModelProfile.share(facts, milliseconds: time.median, of: peak, threads: 1))
  }

  /// The times of the step that the case is about, as the plan's own profile has them.
  private static func times(
    _ one: KernelCase, tier: KernelTier, crew: Crew, repeats: Int, limit: Double
  ) throws -> (StepFacts, [Double]) {
    let graph = try one.graph()
    let session = try Session(
      simplified: graph, options: SessionOptions(chains: .never, tier: tier))
    let context = try session.makeContext()
    let facts = session.plan.stepFacts
    // Copies around the node have names of their own.
    guard
      let step = facts.firstIndex(where: {
        $0.kernels == [one.kernel] && $0.labels == [KernelGraph.node]
      })
    else {
      let made = facts.map { $0.kernels.joined(separator: "→") }.joined(separator: ", ")
      throw ToolError(.failure, "the plan has other kernels: \(made)")
    }
    for (index, port) in session.inputs.enumerated() {
      if port.type == .uint8 {
        context.withInput(index, of: UInt8.self) { input in
          for i in input.indices { input[i] = UInt8(i % 251) }
        }
      } else {
        context.withInput(index, of: Float.self) { input in
          for i in input.indices { input[i] = Float(i % 251) / 250 - 0.5 }
        }
      }
    }
    context.isProfiling = true
    var times: [Double] = []
    var spent = 0.0
    // The first runs fill caches and find memory.
    for round in -2..<repeats {
      context.resetProfile()
      try session.run(context, crew: crew)
      let time = Double(context.profile[step]) / 1e6
      spent += time
      if round >= 0 || spent > limit { times.append(time) }
      if spent > limit { break }
    }
    return (facts[step], times)
  }

  /// A table for people.
  package static func table(_ results: [Result]) -> String {
    var table = Table(numbers: [2, 3, 4, 5, 6, 7])
    table.add("kernel", "shape", "ms", "GFLOP/s", "of peak", "GB/s", "scalar ms", "times", "")
    for result in results {
      table.add(
        result.kernel, result.shape, Decimal.text(result.time.median, places: 4),
        result.operationRate.map { Decimal.text($0, places: 1) } ?? "",
        result.peakShare.map { Decimal.text($0 * 100, places: 0) + " %" } ?? "",
        Decimal.text(result.byteRate, places: 1), Decimal.text(result.scalar.median, places: 3),
        Decimal.text(result.ratio, places: 1), "")
    }
    return "\(KernelTier.current.rawValue), one thread, medians\n\n" + table.text
  }
}

extension KernelBenchmark.Result {
  package var json: JSONValue {
    .members([
      "kernel": .string(kernel), "shape": .string(shape),
      "isa": .string(KernelTier.current.rawValue),
      "median_ms": .decimal(time.median, decimals: 5),
      "min_ms": .decimal(time.minimum, decimals: 5),
      "gflops": .decimal(operationRate, decimals: 2),
      "peak_share": .decimal(peakShare, decimals: 4),
      "gb_per_s": .decimal(byteRate, decimals: 2),
      "scalar_median_ms": .decimal(scalar.median, decimals: 5),
      "ratio": .decimal(ratio, decimals: 2),
    ])
  }
}
