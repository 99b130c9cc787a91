import OcelliEvents
package import OcelliVision

/// Whether a model of a catalogue is in a folder.
package enum ModelState: Equatable, Sendable {
  case absent
  /// Its size and SHA-256 are the catalogue's.
  case here
  /// A file of its name is another one, or damaged.
  case differs
  /// A fetch was interrupted. Units: bytes.
  case part(Int)

  /// Reads the file at `path`, where it has the right size.
  package init(of model: KnownModel, at path: String) {
    if let size = Files.size(of: path) {
      let isSame = size == model.bytes && (try? Files.sha256(path)) == model.sha256
      self = isSame ? .here : .differs
    } else if let size = Files.size(of: path + ".part") {
      self = .part(size)
    } else {
      self = .absent
    }
  }

  /// In a word or two for a table.
  func words(of model: KnownModel) -> String {
    switch self {
    case .absent: model.url == nil ? "not passed on" : "–"
    case .here: "here"
    case .differs: "differs"
    case .part(let bytes): "\(min(bytes, model.bytes) * 100 / max(model.bytes, 1)) %"
    }
  }

  var word: String {
    switch self {
    case .absent: "absent"
    case .here: "here"
    case .differs: "differs"
    case .part: "part"
    }
  }
}

/// What `model list` prints.
package enum ModelListing {
  /// A model with the place where it is, or would be.
  package typealias Row = (model: KnownModel, path: String, state: ModelState)

  package static func table(_ rows: [Row]) -> String {
    var table = Table()
    table.add("name", "state", "task", "KiB", "licence", "about")
    for (model, _, state) in rows {
      table.add(
        model.name, state.words(of: model), model.task?.rawValue ?? "–",
        "\((model.bytes + 1023) / 1024)", model.note.licence ?? "unknown", model.about ?? "")
    }
    return table.text
  }

  /// An object a line.
  package static func json(_ rows: [Row]) -> String {
    rows.map { model, path, state in
      JSONValue.members([
        "name": .string(model.name), "task": model.task.map { .string($0.rawValue) },
        "about": model.about.map { .string($0) }, "licence": model.note.licence.map { .string($0) },
        "origin": model.note.origin.map { .string($0) }, "bytes": .whole(model.bytes),
        "sha256": .string(model.sha256), "url": model.url.map { .string($0) },
        "state": .string(state.word), "path": .string(path),
      ]).text + "\n"
    }.joined()
  }
}
