import OcelliGraph
import OcelliTensor

extension MatMulInteger: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let a = try inputs.required(0)
    let b = try inputs.required(1)
    let aZero = inputs.optional(2)
    let bZero = inputs.optional(3)
    let left = try CentredElements(
      a, zero: aZero,
      strides: aZero.map { Self.byRows($0.shape, a.shape).strides(broadcastTo: a.shape) } ?? [])
    let right = try CentredElements(
      b, zero: bZero, strides: bZero?.shape.strides(broadcastTo: b.shape) ?? [])
    let product = try MatrixProduct(a.shape, b.shape)
    var whole = WholeNumberProduct(
      rows: product.rows, columns: product.columns, largest: left.largest * right.largest)
    var result = try Tensor(.int32, try facts.shape())
    let (x, y) = (left.elements.span, right.elements.span)
    var z = result.mutableSpan(of: Int32.self)
    var walk = product.walk
    while walk.next() {
      whole.multiply(
        x, from: walk.offsets[0], y, from: walk.offsets[1], depth: product.depth)
      let base = walk.start * whole.totals.count
      for i in whole.totals.indices { z[base + i] = whole.totals[i] }
    }
    return [result]
  }
}

extension ConvolutionInteger: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let w = try inputs.required(1)
    let shape = try facts.shape()
    let volume = try Volume(
      try convolution.window(input: x.shape, weights: w.shape),
      input: Array(x.shape.dimensions.dropFirst(2)))
    var result = try Tensor(.int32, shape)
    guard shape.count > 0 else { return [result] }
    let input = try CentredElements(x, zero: inputs.optional(2), strides: flat(x.shape))
    let zeros = inputs.optional(3)
    var strides = flat(w.shape)
    if let zeros, zeros.count > 1 { strides[0] = 1 }
    let weights = try CentredElements(w, zero: zeros, strides: strides)
    let bias = inputs.optional(4)?.array(of: Int32.self)
    let columns = TapColumns(volume, channels: w.shape[1])
    let own = shape[1] / groups
    var y = result.mutableSpan(of: Int32.self)
    for band in columns.bands {
      var product = WholeNumberProduct(
        rows: own, columns: band.count * volume.output[2],
        largest: input.largest * weights.largest)
      var matrix = [Float](repeating: 0, count: columns.depth * product.columns)
      for n in 0..<shape[0] {
        for group in 0..<groups {
          let first = (n * x.shape[1] + group * w.shape[1]) * volume.inputCount
          columns.gather(input.elements, from: first, band, into: &matrix)
          product.multiply(
            weights.elements.span, from: group * own * columns.depth,
            matrix.span, from: 0, depth: columns.depth)
          for m in 0..<own {
            let channel = group * own + m
            let target = (n * shape[1] + channel) * volume.outputCount
            let start = target + band.lowerBound * volume.output[2]
            let addend = bias?[channel] ?? 0
            for i in 0..<product.columns {
              y[start + i] = product.totals[m * product.columns + i] &+ addend
            }
          }
        }
      }
    }
    return [result]
  }

  /// Strides that see one element everywhere.
  private func flat(_ shape: Shape) -> [Int] { [Int](repeating: 0, count: shape.rank) }
}

/// The taps of a convolution as a matrix: a row for each channel and tap, a column for each output.
struct TapColumns {
  private let volume: Volume
  private let channels: Int
  let depth: Int

  init(_ volume: Volume, channels: Int) {
    self.volume = volume
    self.channels = channels
    depth = channels * volume.kernelCount
  }

  /// Rows of the output, as many at a time as keep the matrix small.
  var bands: [Swift.Range<Int>] {
    let rows = volume.output[0] * volume.output[1]
    let height = max((1 << 20) / max(depth * volume.output[2], 1), 1)
    return stride(from: 0, to: rows, by: height).map { $0..<min($0 + height, rows) }
  }

  /// Fills the matrix for the outputs of a band of rows; what lies in the padding is 0.
  func gather(
    _ source: [Float], from first: Int, _ band: Swift.Range<Int>, into matrix: inout [Float]
  ) {
    let v = volume
    let width = v.output[2]
    let columns = band.count * width
    for i in matrix.indices { matrix[i] = 0 }
    for row in 0..<depth {
      let (channel, tap) = (row / v.kernelCount, row % v.kernelCount)
      let (kz, ky, kx) = (
        tap / (v.kernel[1] * v.kernel[2]), tap / v.kernel[2] % v.kernel[1], tap % v.kernel[2]
      )
      let seen = v.outputs(2, tap: kx)
      let shift = kx * v.dilations[2] - v.pads[2]
      let (depths, heights) = (v.outputs(0, tap: kz), v.outputs(1, tap: ky))
      for line in band {
        let (z, y) = (line / v.output[1], line % v.output[1])
        guard depths.contains(z), heights.contains(y) else { continue }
        let from =
          first + channel * v.inputCount
          + ((v.begin(0, z) + kz * v.dilations[0]) * v.input[1] + v.begin(1, y)
            + ky * v.dilations[1]) * v.input[2] + shift
        let to = row * columns + (line - band.lowerBound) * width
        for i in seen { matrix[to + i] = source[from + i * v.strides[2]] }
      }
    }
  }
}

extension Requantize: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let zero = try inputs.required(2)
    switch zero.type {
    case .uint8: return [try rounded(inputs, zero, UInt8.self)]
    case .int8: return [try rounded(inputs, zero, Int8.self)]
    default: throw unsupported(zero.type)
    }
  }

  private func rounded<E: IntegerElement>(
    _ inputs: [Tensor?], _ zero: Tensor, _ type: E.Type
  ) throws -> Tensor {
    let x = try inputs.required(0)
    let multiplier = try inputs.required(1)
    var result = try Tensor(E.elementType, x.shape)
    let source = x.span(of: Int32.self)
    let factors = multiplier.span(of: Float.self)
    let shift = Float(zero.array(of: E.self)[0])
    let (low, high) = (Float(E.min), Float(E.max))
    var target = result.mutableSpan(of: E.self)
    var rows = StridedRows(x.shape, strides: [multiplier.shape.strides(broadcastTo: x.shape)])
    while rows.next() {
      for i in 0..<rows.length {
        let factor = factors[rows.offsets[0] + i * rows.steps[0]]
        let value = (Float(source[rows.start + i]) * factor).rounded(.toNearestOrEven) + shift
        target[rows.start + i] = E(value >= low ? min(value, high) : low)
      }
    }
    return result
  }
}
