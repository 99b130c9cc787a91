import Foundation
import OcelliONNX
import SwiftProtobuf

/// Writes small models for tests.
struct ModelBuilder {
  var model = ONNXModel()

  init(opset: Int64 = 17, name: String = "test") {
    model.irVersion = 8
    model.graph.name = name
    var set = ONNXOperatorSet()
    set.version = opset
    model.opsetImport = [set]
  }

  mutating func input(_ name: String, _ extents: [Int64?], type: Int32 = 1) {
    var info = ONNXValueInfo()
    info.name = name
    info.type.tensorType.elemType = type
    info.type.tensorType.shape.dim = extents.map { extent in
      var dimension = ONNXDimension()
      if let extent { dimension.dimValue = extent } else { dimension.dimParam = "n" }
      return dimension
    }
    model.graph.input.append(info)
  }

  mutating func output(_ name: String) {
    var info = ONNXValueInfo()
    info.name = name
    model.graph.output.append(info)
  }

  mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String], domain: String = "",
    _ attributes: [ONNXAttributeEntry] = []
  ) {
    var node = ONNXNodeEntry()
    node.opType = type
    node.name = "n\(model.graph.node.count)"
    node.input = inputs
    node.output = outputs
    node.domain = domain
    node.attribute = attributes
    model.graph.node.append(node)
  }

  mutating func initializer(_ name: String, _ floats: [Float], _ dims: [Int64]) {
    var tensor = ONNXTensorEntry()
    tensor.name = name
    tensor.dims = dims
    tensor.dataType = 1
    tensor.floatData = floats
    model.graph.initializer.append(tensor)
  }

  mutating func initializer(_ name: String, _ integers: [Int64]) {
    var tensor = ONNXTensorEntry()
    tensor.name = name
    tensor.dims = [Int64(integers.count)]
    tensor.dataType = 7
    tensor.int64Data = integers
    model.graph.initializer.append(tensor)
  }

  mutating func bytes(_ name: String, _ bytes: [UInt8], _ dims: [Int64]) {
    var tensor = ONNXTensorEntry()
    tensor.name = name
    tensor.dims = dims
    tensor.dataType = 2
    tensor.rawData = Data(bytes)
    model.graph.initializer.append(tensor)
  }

  func bytes() throws -> [UInt8] { try model.serializedBytes() }
}

extension ONNXAttributeEntry {
  static func integer(_ name: String, _ value: Int64) -> Self {
    var entry = Self()
    entry.name = name
    entry.i = value
    entry.type = 2
    return entry
  }

  static func integers(_ name: String, _ values: [Int64]) -> Self {
    var entry = Self()
    entry.name = name
    entry.ints = values
    entry.type = 7
    return entry
  }

  static func float(_ name: String, _ value: Float) -> Self {
    var entry = Self()
    entry.name = name
    entry.f = value
    entry.type = 1
    return entry
  }
}
