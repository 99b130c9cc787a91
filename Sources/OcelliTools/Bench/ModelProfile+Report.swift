package import OcelliEvents
import OcelliKernels
import OcelliLowering

extension ModelProfile {
  /// How the steps of a report are ordered.
  package enum Order: String, Sendable, CaseIterable {
    /// Most time first.
    case time
    /// As they run.
    case plan
  }

  package func ordered(_ order: Order) -> [Step] {
    switch order {
    case .plan: steps
    case .time:
      steps.sorted { ($0.milliseconds, -$0.number) > ($1.milliseconds, -$1.number) }
    }
  }

  private var sum: Double { steps.reduce(0) { $0 + $1.milliseconds } }

  /// For a terminal.
  package func text(_ order: Order) -> String {
    let ms = { (value: Double) in Decimal.text(value, places: 3) }
    let percent = { (share: Double?) in
      share.map { Decimal.text($0 * 100, places: 0) + " %" } ?? ""
    }
    let millions = { (count: Int) in
      count > 0 ? Decimal.text(Double(count) / 1e6, places: 2) : ""
    }
    let megabytes = { (bytes: Int) in Decimal.text(Double(bytes) / 1e6, places: 2) }
    let rate = { (bytes: Int, time: Double) in
      time > 0 && bytes > 0 ? Decimal.text(Double(bytes) / (time * 1e6), places: 1) : ""
    }
    let all = sum
    func share(_ time: Double) -> String { percent(all > 0 ? time / all : nil) }

    var table = Table(numbers: [0, 3, 4, 5, 6, 7, 8])
    table.add(
      "step", "kernel", "tiles", "ms", "of run", "MMAC", "of peak", "MB", "GB/s", "node")
    for step in ordered(order) {
      table.add(
        "\(step.number)", Self.cut(step.kernel, to: 28), Self.tiles(step.facts),
        ms(step.milliseconds), share(step.milliseconds), millions(step.facts.multiplications),
        percent(step.peakShare), megabytes(step.bytesMoved),
        rate(step.bytesMoved, step.milliseconds), Self.node(step.facts))
    }
    var sums = Table(numbers: [1, 2, 3, 4, 5, 6, 7])
    sums.add("kernel", "steps", "ms", "of run", "MMAC", "of peak", "MB", "GB/s", "")
    for kind in kinds {
      sums.add(
        Self.cut(kind.kernel, to: 28), "\(kind.steps)", ms(kind.milliseconds),
        share(kind.milliseconds), millions(kind.multiplications), percent(kind.peakShare),
        megabytes(kind.bytesMoved), rate(kind.bytesMoved, kind.milliseconds), "")
    }
    let operations = { (rate: Double) in Decimal.text(rate * 2, places: 0) }
    return """
      \(model), \(threads) thread\(threads == 1 ? "" : "s"), \(KernelTier.current.rawValue): \
      \(ms(total.median)) ms (median of \(runs) runs), \(ms(all)) ms in steps
      peak of a core: \(operations(peak.floats)) GFLOP/s float32, \
      \(operations(peak.bytes)) GOP/s bytes

      \(table.text)
      \(sums.text)
      """
  }

  package var json: JSONValue {
    .members([
      "model": .string(model), "threads": .whole(threads),
      "isa": .string(KernelTier.current.rawValue), "runs": .whole(runs),
      "median_ms": .decimal(total.median, decimals: 4),
      "min_ms": .decimal(total.minimum, decimals: 4),
      "peak_gflops": .decimal(peak.floats * 2, decimals: 1),
      "peak_byte_gops": .decimal(peak.bytes * 2, decimals: 1),
      "steps": .array(steps.map(Self.json)),
    ])
  }

  private static func json(_ step: Step) -> JSONValue {
    .members([
      "step": .whole(step.number),
      "kernels": .array(step.facts.kernels.map { .string($0) }),
      "nodes": .array(step.facts.labels.map { .string($0) }),
      "reference": step.facts.isInterpreted ? .bool(true) : nil,
      "tile_rows": step.facts.tiles.map { .whole($0.rows) },
      "tiles": step.facts.tiles.map { .whole($0.count) },
      "stripe_rows": step.facts.tiles.map { .whole($0.stripe) },
      "ms": .decimal(step.milliseconds, decimals: 5),
      "macs": step.facts.multiplications > 0 ? .whole(step.facts.multiplications) : nil,
      "peak_share": .decimal(step.peakShare, decimals: 4),
      "bytes_read": step.facts.isInterpreted ? nil : .whole(step.facts.bytesRead),
      "bytes_written": step.facts.isInterpreted ? nil : .whole(step.facts.bytesWritten),
    ])
  }

  /// Tiles × rows of each, and a chain's stripe.
  private static func tiles(_ facts: StepFacts) -> String {
    guard let tiles = facts.tiles else { return "" }
    let text = "\(tiles.count)×\(tiles.rows)"
    return facts.kernels.count > 1 ? text + " by \(tiles.stripe)" : text
  }

  /// The nodes of a step, each short enough that the line stays one.
  private static func node(_ facts: StepFacts) -> String {
    let length = max(48 / max(facts.labels.count, 1), 16)
    return facts.labels.map { cut($0, to: length) }.joined(separator: " → ")
  }

  /// A text in at most `length` characters. Names differ at their ends: the end stays.
  package static func cut(_ text: String, to length: Int) -> String {
    text.count <= length ? text : "…" + text.suffix(length - 1)
  }
}
