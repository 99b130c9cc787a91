package import OcelliMedia
import OcelliPipeline
package import OcelliSinks
import OcelliVision
import OcelliVocabulary
import Yams

/// A configuration that was read and checked.
package struct Configuration: Sendable {
  package struct Stream: Sendable {
    package let name: String
    package let address: SourceAddress
    package let settings: Settings
    /// What its source may take; of the group `limits`.
    let limits: MediaLimits

    /// The key of its model.
    package var model: String { settings.text("model") ?? "default" }

    /// Whether a reload may leave the stream as it is, wherever it now stands in the file.
    package func isSameWork(as other: Stream) -> Bool {
      name == other.name && address == other.address && settings.values == other.settings.values
    }
  }

  package struct Model: Sendable {
    package let name: String
    /// nil: the detector that is part of the program.
    package let path: String?
    package let settings: Settings

    /// Whether a reload may leave the model as it is. The file's content is not looked at.
    package func isSameWork(as other: Model) -> Bool {
      name == other.name && settings.values == other.settings.values
    }
  }

  package struct Limits: Sendable {
    /// For inference; 0: the cores that this process may use.
    package let threads: Int
    package let statsSeconds: Double
    package let readers: Int
    /// Units: bytes.
    package let queueBytes: Int
    package let stopSeconds: Double
    /// Of each source.
    let media: MediaLimits
    package let settings: Settings

    package func isSame(as other: Limits) -> Bool { settings.values == other.settings.values }
  }

  package let streams: [Stream]
  package let models: [Model]
  package let outputs: [OutputTarget]
  /// As they stand in the file.
  package let writtenOutputs: [String]
  package let limits: Limits
}

extension Configuration {
  /// Reads a file. Errors: all that is wrong, with the places.
  package init(path: String) throws(ConfigError) {
    guard let bytes = Interpolation.readConfiguration(path) else {
      let reason = "cannot be read; ocelli config init > \(path) makes one to start from"
      throw ConfigError([ConfigError.Fault(file: path, reason: reason)])
    }
    try self.init(bytes, file: path, interpolation: .system)
  }

  /// Reads the bytes of `file`. Errors: as above.
  package init(
    _ bytes: [UInt8], file: String, interpolation: Interpolation
  ) throws(ConfigError) {
    let document = try Document(bytes, file: file)
    var reader = SettingsReader(file: file, interpolation: interpolation)
    let top = reader.members(document.root, path: "", known: OptionTable.topKeys)
    if let version = top["version"] {
      _ = reader.value(version, OptionTable.version, key: "version")
    } else if case .mapping = document.root {
      reader.fail("is missing; begin with version: 1", at: document.root.place, key: "version")
    }
    models = Self.models(top["models"], &reader)
    limits = Limits(reader.settings(top["limits"], OptionTable.limits, path: "limits"))
    streams = Self.streams(
      top["streams"], models: models.map(\.name), limits: limits.media, &reader)
    (outputs, writtenOutputs) = Self.outputs(top["outputs"], &reader)
    if case .mapping = document.root, top["streams"] == nil {
      reader.fail("is missing; nothing would be watched", at: document.root.place, key: "streams")
    }
    guard reader.faults.isEmpty else { throw ConfigError(reader.faults) }
  }

  /// The entries of a named group with their settings, in the order of the file.
  private static func entries(
    _ node: Node?, _ group: OptionGroup, _ reader: inout SettingsReader
  ) -> [(name: String, place: Place?, settings: Settings)] {
    guard let node else { return [] }
    guard case .mapping(let mapping) = node else {
      reader.fail("must hold names with settings below them", at: node.place, key: group.name)
      return []
    }
    return mapping.compactMap { key, value in
      let name = key.string ?? ""
      guard isName(name) else {
        reader.fail(
          "a name has 1 to 64 letters, digits, - _ or .", at: key.place,
          key: "\(group.name).\(name.prefix(70))")
        return nil
      }
      return (
        name, key.place, reader.settings(value, group, path: "\(group.name).\(name)")
      )
    }
  }

