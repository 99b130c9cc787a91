import Foundation
import OcelliEngine
import OcelliMedia
import OcelliONNX
import OcelliTensor
import SwiftProtobuf

/// Writes small models for these tests.
struct SmallModel {
  private var model = ONNXModel()
  private var seed: UInt32 = 7

  init(opset: Int64 = 17) {
    model.irVersion = 8
    model.graph.name = "small"
    var set = ONNXOperatorSet()
    set.version = opset
    model.opsetImport = [set]
    var pair = ONNXStringPair()
    (pair.key, pair.value) = ("maker", "a test")
    model.metadataProps = [pair]
  }

  mutating func input(_ name: String, _ extents: [Int64]) {
    model.graph.input.append(Self.info(name, extents))
  }

  mutating func output(_ name: String) {
    var info = ONNXValueInfo()
    info.name = name
    info.type.tensorType.elemType = 1
    model.graph.output.append(info)
  }

  private static func info(_ name: String, _ extents: [Int64]) -> ONNXValueInfo {
    var info = ONNXValueInfo()
    info.name = name
    info.type.tensorType.elemType = 1
    info.type.tensorType.shape.dim = extents.map {
      var dimension = ONNXDimension()
      dimension.dimValue = $0
      return dimension
    }
    return info
  }

  mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String],
    ints: [(String, [Int64])] = [], int: [(String, Int64)] = [], float: [(String, Float)] = [],
    text: [(String, String)] = []
  ) {
    var node = ONNXNodeEntry()
    node.opType = type
    node.name = "\(type)_\(outputs[0])"
    node.input = inputs
    node.output = outputs
    func attribute(_ name: String, _ kind: Int32) -> ONNXAttributeEntry {
      var attribute = ONNXAttributeEntry()
      attribute.name = name
      attribute.type = kind
      return attribute
    }
    for (name, value) in ints {
      var entry = attribute(name, 7)
      entry.ints = value
      node.attribute.append(entry)
    }
    for (name, value) in int {
      var entry = attribute(name, 2)
      entry.i = value
      node.attribute.append(entry)
    }
    for (name, value) in float {
      var entry = attribute(name, 1)
      entry.f = value
      node.attribute.append(entry)
    }
    for (name, value) in text {
      var entry = attribute(name, 3)
      entry.s = Data(value.utf8)
      node.attribute.append(entry)
    }
    model.graph.node.append(node)
  }

  mutating func constant(_ name: String, _ values: [Float], _ dims: [Int64]) {
    var tensor = ONNXTensorEntry()
    tensor.name = name
    tensor.dims = dims
    tensor.dataType = 1
    tensor.floatData = values
    model.graph.initializer.append(tensor)
  }

  mutating func constant(_ name: String, _ values: [Int64]) {
    var tensor = ONNXTensorEntry()
    tensor.name = name
    tensor.dims = [Int64(values.count)]
    tensor.dataType = 7
    tensor.int64Data = values
    model.graph.initializer.append(tensor)
  }

  /// Numbers from −1 to 1, the same in every run.
  mutating func noise(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      seed = seed &* 1_664_525 &+ 1_013_904_223
      return Float(seed >> 8) / Float(1 << 23) - 1
    }
  }

  /// A convolution with weights of its own, spread unevenly over its output channels.
  mutating func convolution(
    _ input: String, _ output: String, from inputs: Int, to outputs: Int, kernel: Int = 3,
    groups: Int = 1
  ) {
    let row = inputs / groups * kernel * kernel
    let size = 1 / Float(row).squareRoot()
    var weights: [Float] = []
    for channel in 0..<outputs {
      weights += noise(row).map { $0 * size * (channel % 3 == 0 ? 2 : 1) }
    }
    let k = Int64(kernel)
    constant(
      "\(output)_w", weights, [Int64(outputs), Int64(inputs / groups), k, k])
    constant("\(output)_b", noise(outputs).map { $0 / 4 }, [Int64(outputs)])
    let pad = k / 2
    node(
      "Conv", [input, "\(output)_w", "\(output)_b"], [output],
      ints: [("kernel_shape", [k, k]), ("pads", [pad, pad, pad, pad])],
      int: [("group", Int64(groups))])
  }

  /// Errors: none in tests.
  var bytes: [UInt8] {
    get throws { try model.serializedBytes() }
  }

  /// Convolutions with SiLU, a residual, a pool, a concatenation, and a tail that is no layer.
  static func usual(opset: Int64 = 17) throws -> [UInt8] {
    var model = SmallModel(opset: opset)
    model.input("images", [1, 3, 32, 32])
    model.convolution("images", "a", from: 3, to: 8)
    model.node("Sigmoid", ["a"], ["a_s"])
    model.node("Mul", ["a", "a_s"], ["a_y"])
    model.convolution("a_y", "b", from: 8, to: 8, groups: 8)
    model.node("Relu", ["b"], ["b_y"])
    model.convolution("b_y", "c", from: 8, to: 8, kernel: 1)
    model.node("Add", ["c", "a_y"], ["sum"])
    model.node(
      "MaxPool", ["sum"], ["pool"],
      ints: [("kernel_shape", [3, 3]), ("pads", [1, 1, 1, 1])])
    model.node("Concat", ["sum", "pool"], ["joined"], int: [("axis", 1)])
    model.convolution("joined", "last", from: 16, to: 4, kernel: 1)
    model.node("Exp", ["last"], ["tail"])
    model.output("tail")
    return try model.bytes
  }
}

/// What a model makes of one tensor.
func outputs(of bytes: [UInt8], _ input: [Float], _ shape: Shape) throws -> [[Float]] {
  let session = try Session(try ONNXImporter.importModel(bytes: bytes))
  let context = try session.makeContext()
  try context.setInput(0, to: try Tensor(input, shape: shape))
  try session.run(context, crew: Crew(threadCount: 1))
  return try session.outputs.indices.map { try context.output($0).array(of: Float.self) }
}

/// A folder of small pictures, removed when it is let go.
final class PictureFolder {
  let path: String

  init(count: Int) throws {
    path = NSTemporaryDirectory() + "ocelli-quantize-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for number in 0..<count {
      var bytes = Data("P6\n48 40\n255\n".utf8)
      for y in 0..<40 {
        for x in 0..<48 {
          bytes.append(UInt8((x * 5 + number * 37) % 256))
          bytes.append(UInt8((y * 6 + number * 11) % 256))
          bytes.append(UInt8((x * y + number * 53) % 256))
        }
      }
      let name = "\(path)/\(1000 + number).ppm"
      guard FileManager.default.createFile(atPath: name, contents: bytes) else {
        throw CocoaError(.fileWriteUnknown)
      }
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var source: SourceAddress {
    get throws { try SourceAddress(parsing: path) }
  }
}
