/// The type of a tensor's elements. The raw value is the name in dumps and messages.
package enum ElementType: String, Sendable, CaseIterable {
  case float32, float64, float16, bfloat16
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool

  /// Units: bytes an element.
  package var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  package var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
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
