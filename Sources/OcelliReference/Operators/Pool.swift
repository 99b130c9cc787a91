import OcelliGraph
import OcelliTensor

extension Pool: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let volume = try Volume(
      try window(input: x.shape), input: Array(x.shape.dimensions.dropFirst(2)))
    if kind == .max {
      if x.type == .float32 { return try maximum(x, shape, volume, Float.self) }
      guard let type = x.type.number else { throw unsupported(x.type) }
      return try maximum(x, shape, volume, type)
    }
    if x.type == .float32 { return [try mean(x, shape, volume, Float.self)] }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try mean(x, shape, volume, type)]
  }

  /// The largest elements and where they stand in the whole input; NaN is the largest.
  private func maximum<E: NumberElement>(
    _ x: Tensor, _ shape: Shape, _ v: Volume, _ type: E.Type
  ) throws -> [Tensor] {
    var result = try Tensor(x.type, shape)
    var places = try Tensor(.int64, shape)
    let input = x.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    var taken = places.mutableSpan(of: Int64.self)
    for i in 0..<y.count {
      let window = Taps(i, v)
      var highest = E.lowest
      var place = 0
      var isFirst = true
      for z in window.z {
        for row in window.y {
          for column in window.x {
            let at = window.place(z, row, column, v)
            let element = input[at]
            guard isFirst || !highest.isNaN && !(element <= highest) else { continue }
            highest = element
            place = countsColumnMajor ? window.columnMajorPlace(z, row, column, v) : at
            isFirst = false
          }
        }
      }
      y[i] = highest
      taken[i] = Int64(place)
    }
    return [result, places]
  }

  /// The mean, or the norm.
  private func mean<E: FloatElement>(
    _ x: Tensor, _ shape: Shape, _ v: Volume, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(x.type, shape)
    let input = x.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    for i in 0..<y.count {
      let window = Taps(i, v)
      var total: E = 0
      for z in window.z {
        for row in window.y {
          for column in window.x {
            let element = input[window.place(z, row, column, v)]
            total += kind == .average ? element : powered(element)
          }
        }
      }
      let seen = window.z.count * window.y.count * window.x.count
      y[i] =
        kind == .average
        ? total / E(countIncludePad ? window.padded : Swift.max(seen, 1)) : root(total)
    }
    return result
  }

  private func powered<E: FloatElement>(_ x: E) -> E {
    exponent == 2 ? x * x : exponent == 1 ? abs(x) : E.pow(abs(x), E(exponent))
  }

  private func root<E: FloatElement>(_ x: E) -> E {
    exponent == 2 ? x.squareRoot() : exponent == 1 ? x : E.pow(x, 1 / E(exponent))
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

  /// As `place`, but the first spatial axis runs fastest.
  func columnMajorPlace(_ tz: Int, _ ty: Int, _ tx: Int, _ v: Volume) -> Int {
    let column = (begin.2 + tx * v.dilations[2]) * v.input[1] + begin.1 + ty * v.dilations[1]
    return plane + column * v.input[0] + begin.0 + tz * v.dilations[0]
  }
}
