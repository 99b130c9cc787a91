import OcelliEvents
import OcelliGraph
import OcelliPipeline
import OcelliVision

extension AnalyzeRequest {
  /// What decides the lines beside program, model and source, by the options' names: what `hello` says,
  /// and what must be the same for a run to be taken up again.
  var settings: JSONValue {
    .members([
      "confidence": Self.number(findings.confidence),
      "iou": findings.overlap.map(Self.number),
      "classes": findings.classes.isEmpty ? nil : .array(findings.classes.map { .string($0) }),
      "fps": sampled.fps,
      "every": sampled.every,
      "start": start.map { .number($0, isInteger: false) },
      "duration": duration.map { .number($0, isInteger: false) },
      "max_lag": maxLag.map { .number($0, isInteger: false) },
      "drop": drop.map { .string($0.rawValue) },
      "head": overrides.head.map { .string($0) },
      "size": overrides.size.map { .string("\($0.width)x\($0.height)") },
      "layout": overrides.layout.map { .string($0.rawValue) },
      "color": overrides.color.map { .string($0.rawValue) },
      "mean": overrides.mean.map { .array($0.map(Self.number)) },
      "scale": overrides.scale.map { .array($0.map(Self.number)) },
      "resize": overrides.resize.map { .string($0.rawValue) },
      "pad": overrides.pad.map(Self.number),
    ])
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
