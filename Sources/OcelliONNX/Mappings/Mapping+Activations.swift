import OcelliGraph
import OcelliTensor

/// Activations: functions of their own, and those that are made of others. A half's are made in
/// float32 and rounded once.
extension OperatorList {
  static func leakyRelu(_ node: ImportedNode) throws(OperatorError) -> UnaryFunction {
    .leakyRelu(alpha: try node.float("alpha") ?? 0.01)
  }

  static func hardSigmoid(_ node: ImportedNode) throws(OperatorError) -> UnaryFunction {
    .hardSigmoid(alpha: try node.float("alpha") ?? 0.2, beta: try node.float("beta") ?? 0.5)
  }

  static func elu(_ node: ImportedNode) throws(OperatorError) -> UnaryFunction {
    .elu(alpha: try node.float("alpha") ?? 1)
  }

  static func isInfinite(_ node: ImportedNode) throws(OperatorError) -> UnaryFunction {
    .isInfinite(
      negative: try node.flag("detect_negative", default: true),
      positive: try node.flag("detect_positive", default: true))
  }

  /// What a decomposition is made with: the builder, the node, and its input as it is computed.
  private typealias Body =
    @Sendable (inout ImportBuilder, ImportedNode, ValueID) throws(OperatorError) -> ValueID

  private static func decomposition(_ body: @escaping Body) -> Mapping {
    { (node, builder) throws(OperatorError) in
      let x = try node.required(0)
      let half = builder.graph[x].fact?.type
      guard let half, half.isHalf else {
        builder.emit(Identity(), node, inputs: [try body(&builder, node, x)])
        return
      }
      let wide = builder.step(Cast(to: .float32), node, x)
      builder.emit(Cast(to: half), node, inputs: [try body(&builder, node, wide)])
    }
  }

