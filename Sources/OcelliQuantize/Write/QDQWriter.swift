import OcelliONNX
import OcelliTensor

/// Writes a model of floats as a quantised one: `QuantizeLinear` and `DequantizeLinear` around what runs
/// on bytes. Everything else of the file stays.
struct QDQWriter {
  private var file: ModelFile
  private let region: QuantizedRegion
  private let calibration: Calibration
  private let ranges: SharedRanges
  private let corrects: Bool
  private var nodes: [FileNode] = []
  /// The dequantised form of values, by their own names.
  private var forms: [String: String] = [:]

  /// `corrects`: biases take back what rounding of weights moves on average.
  init(
    _ file: ModelFile, region: QuantizedRegion, calibration: Calibration, calibrator: Calibrator,
    corrects: Bool
  ) {
    self.file = file
    self.region = region
    self.calibration = calibration
    self.corrects = corrects
    ranges = SharedRanges(
      calibration.ranges(calibrator), region: region, fixed: calibration.input?.name)
  }

  /// The file. Errors: `.model`.
  func written() throws(QuantizeError) -> ModelFile {
    var writer = self
    do { try writer.write() } catch let error as QuantizeError { throw error } catch {
      throw .model("\(error)")
    }
    return writer.file
  }

  private mutating func write() throws {
    let known = Set(calibration.histograms.keys).union(calibration.input.map { [$0.name] } ?? [])
    let values = Set(region.quantizedValues(inputs: file.inputs, known: known))
    for input in file.inputs where values.contains(input) { try addPair(input) }
    let layers = Dictionary(uniqueKeysWithValues: region.layers.map { ($0.node, $0) })
    for (index, original) in region.file.nodes.enumerated() {
      var node = original
      if let layer = layers[index], let input = ranges[layer.input] {
        try quantize(layer, of: &node, step: input.scale)
      }
      node.inputs = node.inputs.map { name in
        guard let form = forms[name] else { return name }
        return region.readsBytes(index, name) ? form : name
      }
      nodes.append(node)
      for output in node.outputs where values.contains(output) { try addPair(output) }
    }
    file.nodes = nodes
    file.removeUnreadConstants()
  }

  // MARK: Values

  private mutating func addPair(_ name: String) throws {
    guard let range = ranges[name] else { return }
    let quantized = file.freshName("\(name)_QuantizeLinear_Output")
    let dequantized = file.freshName("\(name)_DequantizeLinear_Output")
    let scale = try add("\(name)_scale", Tensor(scalar: range.scale))
    let zero = try add("\(name)_zero_point", Tensor(scalar: range.zero))
    nodes.append(
      FileNode(
        "QuantizeLinear", name: "\(name)_QuantizeLinear", inputs: [name, scale, zero],
        outputs: [quantized]))
    nodes.append(
      FileNode(
        "DequantizeLinear", name: "\(name)_DequantizeLinear", inputs: [quantized, scale, zero],
        outputs: [dequantized]))
    forms[name] = dequantized
  }

  private mutating func add(_ name: String, _ tensor: Tensor) -> String {
    let name = file.freshName(name)
    file.setConstant(name, to: tensor)
    return name
  }

  private mutating func dequantize(_ name: String, _ inputs: [String], axis: Int) -> String {
    let output = file.freshName("\(name)_DequantizeLinear_Output")
    var node = FileNode(
      "DequantizeLinear", name: "\(name)_DequantizeLinear", inputs: inputs, outputs: [output])
    node.set("axis", to: axis)
    nodes.append(node)
    return output
  }

  // MARK: Layers

  private mutating func quantize(_ layer: Layer, of node: inout FileNode, step: Float) throws {
    guard let tensor = region.file.floats(layer.weights) else { return }
    let rows = WeightRows(tensor, axis: layer.axis)
    var bias = layer.bias.flatMap { region.file.floats($0)?.array(of: Float.self) } ?? []
    let weights = QuantizedWeights(rows, step: step, bias: bias)
    if corrects, let means = calibration.statistics[layer.input]?.means {
      let drift = weights.drift(from: rows, layer: layer, means: means)
      if !drift.isEmpty {
        if bias.isEmpty { bias = [Float](repeating: 0, count: layer.count) }
        for channel in bias.indices { bias[channel] -= drift[channel] }
      }
    }
    let quantized = try add(
      "\(layer.weights)_quantized", Tensor(weights.elements, shape: rows.shape))
    let scale = try add("\(layer.weights)_scale", Tensor(weights.scales, shape: [layer.count]))
    let zero = try add(
      "\(layer.weights)_zero_point",
      Tensor([Int8](repeating: 0, count: layer.count), shape: [layer.count]))
    node.inputs[1] = dequantize(layer.weights, [quantized, scale, zero], axis: layer.axis)
    guard !bias.isEmpty else { return }
    let steps = weights.scales.map { $0 * step }
    let codes = zip(bias, steps).map { value, step in
      let code = (value / step).rounded(.toNearestOrEven)
      return code.isFinite ? Int32(min(max(code, -0x1p30), 0x1p30)) : 0
    }
    let name = layer.bias ?? "\(layer.weights)_bias"
    let shape: Shape = [layer.count]
    let inputs = [
      try add("\(name)_quantized", Tensor(codes, shape: shape)),
      try add("\(name)_scale", Tensor(steps, shape: shape)),
      try add(
        "\(name)_zero_point", Tensor([Int32](repeating: 0, count: layer.count), shape: shape)),
    ]
    while node.inputs.count < 3 { node.inputs.append("") }
    node.inputs[2] = dequantize(name, inputs, axis: 0)
  }
}
