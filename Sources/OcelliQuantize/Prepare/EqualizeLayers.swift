package import OcelliONNX
import OcelliTensor

extension ModelFile {
  /// Cross-layer equalisation: channels between a convolution and those that read it are scaled so that
  /// they use more of the range that they share, and the readers' weights take it back. What the model
  /// computes stays the same.
  /// `peaks`: the largest magnitude of each channel of a value, as it was observed.
  /// Returns how many convolutions were scaled. Errors: `.model`.
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
      guard first.bias.map(index.isOwn) ?? true, var front = rows[first.weights],
        let readers = Self.readers(behind: first.output, index, byNode), !readers.isEmpty
      else { continue }
      let channels = readers.compactMap { reader in
        rows[reader.weights].flatMap { InputChannels(reader, $0, inputs: first.count) }
      }
      let seen = readers.compactMap { peaks[$0.input] }.filter { $0.count == first.count }
      guard channels.count == readers.count, seen.count == readers.count else { continue }
      let shared = (0..<first.count).map { channel in seen.map { $0[channel] }.max() ?? 0 }
      for (channel, factor) in Self.factors(shared).enumerated() {
        front.scale(row: channel, by: factor)
        if let bias = first.bias { biases[bias]?[channel] *= factor }
        for (reader, places) in zip(readers, channels) {
          guard var back = rows.removeValue(forKey: reader.weights) else { continue }
          places.scale(channel, of: &back, by: 1 / factor)
          rows[reader.weights] = back
        }
      }
      rows[first.weights] = front
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

  /// The convolutions at the ends of all ways from a value on which positive factors pass; nil where
  /// something else is at an end. Each has weights of its own.
  private static func readers(
    behind output: String, _ index: FileIndex, _ layers: [Int: Layer]
  ) -> [Layer]? {
    var open = [output]
    var ends: [Int: Layer] = [:]
    while let value = open.popLast() {
      let readers = index.closedReaders(of: value)
      if readers.isEmpty { return nil }
      for reader in readers {
        let node = index.nodes[reader]
        if ["LeakyRelu", "MaxPool", "Relu"].contains(node.type), node.outputs.count == 1 {
          open.append(node.outputs[0])
        } else if let layer = layers[reader], layer.kind == .convolution, layer.input == value,
          index.isOwn(layer.weights), ends[reader] == nil
        {
          ends[reader] = layer
        } else {
          return nil
        }
      }
    }
    return ends.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Multipliers of the channels, the largest peak unchanged. Half of the way to one peak for all, by
  /// logarithms: a channel that is scaled the whole way has no room left for what the calibration
  /// pictures did not show.
  private static func factors(_ peaks: [Float]) -> [Float] {
    let largest = peaks.max() ?? 0
    // A channel that is never used is left alone.
    return peaks.map { $0 > largest * 1e-4 ? min((largest / $0).squareRoot(), 32) : 1 }
  }
}
