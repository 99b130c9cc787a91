import Glibc
import OcelliGraph
import OcelliTensor

extension Unary: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    if x.type == .float32 { return [try floats(x, Float.self)] }
    if let type = x.type.float { return [try floats(x, type)] }
    if let type = x.type.integer { return [try integers(x, type)] }
    guard function == .not else { throw unsupported(x.type) }
    return [try Tensor(x.array(of: Bool.self).map { !$0 }, shape: x.shape)]
  }

  private func floats<E: FloatElement>(_ x: Tensor, _ type: E.Type) throws -> Tensor {
    let source = x.span(of: E.self)
    var result = try Tensor(function.isPredicate ? .bool : E.elementType, x.shape)
    if function.isPredicate {
      var target = result.mutableSpan(of: Bool.self)
      for i in 0..<source.count { target[i] = function.apply(source[i]) != 0 }
    } else {
      var target = result.mutableSpan(of: E.self)
      for i in 0..<source.count { target[i] = function.apply(source[i]) }
    }
    return result
  }

  private func integers<E: IntegerElement>(_ x: Tensor, _ type: E.Type) throws -> Tensor {
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
    let places = mask.enumerated().map { $1 ? $0 : shape.count + $0 }
    return [try x.picking(places, or: y, shape)]
  }
}

extension Tensor {
  /// The same elements, broadcast. Traps: where the shape does not broadcast.
  func expanded(to shape: Shape) throws(TensorError) -> Tensor {
    self.shape == shape ? self : try strided(shape, strides: self.shape.strides(broadcastTo: shape))
  }
}
