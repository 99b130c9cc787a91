import OcelliGraph
import OcelliTensor

extension Resize: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    guard shape.count > 0 else { return [try Tensor(x.type, shape)] }
    let region = coordinates == .tfCropAndResize ? inputs.optional(3) : nil
    let bounds = try region.map { try regionBounds($0) }
    let scales = try scales(inputs, bounds)
    let axes = try resolvedAxes(rank: shape.rank)
    // Integers between elements are computed as floats.
    let isWhole = mode != .nearest && x.type.isInteger
    var result = isWhole ? try Cast(to: .float32).cast(x) : x
    var outside: [(axis: Int, positions: [Int])] = []
    for (index, axis) in axes.enumerated() {
      let line = ResizeLine(
        self, from: x.shape[axis], to: shape[axis], scale: scales[axis],
        begin: bounds?.begin[index] ?? 0, end: bounds?.end[index] ?? 1)
      guard !line.changesNothing else { continue }
      let beyond = line.places.indices.filter { line.isOutside(line.places[$0]) }
      if !beyond.isEmpty { outside.append((axis, beyond)) }
      result =
        mode == .nearest
        ? try result.taking(line.places.map(line.nearest), axis: axis)
        : try interpolated(result, line, axis: axis)
    }
    for (axis, positions) in outside { try extrapolate(&result, axis, positions) }
    return [isWhole ? try Cast(to: x.type).cast(result) : result]
  }

  private func scales(
    _ inputs: [Tensor?], _ bounds: (begin: [Float], end: [Float])?
  ) throws -> [Float] {
    let x = try inputs.required(0)
    if let sizes = inputs.optional(2) {
      return try geometry(x.shape, sizes: try sizes.integers("sizes")).scales
    }
    return try geometry(
      x.shape, scales: try inputs.required(1).array(of: Float.self),
      spans: try inputs.optional(3).flatMap { bounds == nil ? nil : try regionSpans($0) }
    ).scales
  }

  private func interpolated(_ x: Tensor, _ line: ResizeLine, axis: Int) throws -> Tensor {
    if x.type == .float32 { return try interpolated(x, line, axis, Float.self) }
    guard let type = x.type.float else { throw unsupported(x.type) }
    return try interpolated(x, line, axis, type)
  }

  private func interpolated<E: FloatElement>(
    _ x: Tensor, _ line: ResizeLine, _ axis: Int, _ type: E.Type
  ) throws -> Tensor {
    var dimensions = x.shape.dimensions
    let extent = dimensions[axis]
    let count = line.places.count
    dimensions[axis] = count
    var result = try Tensor(x.type, try Shape.checked(dimensions))
    let inner = dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = dimensions.prefix(axis).reduce(1, *)
    let input = x.span(of: E.self)
    var y = result.mutableSpan(of: E.self)
    for (position, place) in line.places.enumerated() {
      for tap in line.taps(place) {
        let weight = E(tap.weight)
        for row in 0..<outer {
          let from = (row * extent + tap.position) * inner
          let to = (row * count + position) * inner
          for i in 0..<inner { y[to + i] += weight * input[from + i] }
        }
      }
    }
    return result
  }

  private func extrapolate(_ x: inout Tensor, _ axis: Int, _ positions: [Int]) throws {
    var dimensions = x.shape.dimensions
    dimensions[axis] = 1
    let value = try Cast(to: x.type).cast(try Tensor(scalar: extrapolation))
    let slice = try value.expanded(to: Shape(dimensions))
    let strides = x.shape.strides
    for position in positions {
      x.write(slice, offset: position * strides[axis], strides: strides)
    }
  }
}

/// One axis of a change of size: where each result lies in the source, and what it is made of.
private struct ResizeLine {
  private let op: Resize
  private let extent: Int
  private let scale: Float
  /// Units: elements of the source.
  private(set) var places: [Float] = []
  let changesNothing: Bool

  init(_ op: Resize, from: Int, to: Int, scale: Float, begin: Float, end: Float) {
    self.op = op
    extent = from
    self.scale = scale
    changesNothing = from == to && scale == 1 && begin == 0 && end == 1
    places = (0..<to).map {
      op.place($0, from: from, to: to, scale: scale, begin: begin, end: end)
    }
  }

  func isOutside(_ place: Float) -> Bool {
    op.coordinates == .tfCropAndResize && !(place >= 0 && place <= Float(extent - 1))
  }

  func nearest(_ place: Float) -> Int { op.nearest(place, extent: extent) }

  /// The elements that a result is made of; beyond the border the last one counts, or none.
  func taps(_ place: Float) -> [(position: Int, weight: Float)] {
    // Far beyond the border all taps are the border's.
    let place = place.isNaN ? 0 : min(max(place, -0x1p24), 0x1p24)
    let base = place.rounded(.down)
    let reach: Float = op.mode == .linear ? 1 : 2
    let shrunk = op.antialias ? min(scale, 1) : 1
    let first = Int((-reach / shrunk).rounded(.down)) + 1
    let last = 1 - first
    var taps = (first...last).map { step in
      let distance = abs(Float(step) - (place - base)) * shrunk
      let weight = op.mode == .linear ? max(1 - distance, 0) : cubic(distance)
      return (position: Int(base) + step, weight: weight)
    }
    if op.excludesOutside { taps.removeAll { !(0..<extent ~= $0.position) } }
    if op.excludesOutside || op.antialias {
      let total = taps.reduce(0) { $0 + $1.weight }
      taps = taps.map { ($0.position, total == 0 ? 0 : $0.weight / total) }
    }
    return taps.map { (min(max($0.position, 0), extent - 1), $0.weight) }
  }

  private func cubic(_ x: Float) -> Float {
    let a = op.cubicCoefficient
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }
}
