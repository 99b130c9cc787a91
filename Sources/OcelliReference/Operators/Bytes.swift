import OcelliGraph
import OcelliTensor

extension QuantizedConvolution: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let origin = try Tensor(scalar: UInt8(clamping: zero))
    let sums = try window.evaluate(
      [x, try inputs.required(1), origin, inputs.optional(4), inputs.optional(2)],
      [Fact(.int32, shape)])[0]
    let multipliers = try inputs.required(3).array(of: Float.self)
    let inner = shape.dimensions.dropFirst(2).reduce(1, *)
    let source = sums.span(of: Int32.self)
    var result = try Tensor(facts[0].type, shape)
    switch output {
    case .real:
      var y = result.mutableSpan(of: Float.self)
      for i in 0..<y.count {
        y[i] = Float(source[i]) * multipliers[i / inner % multipliers.count]
      }
    case .bytes(let zero, let low, let high, let table):
      var y = result.mutableSpan(of: UInt8.self)
      for i in 0..<y.count {
        let real = Float(source[i]) * multipliers[i / inner % multipliers.count]
        let byte = UInt8(rounded: real, zero: zero, low: low, high: high)
        y[i] = table.isEmpty ? byte : table[Int(byte)]
      }
    }
    return [result]
  }
}

extension UInt8 {
  /// `clamp(round(value) + zero, low, high)`, half to even; NaN becomes `low`.
  fileprivate init(rounded value: Float, zero: Int, low: Int, high: Int) {
    let shifted = value.rounded(.toNearestOrEven) + Float(zero)
    self = UInt8(
      shifted >= Float(low) ? Swift.min(shifted, Float(high)) : Float(low))
  }
}

extension ByteTable: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    var result = try Tensor(.uint8, x.shape)
    let source = x.span(of: UInt8.self)
    var y = result.mutableSpan(of: UInt8.self)
    for i in 0..<y.count { y[i] = table[Int(source[i])] }
    return [result]
  }
}

extension QuantizedBinary: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let left = try inputs.required(0)
    let right = try inputs.required(1)
    let shape = try facts.shape()
    var result = try Tensor(.uint8, shape)
    let (p, q) = (left.span(of: UInt8.self), right.span(of: UInt8.self))
    var target = result.mutableSpan(of: UInt8.self)
    var rows = StridedRows(
      shape,
      strides: [left.shape.strides(broadcastTo: shape), right.shape.strides(broadcastTo: shape)])
    while rows.next() {
      for i in 0..<rows.length {
        let v = Float(Int(p[rows.offsets[0] + i * rows.steps[0]]) - a.zero) * a.scale
        let w = Float(Int(q[rows.offsets[1] + i * rows.steps[1]]) - b.zero) * b.scale
        let real = function == .add ? v + w : v * w
        target[rows.start + i] = UInt8(
          rounded: real / y.scale, zero: y.zero, low: low, high: high)
      }
    }
    return [result]
  }
}
