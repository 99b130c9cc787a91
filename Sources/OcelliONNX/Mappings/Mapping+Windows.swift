import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func importTransposedConvolution(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let axes = try spatialAxes(node, builder)
    let extents = try node.integers("output_shape")
    // Some writers state batch and channels too.
    builder.emit(
      TransposedConvolution(
        strides: filled(try node.integers("strides"), axes),
        dilations: filled(try node.integers("dilations"), axes), padding: try padding(node),
        outputPadding: filled(try node.integers("output_padding"), axes, with: 0),
        outputExtents: extents.map { Array($0.suffix(axes)) },
        groups: try node.integer("group") ?? 1), node)
  }

  static func importDeformableConvolution(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    builder.emit(
      DeformableConvolution(
        strides: filled(try node.integers("strides"), 2),
        dilations: filled(try node.integers("dilations"), 2),
        pads: filled(try node.integers("pads"), 4, with: 0),
        groups: try node.integer("group") ?? 1,
        offsetGroups: try node.integer("offset_group") ?? 1), node)
  }

  /// From `kernel_shape` or the weights, which have to agree.
  private static func spatialAxes(
    _ node: ImportedNode, _ builder: ImportBuilder
  ) throws(OperatorError) -> Int {
    let weights = builder.graph[try node.required(1)].fact?.shape
    let kernel = try node.integers("kernel_shape")
    if let kernel, let weights, kernel != Array(weights.dimensions.dropFirst(2)) {
      throw OperatorError("kernel_shape \(kernel) with weights of \(weights)")
    }
    guard let axes = kernel?.count ?? weights.map({ $0.rank - 2 }), 1...6 ~= axes else {
      throw OperatorError("the number of spatial axes is not known")
    }
    return axes
  }

  static func columnsToImage(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    ColumnsToImage(
      strides: try node.integers("strides") ?? [], dilations: try node.integers("dilations") ?? [],
      pads: try node.integers("pads") ?? [])
  }

  static func maxUnpool(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    MaxUnpool(
      kernel: try node.integers("kernel_shape") ?? [], strides: try node.integers("strides") ?? [],
      pads: try node.integers("pads") ?? [])
  }

  /// The norm over all spatial axes.
  static func importGlobalPowerPool(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let x = try node.required(0)
    let rank = try builder.rank(x)
    guard rank >= 3 else { throw OperatorError("an input of \(rank) axes") }
    let axes = Array(2..<rank)
    switch try node.integer("p") ?? 2 {
    case 1: builder.emit(Reduce(.l1, axes: axes, keepDimensions: true), node)
    case 2: builder.emit(Reduce(.l2, axes: axes, keepDimensions: true), node)
    case let exponent:
      guard exponent >= 1 else { throw OperatorError("p \(exponent)") }
      let power = try builder.constant(scalar: Float(exponent), node)
      let root = try builder.constant(scalar: 1 / Float(exponent), node)
      let size = builder.step(Unary(.absolute), node, x)
      let powers = builder.step(Binary(.power), node, size, power)
      let total = builder.step(Reduce(.sum, axes: axes, keepDimensions: true), node, powers)
      builder.emit(Binary(.power), node, inputs: [total, root])
    }
  }
}
