import OcelliGraph

/// Adds what a node means to the graph. Errors: what of the node has no form there.
typealias Mapping =
  @Sendable (_ node: ImportedNode, _ builder: inout ImportBuilder) throws(OperatorError) -> Void

/// Every operator that can be imported: a name, and its mapping. Names outside of the default domain
/// carry theirs: `com.microsoft.QLinearAdd`.
enum OperatorList {
  /// The newest opset whose operators all mean what the mappings take them for.
  static let newestOpset: Int64 = 28

  /// Where the form of an operator before some opset is another than the mappings read: that opset.
  static let firstOpset: [String: Int64] = [
    "Cast": 6, "GlobalLpPool": 2, "LpPool": 2, "Pad": 2, "Reshape": 5, "Tile": 6, "Upsample": 7,
  ]

  static func mapping(domain: String, type: String) -> Mapping? {
    let key = domain.isEmpty ? type : "\(domain).\(type)"
    return mappings[key] ?? space[key] ?? movement[key] ?? control[key] ?? algebra[key]
      ?? microsoft[key] ?? fused[key]
  }

  /// Why an operator without a mapping is refused, and what to do where that is known.
  static func refusal(domain: String) -> String {
    switch domain {
    case "com.microsoft.nchwc":
      "the operator is bound to the processor that ONNX Runtime saved the file on; use the original "
        + "file, or save with optimization level ORT_ENABLE_EXTENDED or lower"
    case "TRT", "trt": "the operator is a TensorRT plugin; export without it (end2end off)"
    default: "the operator is not supported"
    }
  }

  static let mappings: [String: Mapping] = [
    // Functions of one number
    "Abs": unary { _ in .absolute },
    "Acos": unary { _ in .acos },
    "Acosh": unary { _ in .acosh },
    "Asin": unary { _ in .asin },
    "Asinh": unary { _ in .asinh },
    "Atan": unary { _ in .atan },
    "Atanh": unary { _ in .atanh },
    "BitwiseNot": unary { _ in .bitwiseNot },
    "Ceil": unary { _ in .ceil },
    "Celu": importCelu,
    "Clip": importClip,
    "Cos": unary { _ in .cos },
    "Cosh": unary { _ in .cosh },
    "Elu": unary(elu),
    "Erf": unary { _ in .erf },
    "Exp": unary { _ in .exp },
    "Floor": unary { _ in .floor },
    "Gelu": importGelu,
    "HardSigmoid": unary(hardSigmoid),
    "HardSwish": unary { _ in .hardSwish },
    "IsInf": unary(isInfinite),
    "IsNaN": unary { _ in .isNaN },
    "LeakyRelu": unary(leakyRelu),
    "Log": unary { _ in .log },
    "Mish": importMish,
    "Neg": unary { _ in .negate },
    "Not": unary { _ in .not },
    "PRelu": importPRelu,
    "Reciprocal": unary { _ in .reciprocal },
    "Relu": unary { _ in .relu },
    "Round": unary { _ in .round },
    "Selu": importSelu,
    "Shrink": importShrink,
    "Sigmoid": unary { _ in .sigmoid },
    "Sign": unary { _ in .sign },
    "Sin": unary { _ in .sin },
    "Sinh": unary { _ in .sinh },
    "Softplus": unary { _ in .softplus },
    "Softsign": importSoftsign,
    "Sqrt": unary { _ in .sqrt },
    "Swish": importSwish,
    "Tan": unary { _ in .tan },
    "Tanh": unary { _ in .tanh },
    "ThresholdedRelu": importThresholdedRelu,

    // Functions of several
    "Add": binary(.add),
    "And": binary(.and),
    "BitShift": plain(bitShift),
    "BitwiseAnd": binary(.bitwiseAnd),
    "BitwiseOr": binary(.bitwiseOr),
    "BitwiseXor": binary(.bitwiseExclusiveOr),
    "Div": binary(.divide),
    "Equal": binary(.equal),
    "Greater": binary(.greater),
    "GreaterOrEqual": binary(.greaterOrEqual),
    "Less": binary(.less),
    "LessOrEqual": binary(.lessOrEqual),
    "Max": variadic(.maximum),
    "Mean": importMean,
    "Min": variadic(.minimum),
    "Mod": plain(modulo),
    "Mul": binary(.multiply),
    "Or": binary(.or),
    "Pow": binary(.power),
    "Sub": binary(.subtract),
    "Sum": variadic(.add),
    "SwiGLU": importSwiGLU,
    "Where": plain { _ in Where() },
    "Xor": binary(.exclusiveOr),

    // Types
    "BitCast": plain(bitCast),
    "Cast": importCast,
    "CastLike": importCastLike,
  ]

  /// A node that becomes one operator of the same inputs and one output.
  static func plain(
    _ make: @escaping @Sendable (ImportedNode) throws(OperatorError) -> any Operator
  ) -> Mapping {
    { (node, builder) throws(OperatorError) in
      try node.expectOneOutput()
      builder.emit(try make(node), node)
    }
  }

  private static func unary(
    _ make: @escaping @Sendable (ImportedNode) throws(OperatorError) -> UnaryFunction
  ) -> Mapping {
    plain { (node) throws(OperatorError) in Unary(try make(node)) }
  }

  private static func binary(_ function: BinaryFunction) -> Mapping {
    { (node, builder) throws(OperatorError) in
      try node.expectOneOutput()
      var inputs = node.inputs
      if builder.opset < 7, let axis = try node.integer("axis") {
        inputs = [try node.required(0), try aligned(node, at: axis, &builder)]
      }
      builder.emit(Binary(function), node, inputs: inputs)
    }
  }

  /// Before opset 7 an attribute told the axis of A at which B begins.
  private static func aligned(
    _ node: ImportedNode, at axis: Int, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> ValueID {
    let b = try node.required(1)
    let rank = try builder.rank(try node.required(0))
    let own = try builder.rank(b)
    let start = try normalizedAxis(axis, rank: rank)
    guard start + own <= rank else {
      throw OperatorError("axis \(axis) for \(own) of \(rank) axes")
    }
    guard start + own < rank else { return b }
    let ones = try builder.constant(Array(own..<rank - start), node)
    return builder.step(Unsqueeze(), node, b, ones)
  }
}
