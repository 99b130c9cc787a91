/// What is written about one model file beside the file itself: a sidecar, or an entry for its
/// SHA-256 among the known models.
package struct ModelNote: Sendable {
  /// What it says of head, preprocessing and labels.
  package var settings: CardOverrides
  /// Who says it, as words behind "because": `the sidecar m.yaml says so`.
  package var reason: String
  package var licence: String?
  package var origin: String?

  package init(
    settings: CardOverrides, reason: String, licence: String? = nil, origin: String? = nil
  ) {
    self.settings = settings
    self.reason = reason
    self.licence = licence
    self.origin = origin
  }
}

/// A model file that is known by its SHA-256.
package struct KnownModel: Sendable {
  package var name: String
  /// What it is good for, in a few words; nil where nothing is said.
  package var about: String?
  package var task: VisionTask?
  package var sha256: String
  /// Its size. Units: bytes.
  package var bytes: Int
  /// Where it can be fetched; nil where nobody may.
  package var url: String?
  package var note: ModelNote

  package init(
    name: String, about: String? = nil, task: VisionTask? = nil, sha256: String, bytes: Int,
    url: String?, note: ModelNote
  ) {
    self.name = name
    self.about = about
    self.task = task
    self.sha256 = sha256
    self.bytes = bytes
    self.url = url
    self.note = note
  }
}

/// Where notes about a model come from. A sidecar wins over what is known of the file's hash.
package struct ModelNotes: Sendable {
  package var sidecar: ModelNote?
  /// The note about a file with this SHA-256, where there is one.
  package var known: @Sendable (_ sha256: String) -> ModelNote?

  package init(
    sidecar: ModelNote? = nil, known: @escaping @Sendable (String) -> ModelNote? = { _ in nil }
  ) {
    self.sidecar = sidecar
    self.known = known
  }
}

/// All that was said about a model, the strongest voice first.
struct Sayings {
  let voices: [(settings: CardOverrides, reason: String)]
  let licence: String?
  let origin: String?

  /// Errors: `.model` where somebody says what cannot be.
  init(
    _ overrides: CardOverrides, _ notes: ModelNotes, sha256: String
  ) throws(VisionError) {
    let found = [notes.sidecar, notes.known(sha256)].compactMap { $0 }
    try overrides.check("--")
    for note in found { try note.settings.check("\(note.reason): ") }
    voices = [(overrides, "given")] + found.map { ($0.settings, $0.reason) }
    licence = found.lazy.compactMap(\.licence).first
    origin = found.lazy.compactMap(\.origin).first
  }

  /// What the strongest voice says of one thing; nil where nobody speaks.
  func said<V: Sendable>(_ what: KeyPath<CardOverrides, V?>) -> Conclusion<V>? {
    for voice in voices {
      if let value = voice.settings[keyPath: what] {
        return Conclusion(value, .certain, voice.reason)
      }
    }
    return nil
  }
}
