package import OcelliTensor
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Files of one tensor (`.pb`), as ONNX's own test data has them.
package enum TensorFile {
  /// The tensor and its name. Errors: `.malformed`, `.tensor`.
  package static func decode(_ bytes: [UInt8]) throws(ONNXError) -> (name: String, tensor: Tensor) {
    let entry: ONNXTensorEntry
    do {
      entry = try ONNXTensorEntry(serializedBytes: bytes, partial: true, options: .bounded)
    } catch { throw .malformed("\(error)") }
    return (entry.name, try entry.tensor())
  }

  /// The bytes of a file. Errors: `.tensor` where the tensor is beyond what a file can hold.
  package static func encode(_ tensor: Tensor, name: String) throws(ONNXError) -> [UInt8] {
    var entry = ONNXTensorEntry()
    entry.name = name
    entry.dims = tensor.shape.dimensions.map(Int64.init)
    entry.dataType = tensor.type.onnxCode
    entry.rawData = Data(tensor.type.packed(tensor.byteArray()))
    do { return try entry.serializedBytes() } catch {
      throw .tensor(name: name, reason: "\(error)")
    }
  }
}

extension BinaryDecodingOptions {
  /// Nesting is bounded, and fields that Ocelli does not use are not kept.
  static var bounded: BinaryDecodingOptions {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 64
    options.discardUnknownFields = true
    return options
  }
}
