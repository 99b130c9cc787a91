import OcelliTensor
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ElementType {
  /// The type that a file's number names. Errors: one that Ocelli has no tensors of, by name.
  init(onnx code: Int32) throws(OperatorTypeError) {
    guard let type = Self.onnxCodes.first(where: { $0.code == code })?.type else {
      throw OperatorTypeError(code: code)
    }
    self = type
  }

  /// The number that names this type in a file.
  var onnxCode: Int32 {
    // The list below has every type.
    Self.onnxCodes.first { $0.type == self }?.code ?? 0
  }

  private static let onnxCodes: [(code: Int32, type: ElementType)] = [
    (1, .float32), (2, .uint8), (3, .int8), (4, .uint16), (5, .int16), (6, .int32), (7, .int64),
    (9, .bool), (10, .float16), (11, .float64), (12, .uint32), (13, .uint64), (16, .bfloat16),
    (17, .float8e4m3fn), (18, .float8e4m3fnuz), (19, .float8e5m2), (20, .float8e5m2fnuz),
    (21, .uint4), (22, .int4), (23, .float4e2m1), (24, .float8e8m0), (25, .uint2), (26, .int2),
  ]
}

/// An element type that no tensor has here.
struct OperatorTypeError: Error, CustomStringConvertible {
  let code: Int32

  var description: String {
    let names: [Int32: String] = [
      0: "undefined", 8: "string", 14: "complex64", 15: "complex128", 27: "float6e2m3",
      28: "float6e3m2",
    ]
    return "element type \(names[code] ?? "\(code)") is not supported"
  }
}

extension ONNXTensorEntry {
  /// The tensor. Lengths are checked against the extents before anything is allocated.
  /// `external`: where elements in other files are read from; nil refuses those.
  /// Errors: `.tensor`, naming this one.
  func tensor(external: ExternalData? = nil) throws(ONNXError) -> Tensor {
    do {
      return try decoded(external)
    } catch let error as TensorError {
      throw .tensor(name: name, reason: error.description)
    } catch let error as OperatorTypeError {
      throw .tensor(name: name, reason: error.description)
    } catch let error as ONNXError {
      throw error
    } catch { throw .tensor(name: name, reason: "\(error)") }
  }

  private func decoded(_ external: ExternalData?) throws -> Tensor {
    let type = try ElementType(onnx: dataType)
    let shape = try Shape(checking: dims.map(Int.init))
    guard externalData.isEmpty, dataLocation == 0 else {
      guard let external else {
        throw ONNXError.tensor(
          name: name,
          reason: "its data lie in another file, which is read for a model given by its path alone")
      }
      return try external.tensor(self, type, shape)
    }
    let typed =
      [floatData.count, int32Data.count, int64Data.count, doubleData.count, uint64Data.count]
      .reduce(0, +)
    if hasRawData {
      guard typed == 0 else {
        throw ONNXError.tensor(name: name, reason: "raw and typed data at once")
      }
      return try decodeRaw(type, shape)
    }
    return try decodeTyped(type, shape, count: typed)
  }

  private func decodeRaw(_ type: ElementType, _ shape: Shape) throws -> Tensor {
    let due = type.packedByteCount(shape.count)
    guard rawData.count == due else {
      throw TensorError.byteCount(expected: due, found: rawData.count)
    }
    // A Bool in memory is 0 or 1 and nothing else.
    if type == .bool { return try Tensor(rawData.map { $0 != 0 }, shape: shape) }
    return try Tensor(type, shape, bytes: type.unpacked([UInt8](rawData), count: shape.count))
  }

  private func decodeTyped(_ type: ElementType, _ shape: Shape, count: Int) throws -> Tensor {
    // Types of less than a byte are packed here too, a byte a number.
    let due = type.packedBits < 8 ? type.packedByteCount(shape.count) : shape.count
    guard count == due else {
      throw TensorError.byteCount(expected: due * type.size, found: count * type.size)
    }
    switch type {
    case .float32: return try Tensor(floatData, shape: shape)
    case .float64: return try Tensor(doubleData, shape: shape)
    case .int64: return try Tensor(int64Data, shape: shape)
    case .uint64: return try Tensor(uint64Data, shape: shape)
    case .uint32: return try Tensor(uint64Data.map(UInt32.init(truncatingIfNeeded:)), shape: shape)
    case .int32: return try Tensor(int32Data, shape: shape)
    case .int16: return try Tensor(int32Data.map(Int16.init(truncatingIfNeeded:)), shape: shape)
    case .uint16: return try Tensor(int32Data.map(UInt16.init(truncatingIfNeeded:)), shape: shape)
    case .bool: return try Tensor(int32Data.map { $0 != 0 }, shape: shape)
    case .float16, .bfloat16:
      let bytes = int32Data.flatMap {
        [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
      }
      return try Tensor(type, shape, bytes: bytes)
    default:
      // Numbers in the wrong field are as many as due and not here.
      guard int32Data.count == due else {
        throw TensorError.byteCount(expected: due, found: int32Data.count)
      }
      let bytes = int32Data.map(UInt8.init(truncatingIfNeeded:))
      return try Tensor(type, shape, bytes: type.unpacked(bytes, count: shape.count))
    }
  }
}

extension ElementType {
  /// Units: bytes that `count` elements take in a file.
  func packedByteCount(_ count: Int) -> Int { (count * packedBits + 7) / 8 }

  /// A byte an element from the bytes of a file, for types of less than a byte; the first element
  /// lies in the lowest bits. Others as they are. Traps: fewer bytes than due.
  func unpacked(_ bytes: [UInt8], count: Int) -> [UInt8] {
    let bits = packedBits
    guard bits < 8 else { return bytes }
    let mask = UInt8(1 << bits - 1)
    let isSigned = self == .int4 || self == .int2
    return (0..<count).map { index in
      let code = bytes[index * bits / 8] >> UInt8(index * bits % 8) & mask
      return isSigned && code > mask >> 1 ? code | ~mask : code
    }
  }

  /// The bytes of a file from a byte an element: the inverse of `unpacked`.
  func packed(_ bytes: [UInt8]) -> [UInt8] {
    let bits = packedBits
    guard bits < 8 else { return bytes }
    let mask = UInt8(1 << bits - 1)
    var result = [UInt8](repeating: 0, count: packedByteCount(bytes.count))
    for (index, byte) in bytes.enumerated() {
      result[index * bits / 8] |= (byte & mask) << UInt8(index * bits % 8)
    }
    return result
  }
}
