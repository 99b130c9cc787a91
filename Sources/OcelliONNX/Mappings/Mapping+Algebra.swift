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
      try node.expectOneOutput()
      let x = try node.required(0)
      let noneIsNone = try node.flag("noop_with_empty_axes", default: false)
      let keep = try node.flag("keepdims", default: true)
      var axes = try node.integers("axes")
      if axes == nil, let input = node.input(1) {
        guard let known = builder.graph[input].constant else {
          let op = Reduce(
            function, axes: noneIsNone ? [] : nil, keepDimensions: keep,
            emptyMeansNone: noneIsNone)
          return builder.emit(op, node, inputs: [x, input])
        }
        axes = try known.integers("axes")
      }
      let none = axes?.isEmpty ?? true
      builder.emit(
        Reduce(function, axes: none ? (noneIsNone ? [] : nil) : axes, keepDimensions: keep), node,
        inputs: [x])
    }
  }

  static func globalPool(_ function: Reduce.Function) -> Mapping {
    { (node, builder) throws(OperatorError) in
      let rank = try builder.rank(try node.required(0))
      guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
      builder.emit(Reduce(function, axes: Array(2..<rank), keepDimensions: true), node)
    }
  }

  static func importSoftmax(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let logarithmic = node.type == "LogSoftmax"
    try importAlongAxis(node, &builder) { Softmax(axis: $0, logarithmic: logarithmic) }
  }

  static func importHardmax(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try importAlongAxis(node, &builder) { Hardmax(axis: $0) }
  }

  private static func importAlongAxis(
    _ node: ImportedNode, _ builder: inout ImportBuilder, _ make: (Int) -> any Operator
  ) throws(OperatorError) {
    let axis = try node.integer("axis") ?? (builder.opset < 13 ? 1 : -1)
    let y = try alongAxis(
      node, try node.required(0), axis: axis, opset: builder.opset, &builder, make)
    builder.emit(Identity(), node, inputs: [y])
  }

  /// Before opset 13 all axes from `axis` on were one.
  static func alongAxis(
    _ node: ImportedNode, _ x: ValueID, axis: Int, opset: Int, _ builder: inout ImportBuilder,
    _ make: (Int) -> any Operator
  ) throws(OperatorError) -> ValueID {
    let rank = try? builder.rank(x)
    let isLast = axis == -1 || rank.map { axis == $0 - 1 } ?? false
    guard opset < 13, !isLast else { return builder.step(make(isLast ? -1 : axis), node, x) }
    let shape = builder.step(ShapeOf(start: 0, end: nil), node, x)
    let flat = builder.step(Flatten(axis: axis), node, x)
    let result = builder.step(make(1), node, flat)
    return builder.step(Reshape(allowZero: true), node, result, shape)
  }

  static func extremum(_ kind: ArgExtremum.Kind) -> Mapping {
    { (node, builder) throws(OperatorError) in
      builder.emit(
        ArgExtremum(
          kind, axis: try node.integer("axis") ?? 0,
          keepDimensions: try node.flag("keepdims", default: true),
          selectLast: try node.flag("select_last_index", default: false)), node)
    }
  }

  /// Before opset 10 k stood in an attribute.
  static func importTopK(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    var inputs = node.inputs
    if let k = try node.integer("k") {
      inputs = [node.input(0), try builder.constant([k], node)]
    }
    builder.emit(
      TopK(
        axis: try node.integer("axis") ?? -1, largest: try node.flag("largest", default: true)),
      node, inputs: inputs, outputs: node.outputs)
  }

  static func cumulative(_ function: Cumulative.Function) -> Mapping {
    { (node, builder) throws(OperatorError) in
      builder.emit(
        Cumulative(
          function, exclusive: try node.flag("exclusive", default: false),
          reverse: try node.flag("reverse", default: false)), node)
    }
  }

  static func importUnique(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    builder.emit(
      Unique(axis: try node.integer("axis"), sorted: try node.flag("sorted", default: true)), node,
      outputs: node.outputs)
  }

  /// Two operands that share at most one summed axis are a matrix product.
  static func importEinsum(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard let text = try node.string("equation") else {
      throw OperatorError("attribute equation is missing")
    }
    let equation = try EinsumEquation(text)
    guard try !importProduct(equation, node, &builder) else { return }
    builder.emit(Einsum(equation), node)
  }

  /// Emits an Einsum as a matrix product where it is one: axes of the batch, one axis of rows, one of
  /// columns, one that is summed. Returns whether it is.
  private static func importProduct(
    _ equation: EinsumEquation, _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> Bool {
    let shapes = node.inputs.map { $0.flatMap { builder.graph[$0].fact?.shape } }
    guard shapes.count == 2, let a = shapes[0], let b = shapes[1] else { return false }
    let labels = try equation.labels(ranks: [a.rank, b.rank])
    let (left, right) = (labels.terms[0], labels.terms[1])
    guard Set(left).count == left.count, Set(right).count == right.count else { return false }
    let batch = labels.result.filter { left.contains($0) && right.contains($0) }
    let rows = left.filter { !right.contains($0) }
    let columns = right.filter { !left.contains($0) }
    let summed = left.filter { right.contains($0) && !labels.result.contains($0) }
    guard rows.count == 1, columns.count == 1, summed.count == 1,
      Set(batch + rows + columns) == Set(labels.result)
    else { return false }
    func arranged(
      _ index: Int, _ own: [EinsumEquation.Label], _ wanted: [EinsumEquation.Label]
    ) throws(OperatorError) -> ValueID {
      let x = try node.required(index)
      let order = wanted.compactMap { own.firstIndex(of: $0) }
      return order == Array(own.indices) ? x : builder.step(Transpose(order), node, x)
    }
    let x = try arranged(0, left, batch + rows + summed)
    let y = try arranged(1, right, batch + summed + columns)
    let made = batch + rows + columns
    let order = labels.result.compactMap { made.firstIndex(of: $0) }
    let product = builder.step(MatMul(), node, x, y)
    builder.emit(Transpose(order), node, inputs: [product])
    return true
  }
}
