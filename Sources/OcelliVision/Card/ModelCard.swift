/// What a model does to a picture.
package enum VisionTask: String, Sendable, Encodable {
  case detect, classify
  /// No known head: the outputs are reported as numbers.
  case raw
}

/// What makes findings of a model's outputs.
package enum HeadKind: Sendable {
  case detector(any Head)
  case classifier(Classifier)
  case raw

  /// The name as `--head` takes it.
  package var name: String {
    switch self {
    case .detector(let head): type(of: head).name
    case .classifier: Classifier.name
    case .raw: "raw"
    }
  }
}

/// All that is known of a model: what was concluded from its file, each with its reason.
package struct ModelCard: Sendable {
  package var name: String
  /// Of the model's file, in hexadecimal.
  package var sha256: String
  package var task: Conclusion<VisionTask>
  package var head: Conclusion<HeadKind>
  package var preprocessing: Preprocessing
  /// Names by class number; empty where none are known.
  package var labels: Conclusion<[String]>
  /// The overlap to suppress at where the user names none.
  package var overlap: Conclusion<Float>
  /// Why the model cannot take pictures, where it cannot.
  package var refusal: String?

  /// The heads that decode boxes, in the order in which they are tried.
  static let detectors: [any Head.Type] = [
    DistanceHead.self, YuNetHead.self, NanoDetHead.self, UltraFaceHead.self, FastestDetHead.self,
    YOLOXHead.self, YOLORowsHead.self,
  ]

  /// What `--head` takes.
  package static let headNames: [String] = detectors.map { $0.name } + [Classifier.name, "raw"]

  /// How many classes the head tells apart; 0 where it tells none.
  package var classCount: Int {
    switch head.value {
    case .detector(let head): head.classCount
    case .classifier(let classifier): classifier.classCount
    case .raw: 0
    }
  }

  /// The same card under the name that lines and messages use.
  func named(_ name: String) -> ModelCard {
    var card = self
    card.name = name
    return card
  }

  /// The name of a class, where one is known.
  package func label(_ classID: Int) -> String? {
    guard labels.value.indices.contains(classID), !labels.value[classID].isEmpty else { return nil }
    return labels.value[classID]
  }
}

/// One conclusion in words, for people and for JSON.
package struct ConclusionLine: Sendable, Equatable, Encodable {
  package var what: String
  package var value: String
  package var sureness: Sureness
  package var reason: String
}

extension ModelCard {
  /// Every conclusion in words, in the order in which a picture meets them.
  package var lines: [ConclusionLine] {
    func line<V>(_ what: String, _ conclusion: Conclusion<V>, _ text: String) -> ConclusionLine {
      ConclusionLine(
        what: what, value: text, sureness: conclusion.sureness, reason: conclusion.reason)
    }
    func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    let p = preprocessing
    var lines = [
      line("task", task, task.value.rawValue), line("head", head, head.value.name),
      line("size", p.size, p.size.value.description),
      line("layout", p.layout, p.layout.value.rawValue),
      line("color", p.color, p.color.value.rawValue),
      line("mean", p.mean, list(p.mean.value)), line("scale", p.scale, list(p.scale.value)),
      line("resize", p.resize, p.resize.value.rawValue),
    ]
    if p.resize.value != .stretch { lines.append(line("pad", p.pad, "\(p.pad.value)")) }
    if task.value == .detect { lines.append(line("iou", overlap, "\(overlap.value)")) }
    if task.value != .raw {
      let names = labels.value.prefix(8).joined(separator: ", ")
      let more = labels.value.count > 8 ? ", … \(labels.value.count) in all" : ""
      lines.append(line("labels", labels, labels.value.isEmpty ? "none" : names + more))
    }
    return lines
  }
}
