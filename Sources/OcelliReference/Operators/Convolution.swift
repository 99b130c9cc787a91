import OcelliGraph
import OcelliTensor

extension Convolution: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    if x.type == .float32 { return [try run(inputs, try facts.shape(), Float.self)] }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try run(inputs, try facts.shape(), type)]
  }

  private func run<E: FloatElement>(
    _ inputs: [Tensor?], _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    let x = try inputs.required(0)
    let w = try inputs.required(1)
    let volume = try Volume(
      try window(input: x.shape, weights: w.shape), input: Array(x.shape.dimensions.dropFirst(2)))
    var result = try Tensor(biases: inputs.optional(2), shape, type)
    accumulate(x, w, &result, volume, type)
    finish(&result, residual: inputs.optional(3), type)
    return result
  }

  /// Tap by tap, every input channel is added to the outputs that see it, row by row.
  private func accumulate<E: FloatElement>(
    _ x: Tensor, _ w: Tensor, _ result: inout Tensor, _ v: Volume, _ type: E.Type
  ) {
    let (depth, channels, batch) = (w.shape[1], w.shape[0], x.shape[0])
    let input = x.span(of: E.self)
    let weights = w.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    let stride = v.strides[2]
    for tap in 0..<v.kernelCount {
      let rows = v.rows(tap: tap)
      for channel in 0..<batch * channels {
        let (n, m) = (channel / channels, channel % channels)
        let first = n * x.shape[1] + m / (channels / groups) * depth
        let target = channel * v.outputCount
        for c in 0..<depth {
          let weight = weights[(m * depth + c) * v.kernelCount + tap]
          let source = (first + c) * v.inputCount
          for row in rows {
            let (from, to) = (source + row.input, target + row.output)
            for i in row.columns { y[to + i] += weight * input[from + i * stride] }
          }
        }
      }
    }
  }

  private func finish<E: FloatElement>(
    _ result: inout Tensor, residual: Tensor?, _ type: E.Type
  ) {
    var y = result.mutableSpan(of: E.self)
    if let residual {
      let addend = residual.span(of: E.self)
      for i in 0..<y.count { y[i] += addend[i] }
    }
    guard let activation else { return }
    for i in 0..<y.count { y[i] = E(activation.apply(Float(y[i]))) }
  }
}

extension Tensor {
  /// A tensor `[N, M, …]` that begins as the channels' biases, or as zeros.
  init<E: FloatElement>(biases: Tensor?, _ shape: Shape, _ type: E.Type) throws {
    try self.init(E.elementType, shape)
    guard let biases else { return }
    let bias = biases.span(of: E.self)
    let count = shape.dimensions.dropFirst(2).reduce(1, *)
    let channels = shape[1]
    var y = mutableSpan(of: E.self)
    for i in 0..<y.count { y[i] = bias[i / count % channels] }
  }
}
