import OcelliGraph
import OcelliTensor

extension GridSample: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let grid = try Cast(to: x.type).cast(try inputs.required(1))
    if x.type == .float32 { return [try run(x, grid, try facts.shape(), Float.self)] }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try run(x, grid, try facts.shape(), type)]
  }

  private func run<E: FloatElement>(
    _ x: Tensor, _ grid: Tensor, _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    var result = try Tensor(x.type, shape)
    let input = x.span(of: E.self)
    let places = grid.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    let extents = Array(x.shape.dimensions.dropFirst(2))
    let (axes, channels) = (extents.count, x.shape[1])
    let plane = extents.reduce(1, *)
    let count = shape.dimensions.dropFirst(2).reduce(1, *)
    for n in 0..<shape[0] {
      for place in 0..<count {
        // The elements around the place, and what each counts: axis by axis, the product of weights.
        var taps: [(position: Int, weight: E)] = [(0, 1)]
        for axis in 0..<axes {
          let stated = places[(n * count + place) * axes + axes - 1 - axis]
          let line = self.taps(stated, extents[axis])
          taps = taps.flatMap { outer in
            line.map { (outer.position * extents[axis] + $0.position, outer.weight * $0.weight) }
          }
        }
        for c in 0..<channels {
          let source = (n * channels + c) * plane
          var total: E = 0
          for tap in taps { total += tap.weight * input[source + tap.position] }
          y[(n * channels + c) * count + place] = total
        }
      }
    }
    return result
  }

  /// The elements of one axis that count at a place of −1…1.
  private func taps<E: FloatElement>(_ stated: E, _ extent: Int) -> [(position: Int, weight: E)] {
    let size = E(extent)
    var place = alignCorners ? (stated + 1) / 2 * (size - 1) : ((stated + 1) * size - 1) / 2
    // Beyond what an index can hold nothing is told apart any more; NaN is outside.
    place = place.isNaN ? -0x1p30 : min(max(place, -0x1p30), 0x1p30)
    let base = place.rounded(.down)
    let t = place - base
    let weights: [E]
    var first = Int(base)
    switch mode {
    case .nearest:
      weights = [1]
      first = Int(folded(place, size).rounded(.toNearestOrEven))
    case .linear: weights = [1 - t, t]
    case .cubic:
      weights = [cubic(1 + t), cubic(t), cubic(1 - t), cubic(2 - t)]
      first -= 1
    }
    return weights.enumerated().compactMap { index, weight in
      position(first + index, extent).map { ($0, weight) }
    }
  }

  /// A place beyond the border where it is taken from instead.
  private func folded<E: FloatElement>(_ place: E, _ size: E) -> E {
    switch border {
    case .zeros: return place
    case .border: return min(max(place, 0), size - 1)
    case .reflection:
      let (low, span): (E, E) = alignCorners ? (0, size - 1) : (-0.5, size)
      guard span > 0 else { return 0 }
      let away = abs(place - low).truncatingRemainder(dividingBy: 2 * span)
      return min(max(low + (away > span ? 2 * span - away : away), 0), size - 1)
    }
  }

  private func position(_ index: Int, _ extent: Int) -> Int? {
    if 0..<extent ~= index { return index }
    switch border {
    case .zeros: return nil
    case .border: return min(max(index, 0), extent - 1)
    case .reflection:
      let period = alignCorners ? 2 * (extent - 1) : 2 * extent
      guard period > 0 else { return 0 }
      let place = ((index % period) + period) % period
      return place < extent ? place : period - place - (alignCorners ? 0 : 1)
    }
  }

  private func cubic<E: FloatElement>(_ x: E) -> E {
    let a: E = -0.75
    return x <= 1
      ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  }
}

extension AffineGrid: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let theta = try inputs.required(0)
    guard let type = theta.type.float else { throw unsupported(theta.type) }
    return [try run(theta, try facts.shape(), type)]
  }

  private func run<E: FloatElement>(
    _ theta: Tensor, _ shape: Shape, _ type: E.Type
  ) throws -> Tensor {
    let axes = shape.rank - 2
    let extents = Array(shape.dimensions.dropFirst().dropLast())
    let count = extents.reduce(1, *)
    var result = try Tensor(theta.type, shape)
    let map = theta.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    for i in 0..<shape[0] * count {
      let (n, place) = (i / max(count, 1), i % max(count, 1))
      // The last axis's coordinate is the first.
      var point: [E] = []
      var rest = place
      for extent in extents.reversed() {
        point.append(coordinate(rest % extent, extent))
        rest /= extent
      }
      for row in 0..<axes {
        let base = (n * axes + row) * (axes + 1)
        var total = map[base + axes]
        for k in 0..<axes { total += map[base + k] * point[k] }
        y[i * axes + row] = total
      }
    }
    return result
  }

  /// −1…1 from the first element to the last: their centres, or their outer edges.
  private func coordinate<E: FloatElement>(_ position: Int, _ extent: Int) -> E {
    if alignCorners { return extent > 1 ? E(2 * position) / E(extent - 1) - 1 : -1 }
    return E(2 * position + 1) / E(extent) - 1
  }
}
