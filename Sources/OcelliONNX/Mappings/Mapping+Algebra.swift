import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func gemm(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    Gemm(
      alpha: try node.float("alpha") ?? 1, beta: try node.float("beta") ?? 1,
      transposeA: try node.flag("transA", default: false),
      transposeB: try node.flag("transB", default: false))
  }

  /// Axes stand in an attribute, later in an input; none mean all, unless the node says otherwise.
  static func reduce(_ function: Reduce.Function) -> Mapping {
    { (node, builder) throws(OperatorError) in
      let x = try node.required(0)
      var axes = try node.integers("axes")
      if axes == nil { axes = try builder.integers(node, 1, "axes") }
      let none = axes?.isEmpty ?? true
      if none, try node.flag("noop_with_empty_axes", default: false) {
        throw OperatorError("noop_with_empty_axes without axes is not supported")
      }
      let keep = try node.flag("keepdims", default: true)
      builder.emit(
        Reduce(function, axes: none ? nil : axes, keepDimensions: keep), node, inputs: [x])
    }
  }

  static func globalPool(_ function: Reduce.Function) -> Mapping {
    { (node, builder) throws(OperatorError) in
      let rank = try builder.rank(try node.required(0))
      guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
      builder.emit(Reduce(function, axes: Array(2..<rank), keepDimensions: true), node)
    }
  }

  /// Before opset 13 all axes from `axis` on were one.
  static func importSoftmax(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let logarithmic = node.type == "LogSoftmax"
    let axis = try node.integer("axis") ?? (builder.opset < 13 ? 1 : -1)
    let x = try node.required(0)
    let rank = builder.graph[x].fact?.shape?.rank
    let isLast = axis == -1 || rank.map { axis == $0 - 1 } ?? false
    guard builder.opset < 13, !isLast else {
      let axis = isLast ? -1 : axis
      builder.emit(Softmax(axis: axis, logarithmic: logarithmic), node)
      return
    }
    let shape = builder.step(ShapeOf(start: 0, end: nil), node, x)
    let flat = builder.step(Flatten(axis: axis), node, x)
    let result = builder.step(Softmax(axis: 1, logarithmic: logarithmic), node, flat)
    builder.emit(Reshape(allowZero: true), node, inputs: [result, shape])
  }
}
