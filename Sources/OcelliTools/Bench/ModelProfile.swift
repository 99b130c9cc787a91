import OcelliEngine
package import OcelliKernels
package import OcelliLowering

/// Where the time of an inference goes, step by step.
package struct ModelProfile: Sendable {
  package struct Step: Sendable {
    /// Its place in the plan.
    package var number: Int
    package var facts: StepFacts
    /// The median of its times. Units: milliseconds.
    package var milliseconds: Double
    /// Of what the threads multiply at most together; nil where it has no products.
    package var peakShare: Double?

    package init(number: Int, facts: StepFacts, milliseconds: Double, peakShare: Double?) {
      self.number = number
      self.facts = facts
      self.milliseconds = milliseconds
      self.peakShare = peakShare
    }

    package var kernel: String {
      (facts.isInterpreted ? "reference " : "") + facts.kernels.joined(separator: "→")
    }

    package var bytesMoved: Int { facts.bytesRead + facts.bytesWritten }
  }

  package let model: String
  package let threads: Int
  package let runs: Int
  /// Of whole runs. Units: milliseconds.
  package let total: Spread
  /// Of one core.
  package let peak: KernelTier.Peak
  /// In the order of the plan.
  package let steps: [Step]

  /// Runs the model `repeats` times, after a warm-up of 5 runs.
  init(
    _ candidate: BenchCandidate, crew: Crew, repeats: Int, peak: KernelTier.Peak
  ) throws(ToolError) {
    let context = candidate.context
    let facts = candidate.session.plan.stepFacts
    for _ in 0..<5 { _ = try candidate.time(crew) }
    var totals: [Double] = []
    var times = [[Double]](repeating: [], count: facts.count)
    context.isProfiling = true
    defer { context.isProfiling = false }
    for _ in 0..<repeats {
      context.resetProfile()
      totals.append(try candidate.time(crew))
      for (step, nanoseconds) in context.profile.enumerated() {
        times[step].append(Double(nanoseconds) / 1e6)
      }
    }
    guard let total = Spread(totals) else { throw ToolError(.usage, "no run, no profile") }
    model = candidate.name
    self.threads = crew.threadCount
    runs = repeats
    self.total = total
    self.peak = peak
    let threads = crew.threadCount
    steps = facts.indices.map { index in
      let time = Spread(times[index])?.median ?? 0
      return Step(
        number: index, facts: facts[index], milliseconds: time,
        peakShare: Self.share(facts[index], milliseconds: time, of: peak, threads: threads))
    }
  }

  package init(
    model: String, threads: Int, runs: Int, total: Spread, peak: KernelTier.Peak, steps: [Step]
  ) {
    self.model = model
    self.threads = threads
    self.runs = runs
    self.total = total
    self.peak = peak
    self.steps = steps
  }

  /// The share of the threads' peak that a step's products reached; nil where it has none.
  package static func share(
    _ facts: StepFacts, milliseconds: Double, of peak: KernelTier.Peak, threads: Int
  ) -> Double? {
    let most = (facts.isByteArithmetic ? peak.bytes : peak.floats) * Double(threads)
    guard facts.multiplications > 0, milliseconds > 0, most > 0 else { return nil }
    return Double(facts.multiplications) / (milliseconds * 1e6) / most
  }

  /// All steps of one kernel, or of one chain of kernels, together.
  package struct Kind: Sendable {
    package var kernel: String
    package var steps = 0
    package var milliseconds = 0.0
    package var multiplications = 0
    package var bytesMoved = 0
    package var peakShare: Double?
  }

  /// The sums by kernel, most time first.
  package var kinds: [Kind] {
    var kinds: [Kind] = []
    for step in steps {
      let kernel = step.kernel
      let place = kinds.firstIndex { $0.kernel == kernel } ?? kinds.count
      if place == kinds.count { kinds.append(Kind(kernel: kernel)) }
      kinds[place].steps += 1
      kinds[place].milliseconds += step.milliseconds
      kinds[place].multiplications += step.facts.multiplications
      kinds[place].bytesMoved += step.bytesMoved
      var facts = step.facts
      facts.multiplications = kinds[place].multiplications
      kinds[place].peakShare = Self.share(
        facts, milliseconds: kinds[place].milliseconds, of: peak, threads: threads)
    }
    return kinds.sorted { $0.milliseconds > $1.milliseconds }
  }
}
