import OcelliGraph
import OcelliTensor

extension OneHot: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let indices = try inputs.required(0)
    let shape = try facts.shape()
    let axis = try normalizedAxis(axis, rank: shape.rank)
    let depth = shape[axis]
    let list = try Cast(to: .int64).cast(indices).array(of: Int64.self).map { index in
      // Out of range is nowhere.
      index < 0 ? Int(index) + depth : Int(index)
    }
    let inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let places = (0..<shape.count).map { place in
      let outer = place / (depth * inner)
      return list[outer * inner + place % inner] == place / inner % depth ? 1 : 0
    }
    return [try inputs.required(2).taking(places, axis: 0).reshaped(shape)]
  }
}

extension EyeLike: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let shape = try facts.shape()
    let values = try Cast(to: facts[0].type).cast(try Tensor([0, 1] as [Float], shape: [2]))
    let places = (0..<shape.count).map { $0 % shape[1] - $0 / shape[1] == diagonal ? 1 : 0 }
    return [try values.taking(places, axis: 0).reshaped(shape)]
  }
}

extension Trilu: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let diagonal = try inputs.optional(1)?.indices("k").first ?? 0
    let (rows, columns) = (x.shape[x.shape.rank - 2], x.shape[x.shape.rank - 1])
    let places = (0..<x.count).map { place in
      let distance = place % columns - place / columns % rows
      return (isUpper ? distance >= diagonal : distance <= diagonal) ? place : x.count
    }
    return [try x.picking(places, or: Tensor(x.type, [1]), x.shape)]
  }
}

extension CenterCropPad: AnyTypeOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let common = Shape(zip(x.shape.dimensions, shape.dimensions).map { Swift.min($0, $1) })
    var result = try Tensor(x.type, shape)
    func offset(_ whole: Shape) -> Int {
      whole.strides.indices.reduce(0) { $0 + (whole[$1] - common[$1]) / 2 * whole.strides[$1] }
    }
    let part = try x.strided(common, offset: offset(x.shape), strides: x.shape.strides)
    result.write(part, offset: offset(shape), strides: shape.strides)
    return [result]
  }
}

extension Determinant: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    let size = x.shape[x.shape.rank - 1]
    let elements = try Cast(to: .float64).cast(x).array(of: Double.self)
    let area = size * size
    let results = (0..<shape.count).map { matrix in
      Self.determinant(Array(elements[matrix * area..<(matrix + 1) * area]), size)
    }
    return [try Cast(to: x.type).cast(try Tensor(results, shape: shape))]
  }

  /// By elimination, the largest pivot first.
  private static func determinant(_ elements: [Double], _ size: Int) -> Double {
    var a = elements
    var result = 1.0
    for column in 0..<size {
      let rows = column..<size
      guard
        let pivot = rows.max(by: { abs(a[$0 * size + column]) < abs(a[$1 * size + column]) }),
        a[pivot * size + column] != 0
      else { return 0 }
      if pivot != column {
        for k in 0..<size { a.swapAt(pivot * size + k, column * size + k) }
        result = -result
      }
      result *= a[column * size + column]
      for row in rows.dropFirst() {
        let factor = a[row * size + column] / a[column * size + column]
        for k in column..<size { a[row * size + k] -= factor * a[column * size + k] }
      }
    }
    return result
  }
}
