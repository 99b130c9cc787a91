package import OcelliTensor

/// What a model does to a picture.
package enum VisionTask: String, Sendable, Encodable, CaseIterable {
  case detect, classify, segment, text, embed
  /// No known head: the outputs are reported as numbers.
  case raw
}

/// What makes findings of a model's outputs.
package enum HeadKind: Sendable {
  /// Boxes, of which overlapping ones are suppressed.
  case detector(any Head)
  /// Findings at once.
  case whole(any WholeHead)
  case raw

  /// nil for raw outputs.
  package var family: (any HeadFamily)? {
    switch self {
    case .detector(let head): head
    case .whole(let head): head
    case .raw: nil
    }
  }

  /// The name as `--head` takes it.
  package var name: String { family.map { type(of: $0).name } ?? "raw" }

  var task: VisionTask {
    switch self {
    case .detector: .detect
    case .whole(let head): head.task
    case .raw: .raw
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
  /// The element type of the picture's input.
  package var inputType: ElementType
  /// What the other inputs get, in the order of the graph's inputs behind the picture's.
  package var fills: [InputFill]
  /// Names by class number; empty where none are known.
  package var labels: Conclusion<[String]>
  /// Names of the classes that a second output of a text reader tells apart.
  package var attributes: [String]
  /// The overlap to suppress at where the user names none.
  package var overlap: Conclusion<Float>
  /// Under which terms the file may be used, where that is known.
  package var licence: String?
  /// Where the file comes from, where that is known.
  package var origin: String?
  /// Why the model cannot take pictures, where it cannot.
  package var refusal: String?
  /// The picture's input has no axis for a batch in the file.
  package var lacksBatch = false

  /// The heads in the order in which they are tried.
  static let families: [any HeadFamily.Type] = [
    DistanceHead.self, YuNetHead.self, SCRFDHead.self, MediaPipeHead.self, LaneHead.self,
    NanoDetHead.self, SeparateBoxesHead.self, FinishedRowsHead.self, DETRHead.self,
    UltraFaceHead.self, FastestDetHead.self, YOLOXHead.self, YOLORowsHead.self,
    YOLOMapsHead.self, LandmarkHead.self, TextRegionHead.self, TextHead.self, Classifier.self,
    EmbeddingHead.self, SegmentationHead.self,
  ]

  /// What `--head` takes.
  package static let headNames: [String] = families.map { $0.name } + ["raw"]

  /// How many classes the head tells apart; 0 where it tells none.
  package var classCount: Int { head.value.family?.classCount ?? 0 }

  /// The same card under the name that lines and messages use.
  func named(_ name: String) -> ModelCard {
    var card = self
    card.name = name
    return card
  }

  /// The name of a class, where one is known.
  package func label(_ classID: Int) -> String? { FindRequest.name(classID, labels.value) }
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
    if p.resize.value.pads { lines.append(line("pad", p.pad, "\(p.pad.value)")) }
    if case .detector = head.value { lines.append(line("iou", overlap, "\(overlap.value)")) }
    if task.value != .raw, task.value != .embed {
      let names = labels.value.prefix(8).joined(separator: ", ")
      let more = labels.value.count > 8 ? ", … \(labels.value.count) in all" : ""
      lines.append(line("labels", labels, labels.value.isEmpty ? "none" : names + more))
    }
    for fill in fills {
      lines.append(
        ConclusionLine(
          what: "input", value: "\(fill.name): \(fill.words)", sureness: .likely,
          reason: fill.reason))
    }
    for (what, text) in [("licence", licence), ("origin", origin)] {
      guard let text else { continue }
      lines.append(
        ConclusionLine(what: what, value: text, sureness: .certain, reason: "a known file"))
    }
    return lines
  }
}
