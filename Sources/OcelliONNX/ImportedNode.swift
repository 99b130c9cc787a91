import OcelliGraph
import OcelliTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A node as it stands in the file, its values resolved.
struct ImportedNode {
  let name: String
  let type: String
  let domain: String
  /// The version of each domain where the node stands.
  let opsets: [String: Int64]
  let inputs: [ValueID?]
  /// What its bodies read from the graph that it stands in.
  let captures: [Capture]
  let outputs: [ValueID?]
  private let attributes: [String: ONNXAttributeEntry]

  /// A value under the name that bodies know it by.
  struct Capture {
    let name: String
    let id: ValueID
  }

  init(
    name: String, type: String, domain: String, opsets: [String: Int64], inputs: [ValueID?],
    captures: [Capture], outputs: [ValueID?], attributes: [ONNXAttributeEntry]
  ) {
    self.name = name
    self.type = type
    self.domain = domain
    self.opsets = opsets
    self.inputs = inputs
    self.captures = captures
    self.outputs = outputs
    self.attributes = Dictionary(attributes.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The node reading and making other values, its attributes kept: one that is another operator's with
  /// something before or behind it.
  func with(inputs: [ValueID?]? = nil, outputs: [ValueID?]? = nil) -> ImportedNode {
    ImportedNode(
      name: name, type: type, domain: domain, opsets: opsets, inputs: inputs ?? self.inputs,
      captures: captures, outputs: outputs ?? self.outputs, attributes: Array(attributes.values))
  }

  func input(_ index: Int) -> ValueID? { index < inputs.count ? inputs[index] : nil }

  /// Errors: where the input is absent.
  func required(_ index: Int) throws(OperatorError) -> ValueID {
    guard let id = input(index) else { throw OperatorError("input \(index) is missing") }
    return id
  }

  /// The numbers that the format gives to the kinds of attribute.
  enum Kind: Int32 {
    case float = 1
    case integer, string, tensor, graph
    case floats
    case integers, strings
  }

  func has(_ name: String) -> Bool { attributes[name] != nil }

  private func entry(
    _ name: String, _ kind: Kind
  ) throws(OperatorError) -> ONNXAttributeEntry? {
    guard let entry = attributes[name] else { return nil }
    guard entry.refAttrName.isEmpty else {
      throw OperatorError("attribute \(name) refers to a function's")
    }
    // Very old files leave the kind out.
    guard entry.type == kind.rawValue || entry.type == 0 else {
      throw OperatorError("attribute \(name) is of kind \(entry.type), not \(kind)")
    }
    return entry
  }

  func integer(_ name: String) throws(OperatorError) -> Int? {
    try entry(name, .integer).map { Int($0.i) }
  }

  func integers(_ name: String) throws(OperatorError) -> [Int]? {
    try entry(name, .integers)?.ints.map(Int.init)
  }

  func float(_ name: String) throws(OperatorError) -> Float? { try entry(name, .float)?.f }

  func floats(_ name: String) throws(OperatorError) -> [Float]? {
    try entry(name, .floats)?.floats
  }

  func string(_ name: String) throws(OperatorError) -> String? {
    guard let entry = try entry(name, .string) else { return nil }
    guard let text = String(data: entry.s, encoding: .utf8) else {
      throw OperatorError("attribute \(name) is not UTF-8")
    }
    return text
  }

  func strings(_ name: String) throws(OperatorError) -> [String]? {
    guard let entry = try entry(name, .strings) else { return nil }
    return entry.strings.map { String(decoding: $0, as: UTF8.self) }
  }

  func tensor(_ name: String) throws(OperatorError) -> Tensor? {
    guard let entry = try entry(name, .tensor) else { return nil }
    do { return try entry.t.tensor() } catch { throw OperatorError(error.description) }
  }

  /// A body. Errors: where it is absent.
  func body(_ name: String) throws(OperatorError) -> ONNXGraphBody {
    guard let entry = try entry(name, .graph), entry.hasG else {
      throw OperatorError("attribute \(name) is missing")
    }
    return entry.g
  }

  func flag(_ name: String, default value: Bool) throws(OperatorError) -> Bool {
    try integer(name).map { $0 != 0 } ?? value
  }

  /// Errors: where an attribute asks for what has no form in the graph.
  func refuse(_ name: String, unless allowed: Int) throws(OperatorError) {
    if let value = try integer(name), value != allowed {
      throw OperatorError("\(name) \(value) is not supported")
    }
  }

  /// Errors: where an output other than the first is wanted.
  func expectOneOutput() throws(OperatorError) {
    guard outputs.dropFirst().allSatisfy({ $0 == nil }) else {
      throw OperatorError("outputs after the first are not supported")
    }
  }
}
