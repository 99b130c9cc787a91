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

  /// Consecutive elements and where their scales stand.
  struct Run {
    let first: Int
    let count: Int
    let scale: Int
    let step: Int
  }

  var runs: Swift.Range<Int> { 0..<(places.inner == 0 ? 0 : places.outer * places.extent) }

  func run(_ index: Int) -> Run {
    let (outer, place) = (index / places.extent, index % places.extent)
    return Run(
      first: index * places.inner, count: places.inner,
      scale: outer * places.outerStep + place / places.block * places.placeStep,
      step: places.innerStep)
  }
}

extension ElementType {
  /// What an integer of less than a byte holds; nil for other types.
  fileprivate var smallRange: ClosedRange<Int>? {
    switch self {
    case .int4: -8...7
    case .uint4: 0...15
    case .int2: -2...1
    case .uint2: 0...3
    default: nil
    }
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
    default: return [try small(x, steps, facts[0].type)]
    }
  }

  /// Types of less than a byte, and floats of a byte.
  private func small(_ x: Tensor, _ steps: Steps, _ type: ElementType) throws -> Tensor {
    let range = type.smallRange
    var result = try Tensor(.float32, x.shape)
    let source = x.span(of: Float.self)
    var target = result.mutableSpan(of: Float.self)
    for index in steps.runs {
      let run = steps.run(index)
      for i in 0..<run.count {
        let (place, step) = (run.first + i, run.scale + i * run.step)
        let value = source[place] / steps.scales[step]
        let rounded = range == nil ? value : value.rounded(.toNearestOrEven)
        target[place] = rounded + steps.zeros[step]
        guard let range else { continue }
        let low = Float(range.lowerBound)
        target[place] = target[place] >= low ? min(target[place], Float(range.upperBound)) : low
      }
    }
    return try Cast(to: type, saturates: saturate).cast(result)
  }

  /// NaN becomes the lowest value, as ONNX Runtime has it.
  private func quantized<E: IntegerElement>(
    _ x: Tensor, _ steps: Steps, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(E.elementType, x.shape)
    let source = x.span(of: Float.self)
    let (scales, zeros) = (steps.scales.span, steps.zeros.span)
    let (low, high) = (Float(E.min), Float(E.max))
    var target = result.mutableSpan(of: E.self)
    for index in steps.runs {
      let run = steps.run(index)
      for i in 0..<run.count {
        let (place, step) = (run.first + i, run.scale + i * run.step)
        let value = (source[place] / scales[step]).rounded(.toNearestOrEven) + zeros[step]
        target[place] = E(value >= low ? min(value, high) : low)
      }
    }
    return result
  }
}

extension DequantizeLinear: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let zero = inputs.optional(2)
    let steps = try Steps(try inputs.required(1), zero, x: x.shape, granularity)
    let result: Tensor
    switch x.type {
    case .uint8: result = try dequantized(x, steps, zero, UInt8.self)
    case .int8: result = try dequantized(x, steps, zero, Int8.self)
    case .uint16: result = try dequantized(x, steps, zero, UInt16.self)
    case .int16: result = try dequantized(x, steps, zero, Int16.self)
    case .int32: result = try dequantized(x, steps, zero, Int32.self)
    default: result = try small(x, steps)
    }
    return [try Cast(to: facts[0].type).cast(result)]
  }

  private func small(_ x: Tensor, _ steps: Steps) throws -> Tensor {
    let codes = try Cast(to: .float32).cast(x)
    var result = try Tensor(.float32, x.shape)
    let source = codes.span(of: Float.self)
    var target = result.mutableSpan(of: Float.self)
    for index in steps.runs {
      let run = steps.run(index)
      for i in 0..<run.count {
        let (place, step) = (run.first + i, run.scale + i * run.step)
        target[place] = (source[place] - steps.zeros[step]) * steps.scales[step]
      }
    }
    return result
  }

  private func dequantized<E: IntegerElement>(
    _ x: Tensor, _ steps: Steps, _ zero: Tensor?, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(.float32, x.shape)
    let source = x.span(of: E.self)
    let scales = steps.scales.span
    // Not by way of floats, which do not hold every int32.
    let zeros =
      zero.map { $0.array(of: E.self).map { Int($0) } } ?? [Int](repeating: 0, count: scales.count)
    var target = result.mutableSpan(of: Float.self)
    for index in steps.runs {
      let run = steps.run(index)
      for i in 0..<run.count {
        let (place, step) = (run.first + i, run.scale + i * run.step)
        target[place] = Float(Int(source[place]) - zeros[step]) * scales[step]
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
