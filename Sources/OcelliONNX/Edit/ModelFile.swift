package import OcelliTensor
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model's file as it is edited. Names, metadata and whatever Ocelli does not read stay as they are.
package struct ModelFile: Sendable {
  var model: ONNXModel
  /// Where initializers stand, by name.
  private var places: [String: Int] = [:]
  private var taken: Set<String> = []

  /// `folder`: where files lie in which the model keeps elements of tensors, which are taken into this
  /// one; nil refuses those. Errors: those of `ONNXImporter.importModel`, but for nodes'.
  package init(bytes: [UInt8], folder: String? = nil) throws(ONNXError) {
    try ONNXImporter.check("bytes", bytes.count, maximum: ONNXImporter.maximumFileSize)
    try WireScan.check(bytes)
    var options = BinaryDecodingOptions.bounded
    options.discardUnknownFields = false
    do { model = try ONNXModel(serializedBytes: bytes, partial: true, options: options) } catch {
      throw .malformed("it is cut short or damaged (\(error))")
    }
    guard model.hasGraph else { throw .malformed("it has no graph") }
    let scope = try ImportScope(model, folder: folder)
    for index in model.graph.initializer.indices {
      let entry = model.graph.initializer[index]
      places[entry.name] = index
      taken.insert(entry.name)
      guard !entry.externalData.isEmpty else { continue }
      let tensor = try entry.tensor(external: try scope.external(for: entry))
      model.graph.initializer[index] = Self.entry(tensor, name: entry.name)
    }
    for info in model.graph.input { taken.insert(info.name) }
    for node in model.graph.node { taken.formUnion(node.output) }
  }

  /// In the order of the file, which is one in which they can run.
  package var nodes: [FileNode] {
    get { model.graph.node.map(FileNode.init) }
    set {
      model.graph.node = newValue.map(\.entry)
      for node in newValue { taken.formUnion(node.outputs) }
    }
  }

  /// Without the constants that old files list among them.
  package var inputs: [String] {
    model.graph.input.map(\.name).filter { places[$0] == nil }
  }

  package var outputs: [String] { model.graph.output.map(\.name) }

  /// Every constant by its name, decoded once. Errors: `.tensor`.
  package func constants() throws(ONNXError) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for entry in model.graph.initializer { found[entry.name] = try entry.tensor() }
    for node in model.graph.node where node.opType == "Constant" {
      guard let name = node.output.first else { continue }
      for attribute in node.attribute {
        do {
          switch attribute.name {
          case "value" where attribute.hasT: found[name] = try attribute.t.tensor()
          case "value_float": found[name] = try Tensor(scalar: attribute.f)
          case "value_int": found[name] = try Tensor(scalar: attribute.i)
          case "value_floats":
            found[name] = try Tensor(attribute.floats, shape: [attribute.floats.count])
          case "value_ints":
            found[name] = try Tensor(attribute.ints, shape: [attribute.ints.count])
          default: break
          }
        } catch let error as ONNXError { throw error } catch {
          throw .tensor(name: name, reason: "\(error)")
        }
      }
    }
    return found
  }

  /// Adds an initializer, or puts other elements in the place of one of that name.
  package mutating func setConstant(_ name: String, to tensor: Tensor) {
    let entry = Self.entry(tensor, name: name)
    if let place = places[name] {
      model.graph.initializer[place] = entry
    } else {
      places[name] = model.graph.initializer.count
      model.graph.initializer.append(entry)
      taken.insert(name)
    }
  }

  private static func entry(_ tensor: Tensor, name: String) -> ONNXTensorEntry {
    var entry = ONNXTensorEntry()
    entry.name = name
    entry.dims = tensor.shape.dimensions.map(Int64.init)
    entry.dataType = tensor.type.onnxCode
    entry.rawData = Data(tensor.type.packed(tensor.byteArray()))
    return entry
  }

  /// A name that nothing has yet, and has now.
  package mutating func freshName(_ wanted: String) -> String {
    var name = wanted
    var count = 2
    while !taken.insert(name).inserted {
      name = "\(wanted)_\(count)"
      count += 1
    }
    return name
  }

  package mutating func setMetadata(_ key: String, to value: String) {
    model.metadataProps.removeAll { $0.key == key }
    var pair = ONNXStringPair()
    pair.key = key
    pair.value = value
    model.metadataProps.append(pair)
  }

  /// Removes constants that nobody reads, and what is said of values that nothing makes any more.
  package mutating func removeUnreadConstants() {
    var read = Set(outputs)
    for node in nodes { read.formUnion(node.inputs + node.captures) }
    model.graph.node.removeAll { $0.opType == "Constant" && !read.contains($0.output.first ?? "") }
    let unread = Set(places.keys).subtracting(read)
    model.graph.initializer.removeAll { unread.contains($0.name) }
    model.graph.input.removeAll { unread.contains($0.name) }
    places = [:]
    for (index, entry) in model.graph.initializer.enumerated() { places[entry.name] = index }
    let made = Set(model.graph.node.flatMap(\.output))
    model.graph.valueInfo.removeAll { !made.contains($0.name) && places[$0.name] == nil }
  }

  /// Removes nodes that give their input on as it is, and whose output is no name that the model promises.
  package mutating func removeIdentities() {
    let promised = Set(outputs).union(nodes.flatMap(\.captures))
    var forward: [String: String] = [:]
    var kept: [ONNXNodeEntry] = []
    for var node in model.graph.node {
      node.input = node.input.map { forward[$0] ?? $0 }
      let isIdentity = ["Identity", "Dropout"].contains(node.opType)
      if isIdentity, ImportScope.domain(node.domain) == "", let x = node.input.first,
        node.input.count <= 2, node.output.count == 1, !promised.contains(node.output[0])
      {
        forward[node.output[0]] = x
      } else {
        kept.append(node)
      }
    }
    model.graph.node = kept
  }

  /// Operators that a quantised model has; empty for one of floats.
  package var quantizedOperators: Set<String> {
    Set(
      nodes.map(\.type).filter { type in
        let name = type.split(separator: ".").last.map(String.init) ?? type
        return name.hasPrefix("QLinear") || name.hasPrefix("QGemm") || name.hasSuffix("Integer")
          || name == "QuantizeLinear" || name == "DequantizeLinear"
          || name == "DynamicQuantizeLinear" || name == "MatMulNBits"
      })
  }

  /// The bytes of the file. Errors: `.limit` beyond what can be read again.
  package func serialized() throws(ONNXError) -> [UInt8] {
    let bytes: [UInt8]
    do { bytes = try model.serializedBytes(partial: true) } catch {
      throw .malformed("it cannot be written: \(error)")
    }
    try ONNXImporter.check("bytes", bytes.count, maximum: ONNXImporter.maximumFileSize)
    return bytes
  }
}
