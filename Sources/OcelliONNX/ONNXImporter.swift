package import OcelliGraph
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The first stage: a model's file becomes a graph of canonical operators.
package enum ONNXImporter {
  /// Units: bytes.
  package static let maximumFileSize = 512 << 20
  package static let maximumNodes = 20_000
  /// Initializers, inputs, outputs and attributes of one graph or node.
  package static let maximumEntries = 100_000

  /// The names of all operators that can be imported, in order.
  package static var operatorNames: [String] { OperatorList.mappings.keys.sorted() }
  /// Units: bytes of a name.
  package static let maximumName = 4096

  /// Reads a regular file, and what it keeps in other files beside it.
  /// Errors: `.unreadable`, `.limit`, and those of `importModel(bytes:)`.
  package static func importModel(path: String) throws(ONNXError) -> Graph {
    try importModel(bytes: try read(path), folder: folder(of: path))
  }

  /// `folder`: where files lie in which the model keeps elements of tensors; nil refuses those.
  /// Errors: all but `.unreadable`.
  package static func importModel(bytes: [UInt8], folder: String? = nil) throws(ONNXError) -> Graph
  {
    try check("bytes", bytes.count, maximum: maximumFileSize)
    try WireScan.check(bytes)
    let model: ONNXModel
    do {
      model = try ONNXModel(serializedBytes: bytes, partial: true, options: .bounded)
    } catch { throw .malformed("it is cut short or damaged (\(error))") }
    guard model.hasGraph else { throw .malformed("it has no graph") }
    return try GraphImport.graph(of: model, folder: folder)
  }

  /// The folder that the file itself lies in, behind symbolic links.
  package static func folder(of path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent().path
  }

  static func check(_ what: String, _ found: Int, maximum: Int) throws(ONNXError) {
    guard found <= maximum else { throw .limit(what: what, found: found, maximum: maximum) }
  }

  /// The bytes of a regular file. Errors: `.unreadable`, `.limit`.
  package static func read(_ path: String) throws(ONNXError) -> [UInt8] {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
      guard attributes[.type] as? FileAttributeType == .typeRegular else {
        throw ONNXError.unreadable(path: path, reason: "it is not a regular file")
      }
      try check("bytes", size(attributes), maximum: maximumFileSize)
      return [UInt8](try Data(contentsOf: url))
    } catch let error as ONNXError { throw error } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }

  private static func size(_ attributes: [FileAttributeKey: Any]) -> Int {
    (attributes[.size] as? UInt64).map(Int.init(clamping:)) ?? attributes[.size] as? Int ?? 0
  }
}
