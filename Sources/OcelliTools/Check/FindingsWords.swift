import OcelliVocabulary

/// Findings in a few words.
enum FindingsWords {
  static func text(_ findings: Findings) -> String {
    switch findings {
    case .objects(let objects):
      guard let best = objects.max(by: { $0.confidence < $1.confidence }) else { return "nothing" }
      return "\(objects.count) object\(objects.count == 1 ? "" : "s"), best "
        + name(best.label, best.classID, best.confidence)
    case .classes(let classes):
      guard let best = classes.first else { return "nothing" }
      return name(best.label, best.classID, best.confidence)
    case .text(let read):
      guard !read.symbols.isEmpty else { return "nothing" }
      return "\(read.text ?? "\(read.symbols.count) symbols") "
        + Decimal.text(Double(read.confidence), places: 2)
    case .mask(let masks):
      guard !masks.isEmpty else { return "nothing" }
      let total = masks.reduce(0) { $0 + $1.mask.area }
      let names = masks.sorted { $0.mask.area > $1.mask.area }.prefix(3).map { mask in
        "\(mask.label ?? "class \(mask.classID)") \(mask.mask.area * 100 / max(total, 1)) %"
      }
      return names.joined(separator: ", ") + (masks.count > 3 ? ", …" : "")
    case .embedding(let values): return "a vector of \(values.count)"
    case .outputs(let outputs): return "\(outputs.count) outputs"
    }
  }

  private static func name(_ label: String?, _ classID: Int, _ confidence: Float) -> String {
    "\(label ?? "class \(classID)") " + Decimal.text(Double(confidence), places: 2)
  }
}
