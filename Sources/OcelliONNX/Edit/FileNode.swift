import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A node as it stands in a file: its values by their names, and attributes that stay as they are.
package struct FileNode: Sendable {
  private(set) var entry: ONNXNodeEntry

  init(_ entry: ONNXNodeEntry) { self.entry = entry }

  package init(_ type: String, name: String, inputs: [String], outputs: [String]) {
    entry = ONNXNodeEntry()
    entry.opType = type
    entry.name = name
    entry.input = inputs
    entry.output = outputs
  }

  /// The operator's name, with its domain where that is not ONNX's own: `com.microsoft.QLinearAdd`.
  package var type: String {
    let domain = ImportScope.domain(entry.domain)
    return domain.isEmpty ? entry.opType : "\(domain).\(entry.opType)"
  }

  package var name: String { entry.name }

  /// The name, else what it makes: some writers name no nodes.
  package var label: String { entry.name.isEmpty ? entry.output.first ?? type : entry.name }

  /// Empty: an optional input that is absent.
  package var inputs: [String] {
    get { entry.input }
    set { entry.input = newValue }
  }

  package var outputs: [String] {
    get { entry.output }
    set { entry.output = newValue }
  }

  /// What its bodies read from the graph that it stands in.
  package var captures: [String] {
    entry.attribute.flatMap { $0.hasG ? $0.g.freeNames() : [] }
  }

  private func attribute(_ name: String) -> ONNXAttributeEntry? {
    entry.attribute.first { $0.name == name }
  }

  package func integer(_ name: String) -> Int? {
    attribute(name).flatMap { $0.hasI ? Int($0.i) : nil }
  }

  package func integers(_ name: String) -> [Int]? { attribute(name).map { $0.ints.map(Int.init) } }

  package func float(_ name: String) -> Float? { attribute(name).flatMap { $0.hasF ? $0.f : nil } }

  package func string(_ name: String) -> String? {
    attribute(name).flatMap { $0.hasS ? String(decoding: $0.s, as: UTF8.self) : nil }
  }

  package mutating func set(_ name: String, to value: Int) {
    var new = ONNXAttributeEntry()
    new.name = name
    new.type = ImportedNode.Kind.integer.rawValue
    new.i = Int64(value)
    entry.attribute.removeAll { $0.name == name }
    entry.attribute.append(new)
  }
}
