import OcelliGraph
import OcelliTensor

/// A stretch of nodes that computes in float32 what comes as float16 or bfloat16, so that it is rounded
/// once, at the end.
private struct WideStretch {
  let node: ImportedNode
  let type: ElementType

  init(_ node: ImportedNode, _ builder: ImportBuilder) throws(OperatorError) {
    self.node = node
    type = builder.graph[try node.required(0)].fact?.type ?? .float32
  }

  func input(_ index: Int, _ builder: inout ImportBuilder) throws(OperatorError) -> ValueID {
    try builder.float(try node.required(index), node)
  }

  /// A number in the type that is computed in.
  func number(_ value: Float, _ builder: inout ImportBuilder) throws(OperatorError) -> ValueID {
    type == .float64
      ? builder.constant(try builder.tensor([Double(value)], shape: []), node)
      : try builder.constant(scalar: value, node)
  }

  /// Makes an output of the node, where it is wanted. `narrow`: in the input's type.
  func finish(
    _ value: ValueID, output index: Int = 0, narrow: Bool = true, _ builder: inout ImportBuilder
  ) {
    guard index < node.outputs.count, let output = node.outputs[index] else { return }
    let op: any Operator = type.isHalf && narrow ? Cast(to: type) : Identity()
    builder.emit(op, node, inputs: [value], outputs: [output])
  }

  /// The mean of squares along axes, kept.
  func energy(
    _ x: ValueID, _ axes: [Int], _ builder: inout ImportBuilder
  ) -> ValueID {
    let squares = builder.step(Binary(.multiply), node, x, x)
    return builder.step(Reduce(.mean, axes: axes, keepDimensions: true), node, squares)
  }

  /// The root of a mean of squares, kept from 0.
  func spread(
    _ energy: ValueID, epsilon: Float, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> ValueID {
    let raised = builder.step(Binary(.add), node, energy, try number(epsilon, &builder))
    return builder.step(Unary(.sqrt), node, raised)
  }

  /// `(x − mean) / spread` along axes, and the two.
  func standardized(
    _ x: ValueID, _ axes: [Int], epsilon: Float, _ builder: inout ImportBuilder
  ) throws(OperatorError) -> (y: ValueID, mean: ValueID, spread: ValueID) {
    let mean = builder.step(Reduce(.mean, axes: axes, keepDimensions: true), node, x)
    let centred = builder.step(Binary(.subtract), node, x, mean)
    let spread = try spread(energy(centred, axes, &builder), epsilon: epsilon, &builder)
    return (builder.step(Binary(.divide), node, centred, spread), mean, spread)
  }

  /// `x · scale + bias`, each with `axes` inserted behind its own.
  func scaled(
    _ x: ValueID, _ scale: Int, _ bias: Int?, inserting axes: [Int],
    _ builder: inout ImportBuilder
  ) throws(OperatorError) -> ValueID {
    func parameter(_ index: Int) throws(OperatorError) -> ValueID {
      let own = try input(index, &builder)
      if axes.isEmpty { return own }
      return builder.step(Unsqueeze(), node, own, try builder.constant(axes, node))
    }
    let product = builder.step(Binary(.multiply), node, x, try parameter(scale))
    guard let bias else { return product }
    return builder.step(Binary(.add), node, product, try parameter(bias))
  }
}

extension OperatorList {
  /// The axes from one on, counted from the end where the rank is not known.
  private static func trailingAxes(
    _ node: ImportedNode, _ builder: ImportBuilder
  ) throws(OperatorError) -> [Int] {
    let axis = try node.integer("axis") ?? -1
    if axis < 0, axis >= -Shape.maximumRank { return Array(axis..<0) }
    let rank = try builder.rank(try node.required(0))
    return Array(try normalizedAxis(axis, rank: rank)..<rank)
  }

  static func importLayerNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let wide = try WideStretch(node, builder)
    let axes = try trailingAxes(node, builder)
    let standard = try wide.standardized(
      try wide.input(0, &builder), axes, epsilon: try node.float("epsilon") ?? 1e-5, &builder)
    let y = try wide.scaled(
      standard.y, 1, node.input(2) == nil ? nil : 2, inserting: [], &builder)
    wide.finish(y, &builder)
    wide.finish(standard.mean, output: 1, narrow: false, &builder)
    if node.outputs.count > 2, node.outputs[2] != nil {
      let inverse = builder.step(Unary(.reciprocal), node, standard.spread)
      wide.finish(inverse, output: 2, narrow: false, &builder)
    }
  }

