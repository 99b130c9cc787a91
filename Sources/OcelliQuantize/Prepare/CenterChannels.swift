package import OcelliONNX
import OcelliTensor

extension ModelFile {
  /// Moves each channel between two convolutions so that zero is the middle of its range: the first
  /// one's bias gives the offset, the second one's takes it back. What the model computes stays the
  /// same, and the range that all channels share shrinks. Only between convolutions without a function
  /// between them, the second of which pads nothing: what it pads with would have to move as well.
  /// `ends`: of each channel of a value, as it was observed.
  /// Returns the ends of the values that moved. Errors: `.model`.
  /// Source: after Nagel et al. 2019, "Data-Free Quantization …", section 4.1.3, absorbed biases.
  package mutating func centerChannels(
    ends: [String: [ChannelEnds]]
  ) throws(QuantizeError) -> [String: [ChannelEnds]] {
    let index = try FileIndex(self)
    let layers = Layer.all(in: index)
    let byNode = Dictionary(uniqueKeysWithValues: layers.map { ($0.node, $0) })
    var biases: [String: [Float]] = [:]
    for bias in layers.compactMap(\.bias) where index.isOwn(bias) {
      biases[bias] = index.floats(bias)?.array(of: Float.self)
    }
    var moved: [String: [ChannelEnds]] = [:]
    for first in layers where first.kind == .convolution {
      let readers = index.closedReaders(of: first.output).map { byNode[$0] }
      guard let bias = first.bias, biases[bias] != nil, let ends = ends[first.output],
        ends.count == first.count, !readers.isEmpty
      else { continue }
      let offsets = ends.map { -$0.middle }
      var responses: [(bias: String, values: [Float])] = []
      for case .some(let second) in readers where second.input == first.output {
        guard let bias = second.bias, biases[bias] != nil,
          let weights = index.floats(second.weights), Self.padsNothing(index.nodes[second.node])
        else { continue }
        let rows = WeightRows(weights, axis: second.axis)
        guard let channels = InputChannels(second, rows, inputs: first.count) else { continue }
        responses.append((bias, channels.response(of: rows, to: offsets)))
      }
      guard responses.count == readers.count else { continue }
      for (channel, offset) in offsets.enumerated() { biases[bias]?[channel] += offset }
      for response in responses {
        for (channel, value) in response.values.enumerated() {
          biases[response.bias]?[channel] -= value
        }
      }
      moved[first.output] = zip(ends, offsets).map { $0.shifted(by: $1) }
    }
    guard !moved.isEmpty else { return [:] }
    do throws(TensorError) {
      for (name, bias) in biases { setConstant(name, to: try Tensor(bias, shape: [bias.count])) }
    } catch { throw .model("\(error)") }
    return moved
  }

  private static func padsNothing(_ node: FileNode) -> Bool {
    guard ["NOTSET", "VALID"].contains(node.string("auto_pad") ?? "NOTSET") else { return false }
    return (node.integers("pads") ?? []).allSatisfy { $0 == 0 }
  }
}
