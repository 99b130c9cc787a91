import OcelliEngine
package import OcelliEvents
import OcelliKernels
import OcelliTensor
package import OcelliVision

/// Times single inferences of one or more models, in turn.
package enum ModelBenchmark {
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

  private struct Candidate {
    let name: String
    let session: Session
    let context: Context
    var times: [Double] = []

    init(_ model: ModelSource, _ notes: ModelNotes, size: InputSize?) throws(ToolError) {
      name = model.description
      let (graph, shape) = try model.pictureGraph(size: size, notes: notes)
      do {
        session = try Session(graph, options: SessionOptions(inputShape: shape))
        context = try session.makeContext()
      } catch {
        throw ToolError(.badData, "\(model): \(error)")
      }
      var state: UInt32 = 1
      for (index, port) in session.inputs.enumerated() {
        // Inputs of other types stay zeros: pictures are floats, and numbers at random are no indices.
        guard port.type == .float32 else { continue }
        context.withInput(index, of: Float.self) { input in
          for i in input.indices {
            state = state &* 1_664_525 &+ 1_013_904_223
            input[i] = Float(state >> 8) / Float(1 << 24)
          }
        }
      }
    }

    /// One inference. Returns: milliseconds.
    func time(_ crew: Crew) throws(ToolError) -> Double {
      let start = Moment.now
      do { try session.run(context, crew: crew) } catch {
        throw ToolError(.badData, "\(name): \(error)")
      }
      return Double(Moment.now.wall - start.wall) / 1e6
    }
  }

  /// Times `repeats` rounds, every model once a round, after a warm-up of 5 rounds.
  package static func run(
    _ models: [(source: ModelSource, notes: ModelNotes)], threads: Int, repeats: Int,
    size: InputSize?
  ) throws(ToolError) -> [Result] {
    let crew = Crew(threadCount: threads)
    var candidates: [Candidate] = []
    for model in models {
      candidates.append(try Candidate(model.source, model.notes, size: size))
    }
    for round in -5..<repeats {
      for index in candidates.indices {
        let time = try candidates[index].time(crew)
        if round >= 0 { candidates[index].times.append(time) }
      }
    }
    return candidates.compactMap { candidate in
      Spread(candidate.times).map {
        Result(
          model: candidate.name, threads: crew.threadCount, runs: candidate.times.count,
          milliseconds: $0)
      }
    }
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
