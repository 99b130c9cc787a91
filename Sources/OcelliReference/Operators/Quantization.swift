import OcelliGraph
import OcelliTensor

/// Scale and zero point of one slice of the axis, or of all.
private struct Steps {
  let scales: [Float]
  let zeros: [Int]
  /// Consecutive elements of one scale.
  let inner: Int

  init(_ scale: Tensor, _ zero: Tensor?, x: Shape, axis: Int) throws {
    guard scale.type == .float32 else {
      throw OperatorError("a scale of \(scale.type.rawValue) has no reference")
    }
    scales = scale.array(of: Float.self)
    zeros =
      try zero.map { try Cast(to: .int64).cast($0).array(of: Int64.self).map(Int.init) }
      ?? [Int](repeating: 0, count: scales.count)
    inner =
      scales.count == 1
      ? max(x.count, 1)
      : x.dimensions.dropFirst(try normalizedAxis(axis, rank: x.rank) + 1).reduce(1, *)
  }

  func slice(_ element: Int) -> Int { scales.count == 1 ? 0 : element / inner % scales.count }
}

extension QuantizeLinear: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try Cast(to: .float32).cast(try inputs.required(0))
    let steps = try Steps(
      try inputs.required(1), inputs.optional(2), x: x.shape, axis: axis)
    switch facts[0].type {
    case .uint8: return [try quantized(x, steps, UInt8.self)]
    case .int8: return [try quantized(x, steps, Int8.self)]
    case .uint16: return [try quantized(x, steps, UInt16.self)]
    case .int16: return [try quantized(x, steps, Int16.self)]
    default: throw unsupported(facts[0].type)
    }
  }

  private func quantized<E: TensorElement & FixedWidthInteger>(
    _ x: Tensor, _ steps: Steps, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(E.elementType, x.shape)
    let source = x.span(of: Float.self)
    var target = result.mutableSpan(of: E.self)
    for i in 0..<source.count {
      let slice = steps.slice(i)
      let rounded = (source[i] / steps.scales[slice]).rounded(.toNearestOrEven)
      let value = Int(saturating: Double(rounded) + Double(steps.zeros[slice]))
      target[i] = E(clamping: value)
    }
    return result
  }
}

extension DequantizeLinear: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let steps = try Steps(
      try inputs.required(1), inputs.optional(2), x: x.shape, axis: axis)
    switch x.type {
    case .uint8: return [try dequantized(x, steps, UInt8.self)]
    case .int8: return [try dequantized(x, steps, Int8.self)]
    case .uint16: return [try dequantized(x, steps, UInt16.self)]
    case .int16: return [try dequantized(x, steps, Int16.self)]
    case .int32: return [try dequantized(x, steps, Int32.self)]
    default: throw unsupported(x.type)
    }
  }

  private func dequantized<E: TensorElement & FixedWidthInteger>(
    _ x: Tensor, _ steps: Steps, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(.float32, x.shape)
    let source = x.span(of: E.self)
    var target = result.mutableSpan(of: Float.self)
    for i in 0..<source.count {
      let slice = steps.slice(i)
      target[i] = Float(Int(source[i]) - steps.zeros[slice]) * steps.scales[slice]
    }
    return result
  }
}
