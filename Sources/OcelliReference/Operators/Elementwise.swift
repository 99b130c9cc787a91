import Glibc
import OcelliGraph
import OcelliTensor

extension Unary: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    switch x.type {
    case .float32:
      var result = try Tensor(.float32, x.shape)
      let source = x.span(of: Float.self)
      var target = result.mutableSpan(of: Float.self)
      for i in 0..<source.count { target[i] = function.apply(source[i]) }
      return [result]
    case .bool:
      return [try Tensor(x.array(of: Bool.self).map { !$0 }, shape: x.shape)]
    case .int32: return [try integers(x, Int32.self)]
    case .int64: return [try integers(x, Int64.self)]
    case .int8: return [try integers(x, Int8.self)]
    case .uint8: return [try integers(x, UInt8.self)]
    default: throw unsupported(x.type)
    }
  }

  private func integers<E: TensorElement & FixedWidthInteger>(
    _ x: Tensor, _ type: E.Type
  ) throws -> Tensor {
    var elements = x.array(of: E.self)
    for i in elements.indices {
      guard let value = function.apply(elements[i]) else { throw unsupported(x.type) }
      elements[i] = value
    }
    return try Tensor(elements, shape: x.shape)
  }
}

extension Identity: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    [try inputs.required(0)]
  }
}

extension Where: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let shape = try facts.shape()
    let condition = try inputs.required(0)
    let x = try inputs.required(1).expanded(to: shape)
    let y = try inputs.required(2).expanded(to: shape)
    let mask = try condition.expanded(to: shape).array(of: Bool.self)
    // Both as one list of slices: whoever is chosen is taken.
    var both = try Tensor(x.type, Shape.checked([2 * shape.count]))
    both.write(x.reshaped([shape.count]), strides: [1])
    both.write(y.reshaped([shape.count]), offset: shape.count, strides: [1])
    let places = mask.enumerated().map { $1 ? $0 : shape.count + $0 }
    return [try both.taking(places, axis: 0).reshaped(shape)]
  }
}

extension Tensor {
  /// The same elements, broadcast. Traps: where the shape does not broadcast.
  func expanded(to shape: Shape) throws(TensorError) -> Tensor {
    self.shape == shape ? self : try strided(shape, strides: self.shape.strides(broadcastTo: shape))
  }
}

extension Softmax: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    guard x.type == .float32 else { throw unsupported(x.type) }
    let shape = x.shape.rank == 0 ? [1] : x.shape
    let axis = try normalizedAxis(axis, rank: shape.rank)
    let inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.dimensions.prefix(axis).reduce(1, *)
    let extent = shape[axis]
    var result = x
    var y = result.mutableSpan(of: Float.self)
    for row in 0..<(extent == 0 ? 0 : outer) {
      for column in 0..<inner {
        let base = row * extent * inner + column
        var highest = -Float.infinity
        for i in 0..<extent { highest = max(highest, y[base + i * inner]) }
        var total: Float = 0
        for i in 0..<extent { total += expf(y[base + i * inner] - highest) }
        for i in 0..<extent {
          let shifted = y[base + i * inner] - highest
          y[base + i * inner] = logarithmic ? shifted - logf(total) : expf(shifted) / total
        }
      }
    }
    return [result]
  }
}
