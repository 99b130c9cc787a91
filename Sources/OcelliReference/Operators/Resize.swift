import OcelliGraph
import OcelliTensor

extension Resize: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    guard shape.count > 0 else { return [try Tensor(x.type, shape)] }
    let given = inputs.optional(2) == nil ? inputs.optional(1)?.array(of: Float.self) : nil
    var result = x
    for axis in 0..<shape.rank {
      let scale = given?[axis] ?? Float(shape[axis]) / Float(x.shape[axis])
      guard shape[axis] != x.shape[axis] || scale != 1 else { continue }
      let source = (0..<shape[axis]).map {
        place($0, scale: scale, from: x.shape[axis], to: shape[axis])
      }
      switch mode {
      case .nearest:
        let last = Float(x.shape[axis] - 1)
        let positions = source.map { Int(min(max(rounded($0), 0), last)) }
        result = try result.taking(positions, axis: axis)
      case .linear, .cubic: result = try interpolated(result, source, axis: axis)
      }
    }
    return [result]
  }

  /// Where an element of the result lies in the source, in elements.
  private func place(_ position: Int, scale: Float, from: Int, to: Int) -> Float {
    let x = Float(position)
    switch coordinates {
    case .asymmetric: return x / scale
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return to > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .alignCorners: return to > 1 ? x * Float(from - 1) / Float(to - 1) : 0
    }
  }

  private func rounded(_ x: Float) -> Float {
    switch rounding {
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .roundPreferFloor: (x - 0.5).rounded(.up)
    case .roundPreferCeil: (x + 0.5).rounded(.down)
    }
  }

  /// Weights of the taps around a place; beyond the border the last element counts.
  private func taps(_ place: Float, _ extent: Int) -> [(position: Int, weight: Float)] {
    let base = place.rounded(.down)
    let t = place - base
    let weights: [Float]
    let first: Int
    if mode == .linear {
      weights = [1 - t, t]
      first = Int(base)
    } else {
      weights = [cubic(1 + t), cubic(t), cubic(1 - t), cubic(2 - t)]
      first = Int(base) - 1
    }
    return weights.enumerated().map { (min(max(first + $0, 0), extent - 1), $1) }
  }

  /// The cubic kernel with a = −0.75.
  private func cubic(_ distance: Float) -> Float {
    let a: Float = -0.75
    return distance <= 1
      ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
      : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
  }

  private func interpolated(_ x: Tensor, _ source: [Float], axis: Int) throws -> Tensor {
    guard x.type == .float32 else { throw unsupported(x.type) }
    var dimensions = x.shape.dimensions
    let extent = dimensions[axis]
    dimensions[axis] = source.count
    var result = try Tensor(.float32, try Shape.checked(dimensions))
    let inner = dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = dimensions.prefix(axis).reduce(1, *)
    let input = x.span(of: Float.self)
    var y = result.mutableSpan(of: Float.self)
    for (position, place) in source.enumerated() {
      for tap in taps(place, extent) {
        for row in 0..<outer {
          let from = (row * extent + tap.position) * inner
          let to = (row * source.count + position) * inner
          for i in 0..<inner { y[to + i] += tap.weight * input[from + i] }
        }
      }
    }
    return result
  }
}
