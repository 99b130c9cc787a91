import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func importDequantizeLinear(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try node.refuse("block_size", unless: 0)
    try node.refuse("output_dtype", unless: 0)
    builder.emit(DequantizeLinear(axis: try node.integer("axis") ?? 1), node)
  }

  static func importQuantizeLinear(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try node.refuse("block_size", unless: 0)
    try node.refuse("precision", unless: 0)
    let axis = try node.integer("axis") ?? 1
    var inputs = node.inputs
    if node.input(2) == nil, let code = try node.integer("output_dtype"), code != 0 {
      let type = try elementType(code)
      guard let shape = builder.graph[try node.required(1)].fact?.shape else {
        throw OperatorError("the shape of the scale is not known")
      }
      do {
        let zero = builder.constant(try Tensor(type, shape), node)
        inputs = [node.input(0), node.input(1), zero]
      } catch { throw OperatorError(error.description) }
    }
    builder.emit(QuantizeLinear(axis: axis), node, inputs: inputs)
  }
}
