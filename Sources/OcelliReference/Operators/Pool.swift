import OcelliGraph
import OcelliTensor

extension Pool: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let volume = try Volume(
      try window(input: x.shape), input: Array(x.shape.dimensions.dropFirst(2)))
    switch (kind, x.type) {
    case (.average, .float32): return [try average(x, shape, volume)]
    case (.max, .float32): return [try maximum(x, shape, volume, -Float.infinity)]
    case (.max, .int8): return [try maximum(x, shape, volume, Int8.min)]
    case (.max, .uint8): return [try maximum(x, shape, volume, UInt8.min)]
    default: throw unsupported(x.type)
    }
  }

  private func maximum<E: TensorElement & Comparable>(
    _ x: Tensor, _ shape: Shape, _ v: Volume, _ lowest: E
  ) throws -> Tensor {
    var result = try Tensor(x.type, shape)
    let input = x.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    for i in 0..<y.count {
      let window = Taps(i, v)
      var highest = lowest
      for z in window.z {
        for row in window.y {
          for column in window.x {
            let element = input[window.place(z, row, column, v)]
            // NaN wins: it compares false with everything.
            if !(element <= highest) { highest = element }
          }
        }
      }
      y[i] = highest
    }
    return result
  }

  private func average(_ x: Tensor, _ shape: Shape, _ v: Volume) throws -> Tensor {
    var result = try Tensor(x.type, shape)
    let input = x.span(of: Float.self)
    var y = result.mutableSpan(of: Float.self)
    for i in 0..<y.count {
      let window = Taps(i, v)
      var total: Float = 0
      for z in window.z {
        for row in window.y {
          for column in window.x { total += input[window.place(z, row, column, v)] }
        }
      }
      let seen = window.z.count * window.y.count * window.x.count
      total /= Float(countIncludePad ? window.padded : Swift.max(seen, 1))
      y[i] = total
    }
    return result
  }
}

/// The taps of one output element.
private struct Taps {
  let z: Swift.Range<Int>
  let y: Swift.Range<Int>
  let x: Swift.Range<Int>
  let padded: Int
  private let begin: (Int, Int, Int)
  private let plane: Int

  init(_ element: Int, _ v: Volume) {
    plane = element / v.outputCount * v.inputCount
    let place = element % v.outputCount
    let (pz, py, px) = (
      place / (v.output[1] * v.output[2]), place / v.output[2] % v.output[1], place % v.output[2]
    )
    z = v.taps(0, pz)
    y = v.taps(1, py)
    x = v.taps(2, px)
    padded = v.paddedTaps(0, pz) * v.paddedTaps(1, py) * v.paddedTaps(2, px)
    begin = (v.begin(0, pz), v.begin(1, py), v.begin(2, px))
  }

  func place(_ tz: Int, _ ty: Int, _ tx: Int, _ v: Volume) -> Int {
    let row = (begin.0 + tz * v.dilations[0]) * v.input[1] + begin.1 + ty * v.dilations[1]
    return plane + row * v.input[2] + begin.2 + tx * v.dilations[2]
  }
}
