import OcelliGraph
import OcelliTensor

extension Cast: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    [try cast(try inputs.required(0))]
  }

  /// Floating point to integer goes toward zero and saturates, NaN becomes 0; integers wrap, and
  /// those of less than a byte always.
  func cast(_ x: Tensor) throws -> Tensor {
    if x.type == type { return x }
    switch x.type {
    case .float32: return try from(x.array(of: Float.self), x.shape)
    case .float64: return try from(x.array(of: Double.self), x.shape)
    case .float16: return try from(x.array(of: Float16.self), x.shape)
    case .bfloat16: return try from(x.array(of: BFloat16.self).map(\.float), x.shape)
    case .int8: return try from(x.array(of: Int8.self), x.shape)
    case .int16: return try from(x.array(of: Int16.self), x.shape)
    case .int32: return try from(x.array(of: Int32.self), x.shape)
    case .int64: return try from(x.array(of: Int64.self), x.shape)
    case .uint8: return try from(x.array(of: UInt8.self), x.shape)
    case .uint16: return try from(x.array(of: UInt16.self), x.shape)
    case .uint32: return try from(x.array(of: UInt32.self), x.shape)
    case .uint64: return try from(x.array(of: UInt64.self), x.shape)
    case .bool: return try from(x.array(of: Bool.self).map { $0 ? UInt8(1) : 0 }, x.shape)
    case .int4, .int2: return try from(x.byteArray().map { Int8(bitPattern: $0) }, x.shape)
    case .uint4, .uint2: return try from(x.byteArray(), x.shape)
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float4e2m1:
      let format = SmallFloat(x.type)
      let decode = format.map { $0.decode } ?? PowerOfTwo.decode
      return try from(x.byteArray().map(decode), x.shape)
    }
  }

  private func from<E: BinaryFloatingPoint>(_ x: [E], _ shape: Shape) throws -> Tensor {
    switch type {
    case .float32: try Tensor(x.map { Float($0) }, shape: shape)
    case .float64: try Tensor(x.map { Double($0) }, shape: shape)
    case .float16: try Tensor(x.map { Float16($0) }, shape: shape)
    case .bfloat16: try Tensor(x.map { BFloat16(Float($0)) }, shape: shape)
    case .bool: try Tensor(x.map { $0 != 0 }, shape: shape)
    case .uint64: try Tensor(x.map { UInt64(nearest: Double($0)) }, shape: shape)
    case .int64: try Tensor(x.map { Int64(nearest: Double($0)) }, shape: shape)
    case .int32: try Tensor(x.map { Int32(nearest: Double($0)) }, shape: shape)
    case .int16: try Tensor(x.map { Int16(nearest: Double($0)) }, shape: shape)
    case .int8: try Tensor(x.map { Int8(nearest: Double($0)) }, shape: shape)
    case .uint32: try Tensor(x.map { UInt32(nearest: Double($0)) }, shape: shape)
    case .uint16: try Tensor(x.map { UInt16(nearest: Double($0)) }, shape: shape)
    case .uint8: try Tensor(x.map { UInt8(nearest: Double($0)) }, shape: shape)
    // As ONNX's own: by way of a wider integer, of which the low bits stay.
    case .int4, .int2, .uint4, .uint2:
      try from(x.map { Int64(nearest: Double($0)) }, shape)
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float4e2m1:
      try Tensor(type, shape, bytes: x.map { code(Float($0)) })
    }
  }

  private func from<E: FixedWidthInteger>(_ x: [E], _ shape: Shape) throws -> Tensor {
    switch type {
    case .float32: try Tensor(x.map { Float($0) }, shape: shape)
    case .float64: try Tensor(x.map { Double($0) }, shape: shape)
    case .float16: try Tensor(x.map { Float16($0) }, shape: shape)
    case .bfloat16: try Tensor(x.map { BFloat16(Float($0)) }, shape: shape)
    case .bool: try Tensor(x.map { $0 != 0 }, shape: shape)
    case .uint64: try Tensor(x.map { UInt64(truncatingIfNeeded: $0) }, shape: shape)
    case .int64: try Tensor(x.map { Int64(truncatingIfNeeded: $0) }, shape: shape)
    case .int32: try Tensor(x.map { Int32(truncatingIfNeeded: $0) }, shape: shape)
    case .int16: try Tensor(x.map { Int16(truncatingIfNeeded: $0) }, shape: shape)
    case .int8: try Tensor(x.map { Int8(truncatingIfNeeded: $0) }, shape: shape)
    case .uint32: try Tensor(x.map { UInt32(truncatingIfNeeded: $0) }, shape: shape)
    case .uint16: try Tensor(x.map { UInt16(truncatingIfNeeded: $0) }, shape: shape)
    case .uint8: try Tensor(x.map { UInt8(truncatingIfNeeded: $0) }, shape: shape)
    // The shift back brings the sign down.
    case .int4: try small(x.map { (Int8(truncatingIfNeeded: $0) << 4) >> 4 }, shape)
    case .int2: try small(x.map { (Int8(truncatingIfNeeded: $0) << 6) >> 6 }, shape)
    case .uint4: try Tensor(type, shape, bytes: x.map { UInt8(truncatingIfNeeded: $0) & 15 })
    case .uint2: try Tensor(type, shape, bytes: x.map { UInt8(truncatingIfNeeded: $0) & 3 })
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float4e2m1:
      try Tensor(type, shape, bytes: x.map { code(Float($0)) })
    }
  }

  private func small(_ x: [Int8], _ shape: Shape) throws -> Tensor {
    try Tensor(type, shape, bytes: x.map { UInt8(bitPattern: $0) })
  }

  private func code(_ x: Float) -> UInt8 {
    SmallFloat(type)?.encode(x, saturating: saturates)
      ?? PowerOfTwo.encode(x, saturating: saturates, rounding: rounding)
  }
}

extension BitCast: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    // An element's byte may have more bits than the type: those follow its sign.
    let bytes = x.byteArray().map { byte -> UInt8 in
      switch type {
      case .bool: byte == 0 ? 0 : 1
      case .int4: UInt8(bitPattern: (Int8(bitPattern: byte) << 4) >> 4)
      case .int2: UInt8(bitPattern: (Int8(bitPattern: byte) << 6) >> 6)
      case .uint4, .float4e2m1: byte & 15
      case .uint2: byte & 3
      default: byte
      }
    }
    return [try Tensor(type, x.shape, bytes: bytes)]
  }
}
