import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ModelFile {
  /// The opset in which `DequantizeLinear` has scales of its own a channel.
  private static let perChannelOpset: Int64 = 13

  /// Rewrites a file of an older opset so that it can dequantise by channels.
  /// Errors: `.graph` naming a node whose older form has no newer one here.
  package mutating func raiseToPerChannelQuantization() throws(ONNXError) {
    guard let place = model.opsetImport.firstIndex(where: { ImportScope.domain($0.domain) == "" })
    else { throw .graph("the file names no version of ONNX's operators") }
    let version = model.opsetImport[place].version
    guard version < Self.perChannelOpset else { return }
    guard version >= 7 else {
      throw .graph(
        "the file is of opset \(version), from before broadcasting; convert it with Python's "
          + "onnx.version_converter to opset 13 first")
    }
    var raise = RaiseOpset(from: version)
    model.graph = try raise.raised(model.graph)
    model.opsetImport[place].version = Self.perChannelOpset
    // Constants need not stand among the inputs any more, where runtimes take them for variables.
    model.irVersion = max(model.irVersion, 7)
    let names = Set(model.graph.initializer.map(\.name))
    model.graph.input.removeAll { names.contains($0.name) }
  }
}

/// Nodes of opset 7 to 12 in their form of opset 13.
/// Source: ONNX's `Changelog.md` of operator versions.
private struct RaiseOpset {
  private let version: Int64
  private var made = 0
  private var nodes: [ONNXNodeEntry] = []

  init(from version: Int64) { self.version = version }

  mutating func raised(_ body: ONNXGraphBody) throws(ONNXError) -> ONNXGraphBody {
    var body = body
    let outer = nodes
    nodes = []
    for node in body.node { try add(node) }
    body.node = nodes
    nodes = outer
    return body
  }

  private mutating func add(_ entry: ONNXNodeEntry) throws(ONNXError) {
    var node = entry
    for index in node.attribute.indices where node.attribute[index].hasG {
      node.attribute[index].g = try raised(node.attribute[index].g)
    }
    if ImportScope.domain(node.domain) == "" { try change(&node) }
    nodes.append(node)
  }

  private mutating func change(_ node: inout ONNXNodeEntry) throws(ONNXError) {
    switch node.opType {
    case "Upsample":
      moveFloats("scales", to: 1, of: &node)
      node.opType = "Resize"
      makeAsymmetric(&node)
    case "Resize" where version < 11: makeAsymmetric(&node)
    case "Resize":
      if text("coordinate_transformation_mode", of: node) == "tf_half_pixel_for_nn" {
        throw refusal(node, "coordinate_transformation_mode tf_half_pixel_for_nn has no newer form")
      }
    case "Clip" where version < 11:
      moveFloat("min", to: 1, of: &node)
      moveFloat("max", to: 2, of: &node)
    case "Pad" where version < 11:
      moveIntegers("pads", to: 1, of: &node)
      moveFloat("value", to: 2, of: &node)
    case "Slice" where version < 10:
      for (index, name) in ["starts", "ends", "axes"].enumerated() {
        moveIntegers(name, to: index + 1, of: &node)
      }
    case "TopK" where version < 10: moveIntegers("k", to: 1, of: &node)
    case "Squeeze", "Unsqueeze", "ReduceSum": moveIntegers("axes", to: 1, of: &node)
    case "Split": moveIntegers("split", to: 1, of: &node)
    case "Dropout": node.attribute.removeAll { $0.name == "ratio" }
    case "BatchNormalization": node.attribute.removeAll { $0.name == "spatial" }
    case "Scatter": node.opType = "ScatterElements"
    case "Softmax", "LogSoftmax", "Hardmax": flatten(&node)
    case "Scan" where version < 9: throw refusal(node, "its form of opset 8 has no newer one")
    default: break
    }
  }

  private func refusal(_ node: ONNXNodeEntry, _ reason: String) -> ONNXError {
    .graph(
      "\(node.opType) \(node.name.debugDescription): \(reason); convert the file with Python's "
        + "onnx.version_converter to opset 13 first")
  }

  private func text(_ name: String, of node: ONNXNodeEntry) -> String? {
    node.attribute.first { $0.name == name }.map { String(decoding: $0.s, as: UTF8.self) }
  }

