import OcelliGraph
import OcelliTensor

extension Cast: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    [try cast(try inputs.required(0))]
  }

  /// Floating point to integer goes toward zero and saturates, NaN becomes 0; integers wrap.
  func cast(_ x: Tensor) throws -> Tensor {
    if x.type == type { return x }
    switch x.type {
    case .float32: return try from(x.array(of: Float.self), x.shape)
    case .float64: return try from(x.array(of: Double.self), x.shape)
    case .float16: return try from(x.array(of: Float16.self), x.shape)
    case .bfloat16: return try from(x.bfloats(), x.shape)
    case .int8: return try from(x.array(of: Int8.self), x.shape)
    case .int16: return try from(x.array(of: Int16.self), x.shape)
    case .int32: return try from(x.array(of: Int32.self), x.shape)
    case .int64: return try from(x.array(of: Int64.self), x.shape)
    case .uint8: return try from(x.array(of: UInt8.self), x.shape)
    case .uint16: return try from(x.array(of: UInt16.self), x.shape)
    case .uint32: return try from(x.array(of: UInt32.self), x.shape)
    case .uint64: return try from(x.array(of: UInt64.self), x.shape)
    case .bool: return try from(x.array(of: Bool.self).map { $0 ? UInt8(1) : 0 }, x.shape)
    }
  }

  private func from<E: BinaryFloatingPoint>(_ x: [E], _ shape: Shape) throws -> Tensor {
    switch type {
    case .float32: try Tensor(x.map { Float($0) }, shape: shape)
    case .float64: try Tensor(x.map { Double($0) }, shape: shape)
    case .float16: try Tensor(x.map { Float16($0) }, shape: shape)
    case .bfloat16: try Tensor(bfloats: x.map { Float($0) }, shape: shape)
    case .bool: try Tensor(x.map { $0 != 0 }, shape: shape)
    case .uint64: try Tensor(x.map { unsigned(Double($0)) }, shape: shape)
    case .int64: try Tensor(x.map { Int64(Int(saturating: Double($0))) }, shape: shape)
    case .int32: try Tensor(x.map { saturated($0, Int32.self) }, shape: shape)
    case .int16: try Tensor(x.map { saturated($0, Int16.self) }, shape: shape)
    case .int8: try Tensor(x.map { saturated($0, Int8.self) }, shape: shape)
    case .uint32: try Tensor(x.map { saturated($0, UInt32.self) }, shape: shape)
    case .uint16: try Tensor(x.map { saturated($0, UInt16.self) }, shape: shape)
    case .uint8: try Tensor(x.map { saturated($0, UInt8.self) }, shape: shape)
    }
  }

  private func saturated<E: BinaryFloatingPoint, I: FixedWidthInteger>(
    _ x: E, _ type: I.Type
  ) -> I { I(clamping: Int(saturating: Double(x))) }

  private func unsigned(_ x: Double) -> UInt64 {
    x >= 0x1p64 ? .max : x > 0 ? UInt64(x) : 0
  }

  private func from<E: FixedWidthInteger>(_ x: [E], _ shape: Shape) throws -> Tensor {
    switch type {
    case .float32: try Tensor(x.map { Float($0) }, shape: shape)
    case .float64: try Tensor(x.map { Double($0) }, shape: shape)
    case .float16: try Tensor(x.map { Float16($0) }, shape: shape)
    case .bfloat16: try Tensor(bfloats: x.map { Float($0) }, shape: shape)
    case .bool: try Tensor(x.map { $0 != 0 }, shape: shape)
    case .uint64: try Tensor(x.map { UInt64(truncatingIfNeeded: $0) }, shape: shape)
    case .int64: try Tensor(x.map { Int64(truncatingIfNeeded: $0) }, shape: shape)
    case .int32: try Tensor(x.map { Int32(truncatingIfNeeded: $0) }, shape: shape)
    case .int16: try Tensor(x.map { Int16(truncatingIfNeeded: $0) }, shape: shape)
    case .int8: try Tensor(x.map { Int8(truncatingIfNeeded: $0) }, shape: shape)
    case .uint32: try Tensor(x.map { UInt32(truncatingIfNeeded: $0) }, shape: shape)
    case .uint16: try Tensor(x.map { UInt16(truncatingIfNeeded: $0) }, shape: shape)
    case .uint8: try Tensor(x.map { UInt8(truncatingIfNeeded: $0) }, shape: shape)
    }
  }
}

extension Tensor {
  /// The elements of a bfloat16 tensor.
  fileprivate func bfloats() -> [Float] {
    let bytes = byteArray()
    return (0..<count).map {
      Float(bitPattern: UInt32(bytes[2 * $0]) << 16 | UInt32(bytes[2 * $0 + 1]) << 24)
    }
  }

  /// Rounds half to even.
  fileprivate init(bfloats elements: [Float], shape: Shape) throws(TensorError) {
    let words = elements.map { element -> UInt16 in
      let bits = element.bitPattern
      if element.isNaN { return UInt16(bits >> 16) | 0x40 }
      return UInt16((bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    }
    let bytes = words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    try self.init(.bfloat16, shape, bytes: bytes)
  }
}
