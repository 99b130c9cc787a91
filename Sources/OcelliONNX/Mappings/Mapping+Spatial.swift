import OcelliGraph
import OcelliTensor

extension OperatorList {
  private static func padding(_ node: ImportedNode) throws(OperatorError) -> Padding {
    switch try node.string("auto_pad") ?? "NOTSET" {
    case "NOTSET", "": return .explicit(try node.integers("pads") ?? [])
    case "SAME_UPPER": return .sameUpper
    case "SAME_LOWER": return .sameLower
    case "VALID": return .valid
    case let other: throw OperatorError("auto_pad \(other.debugDescription)")
    }
  }

  /// One number an axis, 1 where the file has none; pads 0.
  private static func filled(_ list: [Int]?, _ axes: Int, with value: Int = 1) -> [Int] {
    list.flatMap { $0.isEmpty ? nil : $0 } ?? [Int](repeating: value, count: axes)
  }

  static func importConvolution(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let weights = builder.graph[try node.required(1)].fact?.shape
    let kernel = try node.integers("kernel_shape")
    if let kernel, let weights, kernel != Array(weights.dimensions.dropFirst(2)) {
      throw OperatorError("kernel_shape \(kernel) with weights of \(weights)")
    }
    guard let axes = kernel?.count ?? weights.map({ $0.rank - 2 }), 1...6 ~= axes else {
      throw OperatorError("the number of spatial axes is not known")
    }
    var padding = try padding(node)
    if padding == .explicit([]) { padding = .explicit(filled(nil, 2 * axes, with: 0)) }
    builder.emit(
      Convolution(
        strides: filled(try node.integers("strides"), axes),
        dilations: filled(try node.integers("dilations"), axes), padding: padding,
        groups: try node.integer("group") ?? 1), node)
  }

  static func importPool(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try node.expectOneOutput()
    guard let kernel = try node.integers("kernel_shape"), 1...6 ~= kernel.count else {
      throw OperatorError("kernel_shape is missing")
    }
    var padding = try padding(node)
    if padding == .explicit([]) { padding = .explicit(filled(nil, 2 * kernel.count, with: 0)) }
    builder.emit(
      Pool(
        kind: node.type == "MaxPool" ? .max : .average, kernel: kernel,
        strides: filled(try node.integers("strides"), kernel.count),
        dilations: filled(try node.integers("dilations"), kernel.count), padding: padding,
        ceilMode: try node.flag("ceil_mode", default: false),
        countIncludePad: try node.flag("count_include_pad", default: false)), node)
  }

  static func importBatchNormalization(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try node.refuse("spatial", unless: 1)
    try node.refuse("training_mode", unless: 0)
    try node.expectOneOutput()
    builder.emit(BatchNormalization(epsilon: try node.float("epsilon") ?? 1e-5), node)
  }

  static func depthToSpace(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    let mode = try node.string("mode") ?? "DCR"
    guard mode == "DCR" || mode == "CRD" else { throw OperatorError("mode \(mode)") }
    return BlockMove(
      direction: .depthToSpace, block: try node.integer("blocksize") ?? 0,
      columnRowDepth: mode == "CRD")
  }

  static func spaceToDepth(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    BlockMove(direction: .spaceToDepth, block: try node.integer("blocksize") ?? 0)
  }
}
