import OcelliGraph
import OcelliTensor

extension BatchNormalization: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    if x.type == .float32 { return [try normalized(x, inputs, Float.self)] }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try normalized(x, inputs, type)]
  }

  private func normalized<E: FloatElement>(
    _ x: Tensor, _ inputs: [Tensor?], _ type: E.Type
  ) throws -> Tensor {
    var parameters: [[E]] = []
    for index in 1...4 {
      let parameter = try Cast(to: E.elementType).cast(try inputs.required(index))
      parameters.append(parameter.array())
    }
    let channels = x.shape[1]
    let inner = x.shape.dimensions.dropFirst(2).reduce(1, *)
    var result = x
    var y = result.mutableSpan(of: E.self)
    for i in 0..<y.count {
      let c = i / inner % channels
      let scale = parameters[0][c] / (parameters[3][c] + E(epsilon)).squareRoot()
      y[i] = (y[i] - parameters[2][c]) * scale + parameters[1][c]
    }
    return result
  }
}

extension LocalResponseNormalization: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try normalized(x, type)]
  }

  private func normalized<E: FloatElement>(_ x: Tensor, _ type: E.Type) throws -> Tensor {
    let lanes = Lanes(x.shape, axis: 1)
    let source = x.span(of: E.self)
    var result = try Tensor(x.type, x.shape)
    var y = result.mutableSpan(of: E.self)
    let (before, after) = ((size - 1) / 2, size / 2)
    for lane in 0..<lanes.count {
      let start = lanes.start(lane)
      for c in 0..<lanes.extent {
        var energy: E = 0
        for near in max(c - before, 0)...min(c + after, lanes.extent - 1) {
          let element = source[start + near * lanes.step]
          energy += element * element
        }
        let divisor = E(bias) + E(alpha) / E(size) * energy
        let place = start + c * lanes.step
        y[place] = source[place] / E.pow(divisor, E(beta))
      }
    }
    return result
  }
}
