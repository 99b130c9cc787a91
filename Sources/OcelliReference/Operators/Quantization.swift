import OcelliGraph
import OcelliTensor

/// What a tensor is quantised with.
private struct Steps {
  let scales: [Float]
  let zeros: [Float]
  let places: Granularity.Places

  init(_ scale: Tensor, _ zero: Tensor?, x: Shape, _ granularity: Granularity) throws {
    scales = try Cast(to: .float32).cast(scale).array(of: Float.self)
    zeros =
      try zero.map { try Cast(to: .float32).cast($0).array(of: Float.self) }
      ?? [Float](repeating: 0, count: scales.count)
    places = try granularity.places(scale: scale.shape, x: x)
  }
}

extension QuantizeLinear: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try Cast(to: .float32).cast(try inputs.required(0))
    let steps = try Steps(
      try inputs.required(1), inputs.optional(2), x: x.shape, granularity)
    switch facts[0].type {
    case .uint8: return [try quantized(x, steps, UInt8.self)]
    case .int8: return [try quantized(x, steps, Int8.self)]
    case .uint16: return [try quantized(x, steps, UInt16.self)]
    case .int16: return [try quantized(x, steps, Int16.self)]
    default: throw unsupported(facts[0].type)
    }
  }

  /// NaN becomes the lowest value, as ONNX Runtime has it.
  private func quantized<E: TensorElement & FixedWidthInteger>(
    _ x: Tensor, _ steps: Steps, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(E.elementType, x.shape)
    let source = x.span(of: Float.self)
    let (scales, zeros) = (unsafe steps.scales.span, unsafe steps.zeros.span)
    let (low, high) = (Float(E.min), Float(E.max))
    var target = result.mutableSpan(of: E.self)
    let places = steps.places
    for o in 0..<places.outer {
      for place in 0..<places.extent {
        let first = (o * places.extent + place) * places.inner
        let scale = o * places.outerStep + place / places.block * places.placeStep
        for i in 0..<places.inner {
          let step = scale + i * places.innerStep
          let value = (source[first + i] / scales[step]).rounded(.toNearestOrEven) + zeros[step]
          target[first + i] = E(value >= low ? min(value, high) : low)
        }
      }
    }
    return result
  }
}

extension DequantizeLinear: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let steps = try Steps(
      try inputs.required(1), inputs.optional(2), x: x.shape, granularity)
    let result: Tensor
    switch x.type {
    case .uint8: result = try dequantized(x, steps, UInt8.self)
    case .int8: result = try dequantized(x, steps, Int8.self)
    case .uint16: result = try dequantized(x, steps, UInt16.self)
    case .int16: result = try dequantized(x, steps, Int16.self)
    case .int32: result = try dequantized(x, steps, Int32.self)
    default: throw unsupported(x.type)
    }
    return [try Cast(to: facts[0].type).cast(result)]
  }

  private func dequantized<E: TensorElement & FixedWidthInteger>(
    _ x: Tensor, _ steps: Steps, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(.float32, x.shape)
    let source = x.span(of: E.self)
    let scales = unsafe steps.scales.span
    let zeros = steps.zeros.map { Int($0) }
    var target = result.mutableSpan(of: Float.self)
    let places = steps.places
    for o in 0..<places.outer {
      for place in 0..<places.extent {
        let first = (o * places.extent + place) * places.inner
        let scale = o * places.outerStep + place / places.block * places.placeStep
        for i in 0..<places.inner {
          let step = scale + i * places.innerStep
          target[first + i] = Float(Int(source[first + i]) - zeros[step]) * scales[step]
        }
      }
    }
    return result
  }
}

extension DynamicQuantizeLinear: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    // The range always holds 0.
    var (low, high) = (Float(0), Float(0))
    let source = x.span(of: Float.self)
    for i in 0..<source.count {
      low = min(low, source[i])
      high = max(high, source[i])
    }
    let scale = high == low ? 1 : (high - low) / 255
    let zero = min(max(-low / scale, 0), 255).rounded(.toNearestOrEven)
    let scales = try Tensor(scalar: scale)
    let zeros = try Tensor(scalar: UInt8(zero.isNaN ? 0 : zero))
    let quantize = QuantizeLinear(axis: 0)
    let y = try quantize.evaluate([x, scales, zeros], [Fact(.uint8, x.shape)])[0]
    return [y, scales, zeros]
  }
}
