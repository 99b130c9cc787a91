import OcelliGraph
import OcelliTensor

extension Convolution: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let w = try inputs.required(1)
    guard x.type == .float32 else { throw unsupported(x.type) }
    let shape = try facts.shape()
    let volume = try Volume(
      try window(input: x.shape, weights: w.shape), input: Array(x.shape.dimensions.dropFirst(2)))
    var result = try Tensor(.float32, shape)
    try start(&result, bias: inputs.optional(2), volume.outputCount)
    for n in 0..<shape[0] {
      for channel in 0..<shape[1] { accumulate(x, w, &result, volume, n, channel) }
    }
    try finish(&result, residual: inputs.optional(3))
    return [result]
  }

  private func start(_ result: inout Tensor, bias: Tensor?, _ count: Int) throws {
    guard let bias else { return }
    let addend = bias.span(of: Float.self)
    let channels = result.shape[1]
    var y = result.mutableSpan(of: Float.self)
    for i in 0..<y.count { y[i] = addend[i / count % channels] }
  }

  /// One output channel: every tap of every input channel is added row by row.
  private func accumulate(
    _ x: Tensor, _ w: Tensor, _ result: inout Tensor, _ v: Volume, _ n: Int, _ channel: Int
  ) {
    let depth = w.shape[1]
    let group = channel / (w.shape[0] / groups)
    let channels = result.shape[1]
    let input = x.span(of: Float.self)
    let weights = w.span(of: Float.self)
    var y = result.mutableSpan(of: Float.self)
    let base = (n * channels + channel) * v.outputCount
    for c in 0..<depth {
      let plane = (n * x.shape[1] + group * depth + c) * v.inputCount
      for tap in 0..<v.kernelCount {
        let weight = weights[(channel * depth + c) * v.kernelCount + tap]
        let (kz, ky, kx) = (
          tap / (v.kernel[1] * v.kernel[2]), tap / v.kernel[2] % v.kernel[1], tap % v.kernel[2]
        )
        let columns = v.outputs(2, tap: kx)
        let shift = kx * v.dilations[2] - v.pads[2]
        for z in v.outputs(0, tap: kz) {
          let depthRow = (v.begin(0, z) + kz * v.dilations[0]) * v.input[1]
          for row in v.outputs(1, tap: ky) {
            let source =
              plane + (depthRow + v.begin(1, row) + ky * v.dilations[1]) * v.input[2] + shift
            let target = base + (z * v.output[1] + row) * v.output[2]
            for i in columns { y[target + i] += weight * input[source + i * v.strides[2]] }
          }
        }
      }
    }
  }

  private func finish(_ result: inout Tensor, residual: Tensor?) throws {
    var y = result.mutableSpan(of: Float.self)
    if let residual {
      let addend = residual.span(of: Float.self)
      for i in 0..<y.count { y[i] += addend[i] }
    }
    guard let activation else { return }
    for i in 0..<y.count { y[i] = activation.apply(y[i]) }
  }
}
