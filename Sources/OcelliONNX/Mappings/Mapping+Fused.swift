import OcelliGraph
import OcelliTensor

/// What ONNX Runtime's optimiser makes of several nodes: a file that it saved is as good as the one that
/// it read. Source: ONNX Runtime's `docs/ContribOperators.md`.
extension OperatorList {
  static let fused: [String: Mapping] = [
    "SimplifiedLayerNormalization": importRMSNormalization,
    "com.microsoft.Attention": importPackedAttention,
    "com.microsoft.BiasAdd": importBiasAdd,
    "com.microsoft.BiasGelu": behindSum(importGelu),
    "com.microsoft.DynamicQuantizeMatMul": importDynamicQuantizeMatMul,
    "com.microsoft.FastGelu": behindSum(importFastGelu),
    "com.microsoft.FusedGemm": importFusedGemm,
    "com.microsoft.FusedMatMul": importFusedMatMul,
    "com.microsoft.Gelu": importGelu,
    "com.microsoft.GridSample": plain(gridSample),
    "com.microsoft.MatMulIntegerToFloat": importMatMulIntegerToFloat,
    "com.microsoft.MatMulNBits": importMatMulNBits,
    "com.microsoft.MultiHeadAttention": importMultiHeadAttention,
    "com.microsoft.NhwcMaxPool": importNhwcMaxPool,
    "com.microsoft.QuickGelu": importQuickGelu,
    "com.microsoft.SkipLayerNormalization": importSkipLayerNormalization,
    "com.microsoft.SkipSimplifiedLayerNormalization": importSkipLayerNormalization,
    "com.microsoft.TransposeMatMul": importFusedMatMul,
    "com.microsoft.Trilu": plain(triangle),
  ]

  /// `mapping` of the sum of the first two inputs; of the first where it is alone.
  private static func behindSum(_ mapping: @escaping Mapping) -> Mapping {
    { (node, builder) throws(OperatorError) in
      let x = try node.required(0)
      guard let bias = node.input(1) else { return try mapping(node, &builder) }
      let sum = builder.step(Binary(.add), node, x, bias)
      try mapping(node.with(inputs: [sum]), &builder)
    }
  }

  private static func importBiasAdd(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let sum = builder.step(Binary(.add), node, try node.required(0), try node.required(1))
    builder.emit(Binary(.add), node, inputs: [sum, try node.required(2)])
  }

  /// The last two axes change places; with `transBatch` the first goes before the last two.
  private static func importFusedMatMul(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    func operand(_ index: Int, _ letter: String) throws(OperatorError) -> ValueID {
      let x = try node.required(index)
      let turns = try node.flag("trans\(letter)", default: false)
      let movesBatch = try node.flag("transBatch\(letter)", default: false)
      guard turns || movesBatch else { return x }
      let rank = try builder.rank(x)
      guard rank >= 2 else { return x }
      var order = Array(0..<rank)
      if movesBatch { order = Array(1..<rank - 1) + [0, rank - 1] }
      if turns { order.swapAt(rank - 2, rank - 1) }
      return builder.step(Transpose(order), node, x)
    }
    let alpha = try node.float("alpha") ?? 1
    let (a, b) = (try operand(0, "A"), try operand(1, "B"))
    guard alpha != 1 else { return builder.emit(MatMul(), node, inputs: [a, b]) }
    let product = builder.step(MatMul(), node, a, b)
    let factor = try builder.constant(scalar: alpha, like: a, node)
    builder.emit(Binary(.multiply), node, inputs: [product, factor])
  }

  private static func importFusedGemm(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let y = builder.step(try gemm(node), node, node.input(0), node.input(1), node.input(2))
    let name = try node.string("activation") ?? ""
    let alpha = try node.float("activation_alpha")
    let beta = try node.float("activation_beta")
    let parameters = [alpha, beta].compactMap { $0 }
    try builder.emit(activation(name, parameters, alpha: alpha, beta: beta), node, of: y)
  }

  /// The activation that a fused node names; nil where it names none. `parameters`: by place.
  static func activation(
    _ name: String, _ parameters: [Float], alpha: Float? = nil, beta: Float? = nil
  ) throws(OperatorError) -> UnaryFunction? {
    func parameter(_ index: Int, _ name: String) throws(OperatorError) -> Float {
      if let value = index == 0 ? alpha : beta { return value }
      guard index < parameters.count else {
        throw OperatorError("activation_params lack \(name)")
      }
      return parameters[index]
    }
    switch name {
    case "": return nil
    case "Relu": return .relu
    case "Sigmoid": return .sigmoid
    case "Tanh": return .tanh
    case "HardSwish": return .hardSwish
    case "Softplus": return .softplus
    case "Elu": return .elu(alpha: try parameter(0, "alpha"))
    case "LeakyRelu": return .leakyRelu(alpha: try parameter(0, "alpha"))
    case "Clip": return .clip(low: try parameter(0, "min"), high: try parameter(1, "max"))
    case "HardSigmoid":
      return .hardSigmoid(alpha: try parameter(0, "alpha"), beta: try parameter(1, "beta"))
    default: throw OperatorError("activation \(name.debugDescription)")
    }
  }

  /// Normalises the sum of input and skip (and bias), and gives the sum where it is wanted.
  private static func importSkipLayerNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let isSimple = node.type == "SkipSimplifiedLayerNormalization"
    var sum = builder.step(
      Binary(.add), node, try node.required(0), try node.required(1))
    if let bias = node.input(isSimple ? 3 : 4) {
      sum = builder.step(Binary(.add), node, sum, bias)
    }
    let gamma = try node.required(2)
    let outputs = Array(node.outputs.prefix(3))
    if isSimple {
      try importRMSNormalization(node.with(inputs: [sum, gamma], outputs: outputs), &builder)
    } else {
      try importLayerNormalization(
        node.with(inputs: [sum, gamma, node.input(3)], outputs: outputs), &builder)
    }
    guard node.outputs.count > 3, let wanted = node.outputs[3] else { return }
    builder.emit(Identity(), node, inputs: [sum], outputs: [wanted])
  }

  // MARK: Channels last

  /// `body` between two transpositions, the channels of input 0 last outside.
  private static func channelsLast(
    _ node: ImportedNode, _ builder: inout ImportBuilder, _ body: Mapping
  ) throws(OperatorError) {
    let rank = try builder.rank(try node.required(0))
    guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
    var inputs = node.inputs
    inputs[0] = builder.step(Transpose([0, rank - 1] + Array(1..<rank - 1)), node, inputs[0])
    let made = builder.value(node, node.type)
    try body(node.with(inputs: inputs, outputs: [made]), &builder)
    builder.emit(Transpose([0] + Array(2..<rank) + [1]), node, inputs: [made])
  }

  private static func importNhwcMaxPool(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try channelsLast(node, &builder, importPool(.max))
  }

  /// ONNX Runtime's form may have its channels last.
  static func importMicrosoftQLinearConv(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard try node.flag("channels_last", default: false) else {
      return try importQLinearConv(node, &builder)
    }
    try channelsLast(node, &builder, importQLinearConv)
  }
}

extension ImportBuilder {
  /// Makes the node's output of `x`: by the function, or as it is.
  mutating func emit(_ function: UnaryFunction?, _ node: ImportedNode, of x: ValueID) {
    emit(function.map { Unary($0) as any Operator } ?? Identity(), node, inputs: [x])
  }
}
