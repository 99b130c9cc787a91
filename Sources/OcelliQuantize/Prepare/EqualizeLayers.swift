package import OcelliONNX
import OcelliTensor

extension ModelFile {
  /// Cross-layer equalisation: channels between two layers are scaled so that they use the range that
  /// they share, and the second layer's weights take it back. What the model computes stays the same.
  /// `peaks`: the largest magnitude of each channel of a value, as it was observed.
  /// Returns how many pairs of layers. Errors: `.model`.
  /// Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction";
  /// the ranges of activations are measured, as in Xiao et al. 2023, "SmoothQuant".
  package mutating func equalizeLayers(peaks: [String: [Float]]) throws(QuantizeError) -> Int {
    var pairs = 0
    let index = try FileIndex(self)
    let layers = Layer.all(in: index)
    let byNode = Dictionary(uniqueKeysWithValues: layers.map { ($0.node, $0) })
    var rows: [String: WeightRows] = [:]
    var biases: [String: [Float]] = [:]
    for layer in layers {
      guard let tensor = index.floats(layer.weights) else { continue }
      rows[layer.weights] = WeightRows(tensor, axis: layer.axis)
      if let bias = layer.bias { biases[bias] = index.floats(bias)?.array(of: Float.self) }
    }
    for first in layers where first.kind == .convolution && index.isOwn(first.weights) {
      guard first.bias.map(index.isOwn) ?? true,
        let (between, reader) = Self.homogeneous(behind: first.output, index),
        let second = byNode[reader], second.kind == .convolution, second.input == between,
        index.isOwn(second.weights), let peaks = peaks[between], peaks.count == first.count,
        var front = rows[first.weights], var back = rows[second.weights],
        let channels = InputChannels(second, back, inputs: first.count)
      else { continue }
      let factors = Self.factors(peaks, channels.peaks(of: back), free: channels.isDepthwise)
      for (channel, factor) in factors.enumerated() {
        front.scale(row: channel, by: factor)
        if let bias = first.bias { biases[bias]?[channel] *= factor }
        channels.scale(channel, of: &back, by: 1 / factor)
      }
      rows[first.weights] = front
      rows[second.weights] = back
      pairs += 1
    }
    guard pairs > 0 else { return 0 }
    do throws(TensorError) {
      for (name, rows) in rows {
        setConstant(name, to: try Tensor(rows.elements, shape: rows.shape))
      }
      for (name, bias) in biases { setConstant(name, to: try Tensor(bias, shape: [bias.count])) }
    } catch { throw .model("\(error)") }
    return pairs
  }

  /// What the only reader of a value reads, behind an activation through which positive factors pass.
  private static func homogeneous(
    behind output: String, _ index: FileIndex
  ) -> (value: String, reader: Int)? {
    guard let reader = index.onlyReader(of: output) else { return nil }
    let node = index.nodes[reader]
    guard ["Relu", "LeakyRelu"].contains(node.type), let made = node.outputs.first else {
      return (output, reader)
    }
    return index.onlyReader(of: made).map { (made, $0) }
  }

  /// Multipliers of the channels, the largest peak unchanged. `free`: the second layer has scales of its
  /// own for every channel, so nothing speaks against using the whole range.
  private static func factors(_ peaks: [Float], _ weights: [Float], free: Bool) -> [Float] {
    let largest = peaks.max() ?? 0
    guard largest > 0 else { return peaks.map { _ in 1 } }
    let wanted: [Float] = zip(peaks, weights).map { peak, weight in
      // A channel that is never used is left alone.
      guard peak > largest * 1e-4, weight > 0 else { return 1 }
      return free ? largest / peak : (weight / peak).squareRoot()
    }
    let reached = zip(peaks, wanted).map { $0 * $1 }.max() ?? largest
    let unit = largest / reached
    // Beyond this the weights' own accuracy suffers.
    return wanted.map { min(max($0 * unit, 1.0 / 32), 32) }
  }
}

/// How the input channels of a convolution stand in its weights.
private struct InputChannels {
  let isDepthwise: Bool
  private let inputs: Int
  private let perGroup: Int
  private let kernel: Int
  private let rowsPerGroup: Int

  /// nil where the weights do not fit so many inputs.
  init?(_ layer: Layer, _ rows: WeightRows, inputs: Int) {
    guard rows.shape.rank >= 3, rows.shape[1] > 0, layer.groups * rows.shape[1] == inputs,
      layer.count % layer.groups == 0
    else { return nil }
    self.inputs = inputs
    perGroup = rows.shape[1]
    kernel = rows.length / perGroup
    rowsPerGroup = layer.count / layer.groups
    isDepthwise = perGroup == 1
  }

  /// Where the weights of an input channel stand.
  private func places(_ channel: Int, in rows: WeightRows) -> [Int] {
    let group = channel / perGroup
    let columns = channel % perGroup * kernel..<(channel % perGroup + 1) * kernel
    return (group * rowsPerGroup..<(group + 1) * rowsPerGroup).flatMap { row in
      columns.map { rows.place(row, $0) }
    }
  }

  func peaks(of rows: WeightRows) -> [Float] {
    (0..<inputs).map { channel in
      places(channel, in: rows).reduce(0) { max($0, abs(rows.elements[$1])) }
    }
  }

  func scale(_ channel: Int, of rows: inout WeightRows, by factor: Float) {
    for place in places(channel, in: rows) { rows.elements[place] *= factor }
  }
}