  static func importRMSNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let wide = try WideStretch(node, builder)
    let x = try wide.input(0, &builder)
    let energy = wide.energy(x, try trailingAxes(node, builder), &builder)
    let spread = try wide.spread(
      energy, epsilon: try node.float("epsilon") ?? 1e-5, &builder)
    let y = builder.step(Binary(.divide), node, x, spread)
    wide.finish(try wide.scaled(y, 1, nil, inserting: [], &builder), &builder)
  }

  static func importInstanceNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let rank = try builder.rank(try node.required(0))
    guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
    let wide = try WideStretch(node, builder)
    let standard = try wide.standardized(
      try wide.input(0, &builder), Array(2..<rank), epsilon: try node.float("epsilon") ?? 1e-5,
      &builder)
    let inserted = Array(1..<rank - 1)
    wide.finish(try wide.scaled(standard.y, 1, 2, inserting: inserted, &builder), &builder)
  }

  /// Scale and bias stood for groups before opset 21, and stand for channels since.
  static func importGroupNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard let groups = try node.integer("num_groups"), groups > 0 else {
      throw OperatorError("attribute num_groups is missing")
    }
    let x = try node.required(0)
    let rank = try builder.rank(x)
    guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
    let wide = try WideStretch(node, builder)
    let shape = builder.step(ShapeOf(start: 0, end: nil), node, x)
    let grouped = builder.step(
      Reshape(allowZero: false), node, try wide.input(0, &builder),
      try builder.constant([0, groups, -1], node))
    var y = try wide.standardized(
      grouped, [2], epsilon: try node.float("epsilon") ?? 1e-5, &builder
    ).y
    if builder.opset < 21 { y = try wide.scaled(y, 1, 2, inserting: [1], &builder) }
    y = builder.step(Reshape(allowZero: false), node, y, shape)
    if builder.opset >= 21 {
      y = try wide.scaled(y, 1, 2, inserting: Array(1..<rank - 1), &builder)
    }
    wide.finish(y, &builder)
  }

  /// Of nothing but zeros it is 0.
  static func importLpNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let order = try node.integer("p") ?? 2
    guard order == 1 || order == 2 else { throw OperatorError("p \(order)") }
    let wide = try WideStretch(node, builder)
    let x = try wide.input(0, &builder)
    let axes = [try node.integer("axis") ?? -1]
    let norm = builder.step(
      Reduce(order == 1 ? .l1 : .l2, axes: axes, keepDimensions: true), node, x)
    let least = try wide.number(.leastNormalMagnitude, &builder)
    let divisor = builder.step(Binary(.maximum), node, norm, least)
    wide.finish(builder.step(Binary(.divide), node, x, divisor), &builder)
  }

  static func importMeanVarianceNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let wide = try WideStretch(node, builder)
    let axes = try node.integers("axes") ?? [0, 2, 3]
    let x = try wide.input(0, &builder)
    let mean = builder.step(Reduce(.mean, axes: axes, keepDimensions: true), node, x)
    let centred = builder.step(Binary(.subtract), node, x, mean)
    let deviation = builder.step(Unary(.sqrt), node, wide.energy(centred, axes, &builder))
    let divisor = builder.step(
      Binary(.add), node, deviation, try wide.number(1e-9, &builder))
    wide.finish(builder.step(Binary(.divide), node, centred, divisor), &builder)
  }

  static func localResponse(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    guard let size = try node.integer("size") else {
      throw OperatorError("attribute size is missing")
    }
    return LocalResponseNormalization(
      size: size, alpha: try node.float("alpha") ?? 1e-4, beta: try node.float("beta") ?? 0.75,
      bias: try node.float("bias") ?? 1)
  }

  static func importBatchNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try node.refuse("spatial", unless: 1)
    if builder.opset < 7, try !node.flag("is_test", default: false) {
      throw OperatorError("training (is_test 0) is not supported")
    }
    let op = BatchNormalization(epsilon: try node.float("epsilon") ?? 1e-5)
    guard try node.flag("training_mode", default: false) else {
      try node.expectOneOutput()
      return builder.emit(op, node)
    }
    try importTraining(op, node, &builder)
  }

  /// Statistics of the batch itself, and the running ones moved towards them.
  private static func importTraining(
    _ op: BatchNormalization, _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let rank = try builder.rank(try node.required(0))
    guard rank >= 2 else { throw OperatorError("an input of \(rank) axes") }
    let wide = try WideStretch(node, builder)
    let x = try wide.input(0, &builder)
    let axes = [0] + Array(2..<rank)
    let mean = builder.step(Reduce(.mean, axes: axes, keepDimensions: true), node, x)
    let centred = builder.step(Binary(.subtract), node, x, mean)
    let squares = builder.step(Binary(.multiply), node, centred, centred)
    let fold = Reduce(.mean, axes: axes, keepDimensions: false)
    let statistics = [builder.step(fold, node, x), builder.step(fold, node, squares)]
    builder.emit(
      op, node,
      inputs: [node.input(0), node.input(1), node.input(2), statistics[0], statistics[1]])
    let momentum = try node.float("momentum") ?? 0.9
    for (index, statistic) in statistics.enumerated() {
      let kept = builder.step(
        Binary(.multiply), node, try wide.input(3 + index, &builder),
        try wide.number(momentum, &builder))
      let moved = builder.step(
        Binary(.multiply), node, statistic, try wide.number(1 - momentum, &builder))
      let running = builder.step(Binary(.add), node, kept, moved)
      wide.finish(running, output: 1 + index, &builder)
    }
  }
}
