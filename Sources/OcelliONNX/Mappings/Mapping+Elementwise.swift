import OcelliGraph
import OcelliTensor

extension OperatorList {
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
    guard let tensor = builder.graph[id].constant, tensor.count == 1, tensor.type != .float64,
      tensor.type.isFloatingPoint
    else { return nil }
    return (try? tensor.widened())?.array(of: Float.self)[0]
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
    let count = try builder.constant(
      scalar: Float(node.inputs.count), like: try node.required(0), node)
    builder.emit(Binary(.divide), node, inputs: [total, count])
  }

  static func modulo(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Binary(try node.flag("fmod", default: false) ? .remainder : .modulo)
  }

  static func bitShift(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    switch try node.string("direction") {
    case "LEFT": return Binary(.shiftLeft)
    case "RIGHT": return Binary(.shiftRight)
    case let other: throw OperatorError("direction \(other.debugDescription)")
    }
  }
}