  /// `x · sigmoid(alpha · x)`.
  private static func swish(
    _ x: ValueID, alpha: Float, _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> ValueID {
    if alpha == 1 { return builder.step(Unary(.silu), node, x) }
    let factor = try builder.constant(scalar: alpha, like: x, node)
    let scaled = builder.step(Binary(.multiply), node, x, factor)
    let gate = builder.step(Unary(.sigmoid), node, scaled)
    return builder.step(Binary(.multiply), node, x, gate)
  }

  static let importSwish = decomposition { (builder, node, x) throws(OperatorError) in
    try swish(x, alpha: try node.float("alpha") ?? 1, node, &builder)
  }

  /// `swish(a) · b`.
  static let importSwiGLU = decomposition { (builder, node, a) throws(OperatorError) in
    var b = try node.required(1)
    if builder.graph[b].fact?.type.isHalf == true {
      b = builder.step(Cast(to: .float32), node, b)
    }
    let gate = try swish(a, alpha: try node.float("alpha") ?? 1, node, &builder)
    return builder.step(Binary(.multiply), node, gate, b)
  }

  /// `gamma · elu(x)`.
  static let importSelu = decomposition { (builder, node, x) throws(OperatorError) in
    let alpha = try node.float("alpha") ?? 1.673_263_2
    let gamma = try builder.constant(scalar: try node.float("gamma") ?? 1.050_701, like: x, node)
    let value = builder.step(Unary(.elu(alpha: alpha)), node, x)
    return builder.step(Binary(.multiply), node, value, gamma)
  }

  /// `alpha · elu(x / alpha)`.
  static let importCelu = decomposition { (builder, node, x) throws(OperatorError) in
    let alpha = try node.float("alpha") ?? 1
    if alpha == 1 { return builder.step(Unary(.elu(alpha: 1)), node, x) }
    guard alpha > 0 else { throw OperatorError("alpha \(alpha) is not above 0") }
    let factor = try builder.constant(scalar: alpha, like: x, node)
    let scaled = builder.step(Binary(.divide), node, x, factor)
    let value = builder.step(Unary(.elu(alpha: 1)), node, scaled)
    return builder.step(Binary(.multiply), node, value, factor)
  }

  /// `x · tanh(softplus(x))`.
  static let importMish = decomposition { (builder, node, x) throws(OperatorError) in
    let gate = builder.step(Unary(.tanh), node, builder.step(Unary(.softplus), node, x))
    return builder.step(Binary(.multiply), node, x, gate)
  }

  /// `x / (1 + |x|)`.
  static let importSoftsign = decomposition { (builder, node, x) throws(OperatorError) in
    let one = try builder.constant(scalar: 1, like: x, node)
    let size = builder.step(Unary(.absolute), node, x)
    let divisor = builder.step(Binary(.add), node, size, one)
    return builder.step(Binary(.divide), node, x, divisor)
  }

  static let importGelu = decomposition { (builder, node, x) throws(OperatorError) in
    try gelu(x, try node.string("approximate") ?? "none", node, &builder)
  }

  /// ONNX Runtime's name for Gelu by tanh.
  static let importFastGelu = decomposition { (builder, node, x) throws(OperatorError) in
    try gelu(x, "tanh", node, &builder)
  }

  /// ONNX Runtime's name for Swish.
  static let importQuickGelu = decomposition { (builder, node, x) throws(OperatorError) in
    try swish(x, alpha: try node.float("alpha") ?? 1.702, node, &builder)
  }

  /// `x · 0.5 · (1 + erf(x / √2))`, or with `tanh(√(2/π) · (x + 0.044715 · x³))` for the erf.
  private static func gelu(
    _ x: ValueID, _ approximation: String, _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> ValueID {
    var gate: ValueID
    switch approximation {
    case "none":
      let root = try builder.constant(scalar: 1.414_213_6, like: x, node)
      gate = builder.step(Unary(.erf), node, builder.step(Binary(.divide), node, x, root))
    case "tanh":
      let square = builder.step(Binary(.multiply), node, x, x)
      let cube = builder.step(Binary(.multiply), node, square, x)
      let share = try builder.constant(scalar: 0.044_715, like: x, node)
      let bent = builder.step(Binary(.multiply), node, cube, share)
      let sum = builder.step(Binary(.add), node, x, bent)
      let root = try builder.constant(scalar: 0.797_884_6, like: x, node)
      gate = builder.step(Unary(.tanh), node, builder.step(Binary(.multiply), node, sum, root))
    default: throw OperatorError("approximate \(approximation.debugDescription)")
    }
    let one = try builder.constant(scalar: 1, like: x, node)
    let half = try builder.constant(scalar: 0.5, like: x, node)
    gate = builder.step(Binary(.add), node, gate, one)
    let product = builder.step(Binary(.multiply), node, x, gate)
    return builder.step(Binary(.multiply), node, product, half)
  }

  /// `x` where it is above `alpha`, else 0.
  static let importThresholdedRelu = decomposition { (builder, node, x) throws(OperatorError) in
    let alpha = try builder.constant(scalar: try node.float("alpha") ?? 1, like: x, node)
    let zero = try builder.constant(scalar: 0, like: x, node)
    let mask = builder.step(Binary(.greater), node, x, alpha)
    return builder.step(Where(), node, mask, x, zero)
  }

  /// `x + bias` below `−lambd`, `x − bias` above `lambd`, 0 between.
  static let importShrink = decomposition { (builder, node, x) throws(OperatorError) in
    let lambda = try node.float("lambd") ?? 0.5
    let bias = try builder.constant(scalar: try node.float("bias") ?? 0, like: x, node)
    let zero = try builder.constant(scalar: 0, like: x, node)
    let low = try builder.constant(scalar: -lambda, like: x, node)
    let high = try builder.constant(scalar: lambda, like: x, node)
    let below = builder.step(Binary(.less), node, x, low)
    let above = builder.step(Binary(.greater), node, x, high)
    let raised = builder.step(Binary(.add), node, x, bias)
    let lowered = builder.step(Binary(.subtract), node, x, bias)
    let middle = builder.step(Where(), node, above, lowered, zero)
    return builder.step(Where(), node, below, raised, middle)
  }

  /// `relu(x) + slope · min(x, 0)`.
  static let importPRelu = decomposition { (builder, node, x) throws(OperatorError) in
    var slope = try node.required(1)
    if builder.graph[slope].fact?.type.isHalf == true {
      slope = builder.step(Cast(to: .float32), node, slope)
    }
    // Before opset 7 a slope a channel was a list.
    if builder.opset < 7, try builder.rank(slope) == 1 {
      let rank = try builder.rank(x)
      let ones = try builder.constant(Array(1..<Swift.max(rank - 1, 1)), node)
      slope = builder.step(Unsqueeze(), node, slope, ones)
    }
    let positive = builder.step(Unary(.relu), node, x)
    let negative = builder.step(Unary(.clip(low: -.infinity, high: 0)), node, x)
    let scaled = builder.step(Binary(.multiply), node, negative, slope)
    return builder.step(Binary(.add), node, positive, scaled)
  }
}