  private static func isName(_ text: String) -> Bool {
    (1...64).contains(text.count)
      && text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil
          || "-_.".unicodeScalars.contains($0)
      }
  }

  private static func models(_ node: Node?, _ reader: inout SettingsReader) -> [Model] {
    var models = entries(node, OptionTable.models, &reader).map { entry in
      let path = entry.settings.text("path") ?? "builtin"
      return Model(
        name: entry.name, path: path == "builtin" ? nil : path, settings: entry.settings)
    }
    if !models.contains(where: { $0.name == "default" }) {
      let settings = reader.settings(nil, OptionTable.models, path: "models.default")
      models.append(Model(name: "default", path: nil, settings: settings))
    }
    return models
  }

  private static func streams(
    _ node: Node?, models: [String], limits: MediaLimits, _ reader: inout SettingsReader
  ) -> [Stream] {
    entries(node, OptionTable.streams, &reader).compactMap { entry in
      let settings = entry.settings
      func fail(_ option: String, _ reason: String) {
        reader.fail(
          reason, at: settings.places[option] ?? entry.place, key: "\(settings.path).\(option)")
      }
      if settings["fps"] != nil, settings["every"] != nil {
        fail("every", "fps and every exclude each other; keep one")
      }
      if let model = settings.text("model"), !models.contains(model) {
        let hint = Nearest.to(model, in: models).map { "did you mean \($0)?" }
        fail(
          "model",
          "no model is called so; " + (hint ?? "there is \(models.joined(separator: ", "))"))
      }
      var password = settings.text("password")
      if let file = settings.text("password_file") {
        if password != nil { fail("password_file", "there is a password already; keep one") }
        do throws(Interpolation.Fault) {
          password = try reader.interpolation.content(of: file)
        } catch {
          fail("password_file", error.reason)
        }
      }
      guard let url = settings.text("url") else { return nil }
      do throws(MediaError) {
        let address = try SourceAddress(
          parsing: url, username: settings.text("username"), password: password)
        if case .standardInput = address.kind {
          fail("url", "a service has no standard input; name a file, a URL or /dev/videoN")
        }
        return Stream(
          name: entry.name, address: address, settings: settings, limits: limits)
      } catch {
        fail("url", error.message)
        return nil
      }
    }
  }

  private static func outputs(
    _ node: Node?, _ reader: inout SettingsReader
  ) -> (targets: [OutputTarget], written: [String]) {
    let option = OptionTable.outputs
    guard let node else { return ([.standardOutput], ["-"]) }
    guard case .texts(let texts, let written)? = reader.value(node, option, key: option.name)
    else { return ([], []) }
    var targets: [OutputTarget] = []
    for (text, shown) in zip(texts, written) {
      do throws(SinkError) {
        let target = try OutputTarget(parsing: text)
        if targets.contains(target) {
          reader.fail("\(shown) stands here twice", at: node.place, key: option.name)
        }
        targets.append(target)
      } catch {
        let reason = if case .cannotOpen(_, let reason) = error { reason } else { "is no output" }
        reader.fail("\(shown): \(reason)", at: node.place, key: option.name)
      }
    }
    if texts.isEmpty { reader.fail("names no output", at: node.place, key: option.name) }
    return (targets, written)
  }
}

extension Configuration.Limits {
  fileprivate init(_ settings: Settings) {
    self.settings = settings
    threads = settings.integer("threads") ?? 0
    statsSeconds = settings.number("stats") ?? 10
    readers = settings.integer("readers") ?? 64
    queueBytes = (settings.integer("queue") ?? 16) << 20
    stopSeconds = settings.number("stop") ?? 2
    var media = MediaLimits()
    media.maxPixels = settings.integer("pixels")
    media.maxPacketBytes = settings.integer("packet").map { $0 << 20 }
    media.maxStreams = settings.integer("streams") ?? media.maxStreams
    self.media = media
  }
}
