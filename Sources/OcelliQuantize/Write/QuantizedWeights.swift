import OcelliTensor

/// Weights of one layer as signed bytes, symmetric, with a scale for each output channel.
struct QuantizedWeights {
  private(set) var elements: [Int8]
  private(set) var scales: [Float]

  /// The largest magnitude need not be the best end of the range: so much of it is tried.
  private static let shares: [Float] = [1, 0.96, 0.92, 0.88, 0.84, 0.8]
  /// Sums are of 32 bits; a bias may take a part of them. Units: steps.
  static let biasLimit: Float = 0x1p28

  /// `step`: of the layer's input. `bias`: empty for none.
  init(_ rows: WeightRows, step: Float, bias: [Float]) {
    elements = [Int8](repeating: 0, count: rows.elements.count)
    scales = []
    for row in 0..<rows.count {
      let values = rows.row(row)
      var scale = Self.scale(values)
      if !bias.isEmpty {
        // A channel that is all bias needs steps in which that can be said.
        scale = max(scale, abs(bias[row]) / (step * Self.biasLimit))
      }
      scales.append(scale)
      for (k, value) in values.enumerated() {
        elements[rows.place(row, k)] = Int8(Self.code(value, scale))
      }
    }
  }

  private static func code(_ value: Float, _ scale: Float) -> Float {
    min(max((value / scale).rounded(.toNearestOrEven), -127), 127)
  }

  private static func scale(_ values: [Float]) -> Float {
    let peak = values.reduce(0) { max($0, abs($1)) }
    // Weights that are all zero, or next to it.
    guard peak > 1e-20, peak.isFinite else { return 1 }
    var best = peak / 127
    var least = Float.infinity
    for share in shares {
      let scale = peak * share / 127
      let error = values.reduce(Float(0)) { sum, value in
        let difference = code(value, scale) * scale - value
        return sum + difference * difference
      }
      if error < least { (best, least) = (scale, error) }
    }
    return best
  }

  /// By how much rounding of the weights moves each output channel on average, where the inputs have
  /// these means. Source: Nagel et al. 2019, section 4.2.
  func drift(from rows: WeightRows, layer: Layer, means: [Float]) -> [Float] {
    var kernel = 1
    var perGroup = rows.length
    if layer.kind == .convolution {
      perGroup = rows.shape[1]
      kernel = rows.length / max(perGroup, 1)
    }
    guard perGroup * layer.groups == means.count, layer.kind != .matrixProduct else { return [] }
    let rowsPerGroup = max(rows.count / layer.groups, 1)
    return (0..<rows.count).map { row in
      let first = row / rowsPerGroup * perGroup
      var sum: Float = 0
      for k in 0..<rows.length {
        let place = rows.place(row, k)
        let error = Float(elements[place]) * scales[row] - rows.elements[place]
        sum += error * means[first + k / kernel]
      }
      return sum
    }
  }
}
