import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func leakyRelu(_ node: ImportedNode) throws(OperatorError) -> UnaryFunction {
    .leakyRelu(alpha: try node.float("alpha") ?? 0.01)
  }

  static func hardSigmoid(_ node: ImportedNode) throws(OperatorError) -> UnaryFunction {
    .hardSigmoid(alpha: try node.float("alpha") ?? 0.2, beta: try node.float("beta") ?? 0.5)
  }

  static func swish(_ node: ImportedNode) throws(OperatorError) -> UnaryFunction {
    let alpha = try node.float("alpha") ?? 1
    guard alpha == 1 else { throw OperatorError("alpha \(alpha) is not supported") }
    return .silu
  }

  /// Bounds that are float constants become one function; others a maximum and a minimum.
  static func importClip(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let x = try node.required(0)
    if builder.opset < 11 {
      let low = try node.float("min") ?? -.infinity
      let high = try node.float("max") ?? .infinity
      builder.emit(Unary(.clip(low: low, high: high)), node, inputs: [x])
      return
    }
    let low = node.input(1)
    let high = node.input(2)
    if let lowest = bound(low, builder, -.infinity), let highest = bound(high, builder, .infinity) {
      builder.emit(Unary(.clip(low: lowest, high: highest)), node, inputs: [x])
      return
    }
    var value = x
    if let low { value = builder.step(Binary(.maximum), node, value, low) }
    if let high { value = builder.step(Binary(.minimum), node, value, high) }
    builder.emit(Identity(), node, inputs: [value])
  }

  private static func bound(
    _ id: ValueID?, _ builder: ImportBuilder, _ absent: Float
  ) -> Float? {
    guard let id else { return absent }
    guard let tensor = builder.graph[id].constant, tensor.type == .float32, tensor.count == 1
    else { return nil }
    return tensor.array(of: Float.self)[0]
  }

  /// `relu(x) + slope · min(x, 0)`.
  static func importPRelu(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let x = try node.required(0)
    let slope = try node.required(1)
    let positive = builder.step(Unary(.relu), node, x)
    let negative = builder.step(Unary(.clip(low: -.infinity, high: 0)), node, x)
    let scaled = builder.step(Binary(.multiply), node, negative, slope)
    builder.emit(Binary(.add), node, inputs: [positive, scaled])
  }

  /// A chain of one function over all inputs.
  static func variadic(_ function: BinaryFunction) -> Mapping {
    { (node, builder) throws(OperatorError) in
      builder.emit(Identity(), node, inputs: [try chain(function, node, &builder)])
    }
  }

  private static func chain(
    _ function: BinaryFunction, _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> ValueID {
    var value = try node.required(0)
    for index in node.inputs.indices.dropFirst() {
      value = builder.step(Binary(function), node, value, try node.required(index))
    }
    return value
  }

  static func importMean(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let total = try chain(.add, node, &builder)
    let count = try builder.constant(scalar: Float(node.inputs.count), node)
    builder.emit(Binary(.divide), node, inputs: [total, count])
  }

  static func importMod(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try node.refuse("fmod", unless: 0)
    builder.emit(Binary(.modulo), node)
  }
}
