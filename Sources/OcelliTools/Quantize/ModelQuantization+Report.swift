package import OcelliEvents
import OcelliQuantize

extension ModelQuantization {
  /// How many layers in float are named in a text.
  private static let named = 12

  /// For a terminal.
  package var text: String {
    let report = self.report
    var table = Table(indent: 2)
    table.add("size", "\(report.sizes.before) bytes, now \(report.sizes.after)")
    let kept = report.floats.count
    table.add(
      "layers",
      "\(report.layers.count - kept) of \(report.layers.count) on bytes"
        + (report.folded > 0 ? "; \(report.folded) batch normalisations folded" : ""))
    if kept > 0 {
      let more = kept > Self.named ? ", … \(kept) in all" : ""
      table.add("in float", report.floats.prefix(Self.named).joined(separator: ", ") + more)
    }
    table.add(
      "calibrated",
      "\(report.calibrator.rawValue) on \(report.calibrated) pictures"
        + (report.equalized > 0 ? ", \(report.equalized) pairs of layers equalised" : "")
        + (report.correctsBiases ? ", biases corrected" : ""))
    let agreement = report.agreement
    table.add(
      "agreement",
      "\(agreement.measure) \(Decimal.text(agreement.score, places: 4)) on "
        + "\(agreement.pictures) pictures held out: loses \(Self.percent(agreement.loss))")
    if let objects = agreement.objects {
      table.add(
        "boxes",
        "\(objects.count) of the model of floats, \(objects.missed) not found again; "
          + "AP75 \(Decimal.text(objects.strictScore, places: 4)), overlap "
          + "\(Decimal.text(objects.meanOverlap, places: 3)), edges move "
          + "\(Decimal.text(objects.meanEdgeShift, places: 2)) pixels")
      table.add(
        "confidences",
        "move \(Decimal.text(objects.meanConfidenceShift, places: 4)) on average, "
          + "\(Decimal.text(objects.largestConfidenceShift, places: 3)) at most")
    }
    table.add(
      "took",
      "\(Decimal.text(report.seconds, places: 1)) s, \(report.trials.count) ways tried"
        + (report.swept > 0 ? ", \(report.swept) layers measured" : ""))
    var text = "\(report.model)\(output.map { " → \($0)" } ?? ": not written")\n" + table.text
    var ways = Table(indent: 2)
    ways.add("tried", "loss", "distance")
    for trial in report.trials {
      ways.add(
        trial.way, Self.percent(trial.agreement.loss),
        Decimal.text(trial.agreement.distance, places: 4))
    }
    text += "\n" + ways.text
    return text
  }

  private static func percent(_ share: Double) -> String {
    Decimal.text(share * 100, places: 2) + " %"
  }

  /// What a person should hear, beside the table.
  package var warnings: [String] {
    guard output != nil, !report.hints.isEmpty else { return [] }
    return [
      "the quantised file alone is not taken for what \(report.model) is; put a sidecar beside it "
        + "that says:\n  " + report.hints.joined(separator: "\n  ")
    ]
  }

  /// Why nothing was written; nil where it was.
  package func refusal(_ allowed: Double) -> String? {
    guard output == nil else { return nil }
    return "\(report.model): quantised it loses \(Self.percent(report.agreement.loss)) of its "
      + "\(report.agreement.measure), more than --max-loss \(Self.percent(allowed)); nothing was "
      + "written (more pictures, a larger --budget or --max-loss may help; --force writes it)"
  }

  /// The report as one JSON object.
  package var json: JSONValue {
    let report = self.report
    return .members([
      "model": .string(report.model), "output": output.map { .string($0) },
      "bytes_before": .whole(report.sizes.before), "bytes_after": .whole(report.sizes.after),
      "layers": .whole(report.layers.count),
      "float_layers": .array(report.floats.map { .string($0) }),
      "batch_normalizations_folded": .whole(report.folded),
      "calibrator": .string(report.calibrator.rawValue),
      "equalized_pairs": .whole(report.equalized),
      "biases_corrected": .bool(report.correctsBiases),
      "calibration_pictures": .whole(report.calibrated),
      "agreement": report.agreement.json,
      "trials": .array(
        report.trials.map {
          .members(["way": .string($0.way), "agreement": $0.agreement.json])
        }),
      "layers_measured": .whole(report.swept),
      "seconds": .decimal(report.seconds, decimals: 1),
      "sidecar": report.hints.isEmpty ? nil : .array(report.hints.map { .string($0) }),
    ])
  }
}

extension Agreement {
  var json: JSONValue {
    .members([
      "measure": .string(measure), "score": .decimal(score, decimals: 5),
      "loss": .decimal(loss, decimals: 5), "distance": .decimal(distance, decimals: 5),
      "pictures": .whole(pictures),
      "boxes": objects.map { .whole($0.count) }, "missed": objects.map { .whole($0.missed) },
      "ap75": objects.flatMap { .decimal($0.strictScore, decimals: 5) },
      "overlap": objects.flatMap { .decimal($0.meanOverlap, decimals: 4) },
      "edge_shift_px": objects.flatMap { .decimal($0.meanEdgeShift, decimals: 3) },
      "confidence_shift": objects.flatMap { .decimal($0.meanConfidenceShift, decimals: 5) },
      "largest_confidence_shift": objects.flatMap {
        .decimal($0.largestConfidenceShift, decimals: 5)
      },
    ])
  }
}
