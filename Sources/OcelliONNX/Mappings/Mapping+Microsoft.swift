import OcelliGraph
import OcelliTensor

/// ONNX Runtime's own quantised operators are what they say: dequantise, compute, quantise.
extension OperatorList {
  static let microsoft: [String: Mapping] = [
    "com.microsoft.DequantizeLinear": importDequantizeLinear,
    "com.microsoft.FusedConv": importFusedConv,
    "com.microsoft.QGemm": importQGemm,
    "com.microsoft.QLinearAdd": quantizedBinary(.add),
    "com.microsoft.QLinearAveragePool": importQLinearAveragePool,
    "com.microsoft.QLinearConcat": importQLinearConcat,
    "com.microsoft.QLinearConv": importMicrosoftQLinearConv,
    "com.microsoft.QLinearGlobalAveragePool": importQLinearGlobalAveragePool,
    "com.microsoft.QLinearLeakyRelu": quantizedUnary(leakyRelu),
    "com.microsoft.QLinearMul": quantizedBinary(.multiply),
    "com.microsoft.QLinearReduceMean": importQLinearReduceMean,
    "com.microsoft.QLinearSigmoid": quantizedUnary { _ in .sigmoid },
    "com.microsoft.QLinearSoftmax": importQLinearSoftmax,
    "com.microsoft.QuantizeLinear": importQuantizeLinear,
  ]

  /// The real numbers of the input at `index`, whose scale and zero point follow it.
  private static func real(
    _ node: ImportedNode, _ index: Int, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> ValueID {
    builder.step(
      DequantizeLinear(axis: 1), node, try node.required(index), try node.required(index + 1),
      node.input(index + 2))
  }

  /// Makes the node's output of real numbers, by the scale and zero point at `index`.
  private static func finish(
    _ value: ValueID, _ node: ImportedNode, _ index: Int, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    // Without a zero point the result has the input's type.
    let type = builder.graph[try node.required(0)].fact?.type ?? .uint8
    builder.emit(
      QuantizeLinear(axis: 1, type: type), node,
      inputs: [value, try node.required(index), node.input(index + 1)])
  }

  private static func quantizedUnary(
    _ make: @escaping @Sendable (ImportedNode) throws(OperatorError) -> UnaryFunction
  ) -> Mapping {
    { (node, builder) throws(OperatorError) in
      let x = try real(node, 0, &builder)
      try finish(builder.step(Unary(try make(node)), node, x), node, 3, &builder)
    }
  }

  private static func quantizedBinary(_ function: BinaryFunction) -> Mapping {
    { (node, builder) throws(OperatorError) in
      let a = try real(node, 0, &builder)
      let b = try real(node, 3, &builder)
      try finish(builder.step(Binary(function), node, a, b), node, 6, &builder)
    }
  }

  private static func importQLinearConcat(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard let axis = try node.integer("axis") else {
      throw OperatorError("attribute axis is missing")
    }
    guard node.inputs.count >= 5, node.inputs.count % 3 == 2 else {
      throw OperatorError("\(node.inputs.count) inputs")
    }
    var parts: [ValueID?] = []
    for index in stride(from: 2, to: node.inputs.count, by: 3) {
      parts.append(try real(node, index, &builder))
    }
    let joined = builder.value(node, "Concat")
    builder.emit(Concat(axis: axis), node, inputs: parts, outputs: [joined])
    builder.emit(
      QuantizeLinear(axis: 1), node, inputs: [joined, try node.required(0), try node.required(1)])
  }

  /// `body` between two transpositions where the channels come last.
  private static func channelsFirst(
    _ node: ImportedNode, _ x: ValueID, _ builder: inout ImportBuilder,
    _ body: (ValueID, inout ImportBuilder) throws(OperatorError) -> ValueID
  ) throws(OperatorError) -> ValueID {
    guard try node.flag("channels_last", default: false) else { return try body(x, &builder) }
    let rank = try builder.rank(try node.required(0))
    guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
    let first = builder.step(Transpose([0, rank - 1] + Array(1..<rank - 1)), node, x)
    let y = try body(first, &builder)
    return builder.step(Transpose([0] + Array(2..<rank) + [1]), node, y)
  }

  private static func importQLinearGlobalAveragePool(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let rank = try builder.rank(try node.required(0))
    guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
    let x = try real(node, 0, &builder)
    let y = try channelsFirst(node, x, &builder) { (x, builder) throws(OperatorError) in
      builder.step(Reduce(.mean, axes: Array(2..<rank), keepDimensions: true), node, x)
    }
    try finish(y, node, 3, &builder)
  }

  private static func importQLinearAveragePool(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let pool = try pool(.average, node)
    let x = try real(node, 0, &builder)
    let y = try channelsFirst(node, x, &builder) { (x, builder) throws(OperatorError) in
      builder.step(pool, node, x)
    }
    try finish(y, node, 3, &builder)
  }

  private static func importQLinearReduceMean(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let axes = try node.integers("axes").flatMap { $0.isEmpty ? nil : $0 }
    let keep = try node.flag("keepdims", default: true)
    let x = try real(node, 0, &builder)
    let y = builder.step(Reduce(.mean, axes: axes, keepDimensions: keep), node, x)
    try finish(y, node, 3, &builder)
  }

  /// The node states whose form of Softmax it means.
  private static func importQLinearSoftmax(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let opset = try node.integer("opset") ?? 13
    let axis = try node.integer("axis") ?? (opset < 13 ? 1 : -1)
    let x = try real(node, 0, &builder)
    let y = try alongAxis(node, x, axis: axis, opset: opset, &builder) { Softmax(axis: $0) }
    try finish(y, node, 3, &builder)
  }

  /// Whole numbers up to the one rounding at the end; without a scale the result is float.
  private static func importQGemm(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    var a = try node.required(0)
    var b = try node.required(3)
    if try node.flag("transA", default: false) { a = builder.step(Transpose([1, 0]), node, a) }
    if try node.flag("transB", default: false) { b = builder.step(Transpose([1, 0]), node, b) }
    var sums = builder.step(MatMulInteger(), node, a, b, node.input(2), node.input(5))
    if let c = node.input(6) { sums = builder.step(Binary(.add), node, sums, c) }
    var scale = builder.step(
      Binary(.multiply), node, try node.required(1), try node.required(4))
    let alpha = try node.float("alpha") ?? 1
    if alpha != 1 {
      scale = builder.step(
        Binary(.multiply), node, scale, try builder.constant(scalar: alpha, node))
    }
    guard let yScale = node.input(7) else {
      let real = builder.step(Cast(to: .float32), node, sums)
      builder.emit(Binary(.multiply), node, inputs: [real, scale])
      return
    }
    let multiplier = builder.step(Binary(.divide), node, scale, yScale)
    builder.emit(Requantize(), node, inputs: [sums, multiplier, try node.required(8)])
  }

  /// A convolution, a sum and an activation that ONNX Runtime's optimiser made one node.
  private static func importFusedConv(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let window = try convolution(node, weights: try node.required(1), builder)
    var y = builder.step(window, node, node.input(0), node.input(1), node.input(2))
    if let z = node.input(3) { y = builder.step(Binary(.add), node, y, z) }
    let function = try activation(
      try node.string("activation") ?? "", try node.floats("activation_params") ?? [])
    builder.emit(function, node, of: y)
  }
}
