import OcelliEvents
import OcelliGraph
import OcelliPipeline
import OcelliVision

extension AnalyzeRequest {
  /// What decides the lines beside program, model file and source: what was asked for, and what was
  /// concluded of the model, whether by itself, by a sidecar or by an override. It stands in `hello`, and
  /// must be the same for a run to be taken up again.
  func settings(_ card: ModelCard) -> JSONValue {
    let asked = JSONValue.members([
      "confidence": Self.number(findings.confidence),
      "iou": findings.overlap.map(Self.number),
      "classes": findings.classes.isEmpty ? nil : .array(findings.classes.map { .string($0) }),
      "fps": sampled.fps,
      "every": sampled.every,
      "start": start.map { .number($0, isInteger: false) },
      "duration": duration.map { .number($0, isInteger: false) },
      "max_lag": maxLag.map { .number($0, isInteger: false) },
      "drop": drop.map { .string($0.rawValue) },
    ]).members
    var members = asked.map { (key: $0.key, value: $0.value) }
    // Task and labels stand with the model; where it comes from decides nothing.
    let elsewhere = ["task", "labels", "licence", "origin"]
    for line in card.lines where !elsewhere.contains(line.what) {
      let text = JSONValue.string(line.value)
      guard let known = members.firstIndex(where: { $0.key == line.what }) else {
        members.append((line.what, text))
        continue
      }
      // `--iou` has been said; several inputs are filled by themselves.
      guard line.what == "input", case .string(let before) = members[known].value else { continue }
      members[known].value = .string(before + "; " + line.value)
    }
    return .table(members)
  }

  /// As it is written, not as the nearest double of a float.
  private static func number(_ value: Float) -> JSONValue {
    .number(Double(value.description) ?? Double(value), isInteger: false)
  }

  private var sampled: (fps: JSONValue?, every: JSONValue?) {
    switch sampling {
    case .all: (nil, nil)
    case .fps(let fps): (.number(fps, isInteger: false), nil)
    case .every(let count): (nil, .whole(count))
    case .seconds(let seconds): (nil, .string("\(seconds)s"))
    case .keyPictures: (nil, .string("key"))
    }
  }
}
