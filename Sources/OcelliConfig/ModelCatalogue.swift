import Foundation
package import OcelliVision
import OcelliVocabulary

/// Models that have a name: those of `config/models/`, which are part of the program, or a user's own.
package struct ModelCatalogue: Sendable {
  /// An entry, with its text: what it says of a model's pictures goes beside the model as a sidecar.
  package struct Entry: Sendable {
    package let model: KnownModel
    package let text: [UInt8]
  }

  /// In the order of their names.
  package let entries: [Entry]
  /// Of a user, who answers for it.
  package let isOwn: Bool

  /// The one that is part of the program.
  package static var embedded: ModelCatalogue {
    ModelCatalogue(
      KnownModels.files.indices.compactMap { index in
        (try? KnownModels.read(index)).map { Entry(model: $0, text: KnownModels.bytes(index)) }
      }, isOwn: false)
  }

  private init(_ entries: [Entry], isOwn: Bool) {
    self.entries = entries.sorted { $0.model.name < $1.model.name }
    self.isOwn = isOwn
  }

  /// Reads an entry, or a folder of entries (`*.yaml`), in the form of `config/models/`.
  /// Errors: what is wrong, with the places; a name, a size or a SHA-256 that is missing; two of a name.
  package init(path: String) throws(ConfigError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ConfigError([ConfigError.Fault(file: path, reason: "no such file or folder")])
    }
    var files = [path]
    if let names = try? FileManager.default.contentsOfDirectory(atPath: path) {
      files = names.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(path)/\($0)" }
      guard !files.isEmpty else {
        throw ConfigError([ConfigError.Fault(file: path, reason: "holds no .yaml file")])
      }
    }
    var entries: [Entry] = []
    for file in files {
      let entry = try Self.entry(file)
      guard !entries.contains(where: { $0.model.name == entry.model.name }) else {
        throw ConfigError([
          ConfigError.Fault(
            file: file, key: "name", reason: "\(entry.model.name): another entry has this name")
        ])
      }
      entries.append(entry)
    }
    self.init(entries, isOwn: true)
  }

  private static func entry(_ file: String) throws(ConfigError) -> Entry {
    guard let text = Interpolation.readConfiguration(file) else {
      throw ConfigError([ConfigError.Fault(file: file, reason: "cannot be read")])
    }
    let model = try ModelFile.read(text, file: file, reason: "the catalogue \(file) says so")
    var faults: [ConfigError.Fault] = []
    if !isName(model.name) {
      faults.append(
        ConfigError.Fault(
          file: file, key: "name",
          reason: "must be there: 1 to 64 small letters, digits, - _ or ., beginning with a letter "
            + "or a digit"))
    }
    if model.sha256.utf8.count != 64
      || !model.sha256.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
    {
      faults.append(
        ConfigError.Fault(
          file: file, key: "sha256", reason: "must be there: 64 digits, 0-9 and a-f (sha256sum)"))
    }
    if model.bytes == 0 {
      faults.append(
        ConfigError.Fault(file: file, key: "bytes", reason: "must be there: the file's size"))
    }
    guard faults.isEmpty else { throw ConfigError(faults) }
    return Entry(model: model, text: text)
  }

  /// Names become names of files.
  private static func isName(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
    return (1...64).contains(text.utf8.count) && text.utf8.first.map(isPlain) == true
      && text.utf8.allSatisfy { isPlain($0) || "-_.".utf8.contains($0) }
  }

  package func entry(named name: String) -> Entry? { entries.first { $0.model.name == name } }

  /// The name that somebody meant who mistyped.
  package func nearest(to name: String) -> String? {
    Nearest.to(name, in: entries.map(\.model.name))
  }
}
