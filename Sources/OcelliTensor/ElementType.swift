/// The type of a tensor's elements. The raw value is the name in dumps and messages.
///
/// An element takes at least a byte in memory, whatever it takes in a file: `int4` and `int2` lie
/// sign-extended in theirs, `uint4` and `uint2` as they are, the small floats as their codes.
package enum ElementType: String, Sendable, CaseIterable {
  case float32, float64, float16, bfloat16
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0, float4e2m1
  case int4, uint4, int2, uint2

  /// Units: bytes an element in memory.
  package var size: Int {
    switch self {
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    default: 1
    }
  }

  /// Units: bits an element in a file, where those of less than a byte are packed, lowest first.
  package var packedBits: Int {
    switch self {
    case .float4e2m1, .int4, .uint4: 4
    case .int2, .uint2: 2
    default: size * 8
    }
  }

  /// One of float32, float64, float16, bfloat16: the types that operators compute in.
  package var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    default: false
    }
  }

  /// Of two bytes: what operators compute in float32.
  package var isHalf: Bool { self == .float16 || self == .bfloat16 }

  /// An integer of at least a byte; not `bool`.
  package var isInteger: Bool {
    switch self {
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
    default: false
    }
  }
}

/// A Swift type that an `ElementType` names. Swift's `Bool` is one byte, as ONNX's.
package protocol TensorElement: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension Float: TensorElement { package static var elementType: ElementType { .float32 } }
#if !(os(macOS) && arch(x86_64))
  extension Float16: TensorElement { package static var elementType: ElementType { .float16 } }
#endif
extension Double: TensorElement { package static var elementType: ElementType { .float64 } }
extension Int8: TensorElement { package static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { package static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { package static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { package static var elementType: ElementType { .int64 } }
extension UInt8: TensorElement { package static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { package static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { package static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { package static var elementType: ElementType { .uint64 } }
extension Bool: TensorElement { package static var elementType: ElementType { .bool } }
