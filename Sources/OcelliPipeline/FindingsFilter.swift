import OcelliVocabulary

/// What of a model's findings a stream is told.
struct FindingsFilter {
  let classes: Set<String>?
  let confidence: Float?

  func apply(_ findings: Findings) -> Findings {
    guard classes != nil || confidence != nil else { return findings }
    switch findings {
    case .objects(let objects):
      return .objects(objects.filter { keeps($0.classID, $0.label, $0.confidence) })
    case .classes(let found):
      return .classes(found.filter { keeps($0.classID, $0.label, $0.confidence) })
    case .mask(let masks):
      return .mask(masks.filter { names($0.classID, $0.label) })
    case .text(let read):
      // A text has no class, so that a list of classes says nothing of it.
      guard let limit = confidence, read.confidence < limit else { return findings }
      return .text(ReadText(symbols: [], text: nil, confidence: 0))
    case .embedding, .outputs:
      return findings
    }
  }

  private func keeps(_ id: Int, _ label: String?, _ confidence: Float) -> Bool {
    if let limit = self.confidence, confidence < limit { return false }
    return names(id, label)
  }

  private func names(_ id: Int, _ label: String?) -> Bool {
    guard let classes else { return true }
    return classes.contains(String(id)) || label.map(classes.contains) ?? false
  }
}
