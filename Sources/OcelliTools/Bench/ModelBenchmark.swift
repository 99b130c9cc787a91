import OcelliEngine
package import OcelliEvents
import OcelliKernels
package import OcelliVision

/// Times single inferences of one or more models, in turn.
package struct ModelBenchmark {
  /// What was measured of one model. Units: milliseconds.
  package struct Result: Sendable {
    package let model: String
    package let threads: Int
    package let runs: Int
    package let milliseconds: Spread

    package var json: JSONValue {
      .members([
        "model": .string(model), "threads": .whole(threads),
        "isa": .string(KernelTier.current.rawValue), "runs": .whole(runs),
        "median_ms": .decimal(milliseconds.median, decimals: 4),
        "quartiles_ms": .array([
          .decimal(milliseconds.lowerQuartile, decimals: 4) ?? .null,
          .decimal(milliseconds.upperQuartile, decimals: 4) ?? .null,
        ]),
        "min_ms": .decimal(milliseconds.minimum, decimals: 4),
      ])
    }
  }

  private let crew: Crew
  private var candidates: [BenchCandidate] = []

  /// Loads the models. `inputs`: tensors in files, for a single model; none: a fixed pattern.
  /// Errors: a model's, an input that is missing or wrong.
  package init(
    _ models: [(source: ModelSource, notes: ModelNotes)], threads: Int, size: InputSize?,
    inputs: [(name: String, path: String)] = [], exact: Bool = false
  ) throws(ToolError) {
    crew = Crew(threadCount: threads)
    for model in models {
      candidates.append(
        try BenchCandidate(
          model.source, model.notes, size: size, tensors: inputs, exact: exact))
    }
  }

  /// Times `repeats` rounds, every model once a round, after a warm-up of 5 rounds.
  /// Errors: a node that fails on its input.
  package func run(repeats: Int) throws(ToolError) -> [Result] {
    var times = [[Double]](repeating: [], count: candidates.count)
    for round in -5..<repeats {
      for (index, candidate) in candidates.enumerated() {
        let time = try candidate.time(crew)
        if round >= 0 { times[index].append(time) }
      }
    }
    var results: [Result] = []
    for (candidate, times) in zip(candidates, times) {
      guard let spread = Spread(times) else { continue }
      results.append(
        Result(
          model: candidate.name, threads: crew.threadCount, runs: times.count,
          milliseconds: spread))
    }
    return results
  }

  /// Times every step of every model. Errors: as `run`.
  package func profiles(repeats: Int) throws(ToolError) -> [ModelProfile] {
    let peak = KernelTier.current.peak
    var profiles: [ModelProfile] = []
    for candidate in candidates {
      profiles.append(try ModelProfile(candidate, crew: crew, repeats: repeats, peak: peak))
    }
    return profiles
  }

  /// A table for people.
  package static func table(_ results: [Result]) -> String {
    var table = Table()
    table.add("model", "threads", "median", "quartiles", "minimum")
    for result in results {
      let times = result.milliseconds
      let ms = { (value: Double) in Decimal.text(value, places: 2) }
      table.add(
        result.model, "\(result.threads)", "\(ms(times.median)) ms",
        "\(ms(times.lowerQuartile))–\(ms(times.upperQuartile)) ms", "\(ms(times.minimum)) ms")
    }
    return table.text
  }
}
