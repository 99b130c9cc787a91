import OcelliTensor

/// How the input channels of a convolution stand in its weights.
struct InputChannels {
  private let inputs: Int
  private let perGroup: Int
  private let kernel: Int
  private let rowsPerGroup: Int

  /// nil where the layer is no convolution, or its weights do not fit so many inputs.
  init?(_ layer: Layer, _ rows: WeightRows, inputs: Int) {
    guard layer.kind == .convolution, rows.shape.rank >= 3, rows.shape[1] > 0,
      layer.groups * rows.shape[1] == inputs, layer.count % layer.groups == 0
    else { return nil }
    self.inputs = inputs
    perGroup = rows.shape[1]
    kernel = rows.length / perGroup
    rowsPerGroup = layer.count / layer.groups
  }

  func scale(_ channel: Int, of rows: inout WeightRows, by factor: Float) {
    let group = channel / perGroup
    for row in group * rowsPerGroup..<(group + 1) * rowsPerGroup {
      for k in channel % perGroup * kernel..<(channel % perGroup + 1) * kernel {
        rows.elements[rows.place(row, k)] *= factor
      }
    }
  }

  /// What each output channel gains where every input channel grows by its offset.
  func response(of rows: WeightRows, to offsets: [Float]) -> [Float] {
    (0..<rows.count).map { row in
      let first = row / rowsPerGroup * perGroup
      return (0..<rows.length).reduce(0) { sum, k in
        sum + rows.elements[rows.place(row, k)] * offsets[first + k / kernel]
      }
    }
  }
}
