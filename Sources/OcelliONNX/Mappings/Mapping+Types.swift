import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func importCast(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    builder.emit(try cast(node, to: try targetType(node)), node)
  }

  /// The type is the second input's.
  static func importCastLike(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard let type = builder.graph[try node.required(1)].fact?.type else {
      throw OperatorError("the type of its second input is not known")
    }
    builder.emit(try cast(node, to: type), node, inputs: [node.input(0)])
  }

  static func bitCast(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    BitCast(to: try targetType(node))
  }

  private static func cast(_ node: ImportedNode, to type: ElementType) throws(OperatorError) -> Cast
  {
    let mode = try node.string("round_mode") ?? "up"
    guard let rounding = PowerOfTwo.Rounding(rawValue: mode) else {
      throw OperatorError("round_mode \(mode.debugDescription)")
    }
    return Cast(
      to: type, saturates: try node.flag("saturate", default: true), rounding: rounding)
  }

  private static func targetType(_ node: ImportedNode) throws(OperatorError) -> ElementType {
    guard let code = try node.integer("to") else { throw OperatorError("attribute to is missing") }
    return try elementType(code)
  }

  static func elementType(_ code: Int) throws(OperatorError) -> ElementType {
    do { return try ElementType(onnx: Int32(clamping: code)) } catch {
      throw OperatorError(error.description)
    }
  }
}
