import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func padding(_ node: ImportedNode) throws(OperatorError) -> Padding {
    switch try node.string("auto_pad") ?? "NOTSET" {
    case "NOTSET", "": return .explicit(try node.integers("pads") ?? [])
    case "SAME_UPPER": return .sameUpper
    case "SAME_LOWER": return .sameLower
    case "VALID": return .valid
    case let other: throw OperatorError("auto_pad \(other.debugDescription)")
    }
  }

  /// One number an axis, 1 where the file has none; pads 0.
  static func filled(_ list: [Int]?, _ axes: Int, with value: Int = 1) -> [Int] {
    list.flatMap { $0.isEmpty ? nil : $0 } ?? [Int](repeating: value, count: axes)
  }

  static func importConvolution(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    builder.emit(try convolution(node, weights: try node.required(1), builder), node)
  }

  /// The window that a node's attributes and its weights' extents state.
  static func convolution(
    _ node: ImportedNode, weights: ValueID, _ builder: ImportBuilder
  ) throws(OperatorError) -> Convolution {
    let weights = builder.graph[weights].fact?.shape
    let kernel = try node.integers("kernel_shape")
    if let kernel, let weights, kernel != Array(weights.dimensions.dropFirst(2)) {
      throw OperatorError("kernel_shape \(kernel) with weights of \(weights)")
    }
    guard let axes = kernel?.count ?? weights.map({ $0.rank - 2 }), 1...6 ~= axes else {
      throw OperatorError("the number of spatial axes is not known")
    }
    var padding = try padding(node)
    if padding == .explicit([]) { padding = .explicit(filled(nil, 2 * axes, with: 0)) }
    return Convolution(
      strides: filled(try node.integers("strides"), axes),
      dilations: filled(try node.integers("dilations"), axes), padding: padding,
      groups: try node.integer("group") ?? 1)
  }

  static func importPool(_ kind: Pool.Kind) -> Mapping {
    { (node, builder) throws(OperatorError) in
      if kind != .max { try node.expectOneOutput() }
      var op = try pool(kind, node)
      let isIndexed = node.outputs.count > 1 && node.outputs[1] != nil
      let isColumnMajor = try node.flag("storage_order", default: false)
      op.countsColumnMajor = isIndexed && isColumnMajor
      builder.emit(op, node, outputs: Array(node.outputs.prefix(isIndexed ? 2 : 1)))
    }
  }

  /// The window that a node's attributes state.
  static func pool(_ kind: Pool.Kind, _ node: ImportedNode) throws(OperatorError) -> Pool {
    guard let kernel = try node.integers("kernel_shape"), 1...6 ~= kernel.count else {
      throw OperatorError("kernel_shape is missing")
    }
    var padding = try padding(node)
    if padding == .explicit([]) { padding = .explicit(filled(nil, 2 * kernel.count, with: 0)) }
    var op = Pool(
      kind: kind, kernel: kernel,
      strides: filled(try node.integers("strides"), kernel.count),
      dilations: filled(try node.integers("dilations"), kernel.count), padding: padding,
      ceilMode: try node.flag("ceil_mode", default: false),
      countIncludePad: try node.flag("count_include_pad", default: false))
    op.exponent = try node.integer("p") ?? 2
    return op
  }

  static func depthToSpace(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    let mode = try node.string("mode") ?? "DCR"
    guard mode == "DCR" || mode == "CRD" else { throw OperatorError("mode \(mode)") }
    return BlockMove(
      direction: .depthToSpace, block: try node.integer("blocksize") ?? 0,
      columnRowDepth: mode == "CRD")
  }

  static func spaceToDepth(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    let mode = try node.string("mode") ?? "DCR"
    guard mode == "DCR" || mode == "CRD" else { throw OperatorError("mode \(mode)") }
    return BlockMove(
      direction: .spaceToDepth, block: try node.integer("blocksize") ?? 0,
      columnRowDepth: mode == "CRD")
  }
}
