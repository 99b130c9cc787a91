package import OcelliVision

/// What is written about one model in YAML: a sidecar beside the model's file, or an entry of
/// `config/models/`, which is part of the program.
package enum ModelFile {
  /// The keys of both kinds of file; those of identity and origin stand in entries alone.
  package static let options = OptionGroup(
    name: "model", isNamed: false, meaning: "Facts about one model file.",
    options: [
      ConfigurationOption(
        name: "name", kind: .text, meaning: "What `ocelli model pull` and -m call it."),
      ConfigurationOption(name: "about", kind: .text, meaning: "What it is good for."),
      ConfigurationOption(
        name: "task", kind: .choice(VisionTask.allCases.map(\.rawValue)),
        meaning: "What it does to a picture."),
      ConfigurationOption(name: "sha256", kind: .text, meaning: "Of the model's file."),
      ConfigurationOption(
        name: "bytes", kind: .integer(1...(1 << 32)), unit: "bytes", meaning: "Its size."),
      ConfigurationOption(name: "licence", kind: .text, meaning: "The terms of its use."),
      ConfigurationOption(name: "origin", kind: .text, meaning: "Where it comes from."),
      ConfigurationOption(name: "url", kind: .text, meaning: "Where it is fetched."),
      ConfigurationOption(
        name: "layout", kind: .choice(TensorLayout.allCases.map(\.rawValue)),
        meaning: "The order of the input's axes."),
      ConfigurationOption(
        name: "pad", kind: .number(0...255), unit: "grey levels",
        meaning: "What surrounds a letterboxed picture."),
      ConfigurationOption(
        name: "attributes", kind: .texts, meaning: "Names of the classes of a second output."),
    ]
      + ["size", "head", "color", "resize", "mean", "scale", "labels", "iou"].compactMap {
        OptionTable.models.option($0)
      })

  /// Reads one file. Errors: all that is wrong, with the places.
  package static func read(
    _ bytes: [UInt8], file: String, reason: String
  ) throws(ConfigError) -> KnownModel {
    let document = try Document(bytes, file: file)
    // Symbols of text may hold any sign: nothing is replaced here.
    var reader = SettingsReader(
      file: file, interpolation: Interpolation(environment: [:]) { _ in nil })
    let settings = reader.settings(document.root, options, path: "model")
    guard reader.faults.isEmpty else { throw ConfigError(reader.faults) }
    let sides = settings.text("size")?.split(separator: "x").compactMap { Int($0) } ?? []
    let overrides = CardOverrides(
      head: settings.text("head"),
      size: sides.count == 2 ? InputSize(width: sides[0], height: sides[1]) : nil,
      layout: settings.text("layout").flatMap(TensorLayout.init),
      color: settings.text("color").flatMap(ColorOrder.init), mean: settings.numbers("mean"),
      scale: settings.numbers("scale"),
      resize: settings.text("resize").flatMap(ResizeMode.init),
      pad: settings.number("pad").map(Float.init), labels: settings.texts("labels"),
      attributes: settings.texts("attributes"), overlap: settings.number("iou").map(Float.init))
    return KnownModel(
      name: settings.text("name") ?? "", about: settings.text("about"),
      task: settings.text("task").flatMap(VisionTask.init),
      sha256: settings.text("sha256") ?? "", bytes: settings.integer("bytes") ?? 0,
      url: settings.text("url"),
      note: ModelNote(
        settings: overrides, reason: reason, licence: settings.text("licence"),
        origin: settings.text("origin")))
  }

  /// The path of the sidecar of a model: its own with another ending.
  package static func sidecarPath(of model: String) -> String {
    let folder = model.lastIndex(of: "/").map { model[...$0] } ?? ""
    let name = model.dropFirst(folder.count)
    let stem = name.lastIndex(of: ".").flatMap { $0 > name.startIndex ? name[..<$0] : nil } ?? name
    return "\(folder)\(stem).yaml"
  }

  /// All that is written about a model file. `path`: nil for the built-in model.
  /// Errors: a sidecar that cannot be understood, with the places.
  package static func notes(for path: String?) throws(ConfigError) -> ModelNotes {
    var sidecar: ModelNote?
    if let path {
      let place = sidecarPath(of: path)
      if place != path, let bytes = Interpolation.system.readFile(place) {
        let name = place.split(separator: "/").last.map(String.init) ?? place
        sidecar = try read(bytes, file: place, reason: "the sidecar \(name) says so").note
      }
    }
    return ModelNotes(sidecar: sidecar) { KnownModels.entry(sha256: $0)?.note }
  }
}
