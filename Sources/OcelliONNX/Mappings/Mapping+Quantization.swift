import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func importDequantizeLinear(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let type = try optionalType(node, "output_dtype")
    builder.emit(
      DequantizeLinear(
        axis: try node.integer("axis") ?? 1, block: try node.integer("block_size") ?? 0,
        type: type), node)
  }

  static func importQuantizeLinear(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    // The quotient is always taken in float: more than any `precision` asks for but double.
    if let precision = try optionalType(node, "precision"), precision == .float64 {
      throw OperatorError("precision \(precision.rawValue) is not supported")
    }
    let type = try optionalType(node, "output_dtype")
    if let type, let zero = node.input(2), let own = builder.graph[zero].fact?.type, own != type {
      throw OperatorError("output_dtype \(type.rawValue) with a zero point of \(own.rawValue)")
    }
    builder.emit(
      QuantizeLinear(
        axis: try node.integer("axis") ?? 1, block: try node.integer("block_size") ?? 0,
        type: type ?? .uint8, saturate: try node.flag("saturate", default: true)), node)
  }

  static func importDynamicQuantizeLinear(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    builder.emit(DynamicQuantizeLinear(), node, outputs: node.outputs)
  }

  /// The type that an attribute names; 0 names none.
  private static func optionalType(
    _ node: ImportedNode, _ name: String
  ) throws(OperatorError) -> ElementType? {
    guard let code = try node.integer(name), code != 0 else { return nil }
    return try elementType(code)
  }

  /// The zero points count by rows of A and by columns of B.
  static func importQLinearMatMul(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let product = builder.step(
      MatMulInteger(), node, node.input(0), node.input(3), node.input(2), node.input(5))
    let a = try node.required(0)
    var aScale = try builder.float(try node.required(1), node)
    if let scale = builder.graph[aScale].fact?.shape, let shape = builder.graph[a].fact?.shape,
      scale.rank == 1, scale.count > 1, shape.rank > 1
    {
      let rows = try builder.constant([1], node)
      aScale = builder.step(Unsqueeze(), node, aScale, rows)
    }
    let bScale = try builder.float(try node.required(4), node)
    let yScale = try builder.float(try node.required(6), node)
    let scale = builder.step(Binary(.multiply), node, aScale, bScale)
    let multiplier = builder.step(Binary(.divide), node, scale, yScale)
    builder.emit(Requantize(), node, inputs: [product, multiplier, try node.required(7)])
  }

  static func importConvInteger(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let window = try convolution(node, weights: try node.required(1), builder)
    builder.emit(integer(window), node)
  }

  /// `ConvInteger` with a bias, then one rounding.
  static func importQLinearConv(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let w = try node.required(3)
    let window = try convolution(node, weights: w, builder)
    let sums = builder.step(
      integer(window), node, node.input(0), w, node.input(2), node.input(5), node.input(8))
    let scale = builder.step(
      Binary(.multiply), node, try node.required(1), try node.required(4))
    let multiplier = builder.step(Binary(.divide), node, scale, try node.required(6))
    let shape = try builder.constant([-1] + window.strides.map { _ in 1 }, node)
    let channels = builder.step(Reshape(allowZero: false), node, multiplier, shape)
    builder.emit(Requantize(), node, inputs: [sums, channels, try node.required(7)])
  }

  private static func integer(_ window: Convolution) -> ConvolutionInteger {
    ConvolutionInteger(
      strides: window.strides, dilations: window.dilations, padding: window.padding,
      groups: window.groups)
  }
}

extension ImportBuilder {
  /// A value of halves as float32; others as they are.
  mutating func float(_ id: ValueID, _ node: ImportedNode) throws(OperatorError) -> ValueID {
    guard let type = graph[id].fact?.type, type.isHalf else { return id }
    return step(Cast(to: .float32), node, id)
  }
}