  /// What these operators did before they could be told.
  private func makeAsymmetric(_ node: inout ONNXNodeEntry) {
    node.input = [node.input.first ?? "", ""] + node.input.dropFirst()
    for (name, value) in [
      ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"),
    ] {
      var attribute = ONNXAttributeEntry()
      attribute.name = name
      attribute.type = ImportedNode.Kind.string.rawValue
      attribute.s = Data(value.utf8)
      node.attribute.append(attribute)
    }
  }

  /// All axes from `axis` on were one: a matrix of two axes goes through.
  private mutating func flatten(_ node: inout ONNXNodeEntry) {
    let axis = node.attribute.first { $0.name == "axis" }?.i ?? 1
    node.attribute.removeAll { $0.name == "axis" }
    // The last axis is the same in both readings.
    guard axis != -1 else { return node.attribute.append(integer("axis", -1)) }
    let (x, y) = (node.input.first ?? "", node.output.first ?? "")
    let names = ["shape", "rows", "result"].map { fresh("\(y)_\($0)") }
    nodes.append(made("Shape", [x], [names[0]]))
    var rows = made("Flatten", [x], [names[1]])
    rows.attribute = [integer("axis", axis)]
    nodes.append(rows)
    var inner = node
    inner.input = [names[1]]
    inner.output = [names[2]]
    inner.attribute.append(integer("axis", -1))
    nodes.append(inner)
    node = made("Reshape", [names[2], names[0]], [y])
  }

  private func integer(_ name: String, _ value: Int64) -> ONNXAttributeEntry {
    var attribute = ONNXAttributeEntry()
    attribute.name = name
    attribute.type = ImportedNode.Kind.integer.rawValue
    attribute.i = value
    return attribute
  }

  private func made(_ type: String, _ inputs: [String], _ outputs: [String]) -> ONNXNodeEntry {
    var node = ONNXNodeEntry()
    node.opType = type
    node.name = "\(outputs[0])_\(type)"
    node.input = inputs
    node.output = outputs
    return node
  }

  private mutating func fresh(_ name: String) -> String {
    made += 1
    return "\(name)_raised\(made)"
  }

  private mutating func moveIntegers(
    _ name: String, to place: Int, of node: inout ONNXNodeEntry
  ) {
    guard let attribute = take(name, of: &node) else { return }
    var tensor = ONNXTensorEntry()
    let values = attribute.ints.isEmpty && attribute.hasI ? [attribute.i] : attribute.ints
    tensor.dims = [Int64(values.count)]
    tensor.dataType = 7
    tensor.int64Data = values
    put(tensor, at: place, of: &node)
  }

  private mutating func moveFloats(_ name: String, to place: Int, of node: inout ONNXNodeEntry) {
    guard let attribute = take(name, of: &node) else { return }
    var tensor = ONNXTensorEntry()
    tensor.dims = [Int64(attribute.floats.count)]
    tensor.dataType = 1
    tensor.floatData = attribute.floats
    put(tensor, at: place, of: &node)
  }

  private mutating func moveFloat(_ name: String, to place: Int, of node: inout ONNXNodeEntry) {
    guard let attribute = take(name, of: &node) else { return }
    var tensor = ONNXTensorEntry()
    tensor.dataType = 1
    tensor.floatData = [attribute.f]
    put(tensor, at: place, of: &node)
  }

  private func take(_ name: String, of node: inout ONNXNodeEntry) -> ONNXAttributeEntry? {
    guard let index = node.attribute.firstIndex(where: { $0.name == name }) else { return nil }
    return node.attribute.remove(at: index)
  }

  /// A constant before the node, read as its input `place`.
  private mutating func put(
    _ tensor: ONNXTensorEntry, at place: Int, of node: inout ONNXNodeEntry
  ) {
    let name = fresh("\(node.output.first ?? node.name)_input\(place)")
    var constant = made("Constant", [], [name])
    var value = ONNXAttributeEntry()
    value.name = "value"
    value.type = ImportedNode.Kind.tensor.rawValue
    value.t = tensor
    constant.attribute = [value]
    nodes.append(constant)
    while node.input.count < place { node.input.append("") }
    if node.input.count == place { node.input.append(name) } else { node.input[place] = name }
  }
}
