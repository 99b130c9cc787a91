import CKnownModels
package import OcelliVision

/// The entries of `config/models/`, embedded.
package enum KnownModels {
  /// The names of the embedded files, in order.
  package static var files: [String] {
    (0..<ocelli_known_models()).map { unsafe String(cString: ocelli_known_model_name($0)) }
  }

  /// The bytes of an embedded file. Traps: where there is none of that number.
  package static func bytes(_ index: Int) -> [UInt8] {
    precondition((0..<ocelli_known_models()).contains(index))
    return unsafe [UInt8](
      UnsafeBufferPointer(
        start: ocelli_known_model(index), count: ocelli_known_model_size(index)))
  }

  /// Every entry. An entry that cannot be read is a fault of ours, which a test finds: it is left out.
  package static var all: [KnownModel] {
    files.indices.compactMap { try? read($0) }
  }

  /// One entry. Errors: as of any file of its kind.
  package static func read(_ index: Int) throws(ConfigError) -> KnownModel {
    try ModelFile.read(
      bytes(index), file: "config/models/\(files[index])",
      reason: "a known file (\(files[index]))")
  }

  /// The entry of the file with this SHA-256; only that one is parsed.
  package static func entry(sha256: String) -> KnownModel? {
    let wanted = Array(sha256.utf8)
    guard wanted.count == 64 else { return nil }
    for index in files.indices {
      let text = bytes(index)
      guard text.firstRange(of: wanted) != nil, let entry = try? read(index),
        entry.sha256 == sha256
      else { continue }
      return entry
    }
    return nil
  }
}
