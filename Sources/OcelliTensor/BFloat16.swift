/// The upper half of a `Float`.
package struct BFloat16: TensorElement, Equatable {
  package static var elementType: ElementType { .bfloat16 }
  package var bitPattern: UInt16

  package init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Rounds half to even; NaN stays NaN.
  package init(_ value: Float) {
    let bits = value.bitPattern
    bitPattern =
      value.isNaN
      ? UInt16(bits >> 16) | 0x40
      : UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }

  package var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

extension Tensor {
  /// The same numbers in float32; the tensor itself where it is not of a half type.
  package func widened() throws(TensorError) -> Tensor {
    switch type {
    case .float16: try Tensor(array(of: Float16.self).map { Float($0) }, shape: shape)
    case .bfloat16: try Tensor(array(of: BFloat16.self).map(\.float), shape: shape)
    default: self
    }
  }

  /// A float32 tensor in a half type, rounded half to even. Traps: where it is not float32.
  package func narrowed(to type: ElementType) throws(TensorError) -> Tensor {
    switch type {
    case .float16: try Tensor(array(of: Float.self).map { Float16($0) }, shape: shape)
    case .bfloat16: try Tensor(array(of: Float.self).map { BFloat16($0) }, shape: shape)
    default: preconditionFailure("\(type.rawValue) is no half type")
    }
  }
}
