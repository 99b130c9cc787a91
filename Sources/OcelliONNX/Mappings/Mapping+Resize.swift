import OcelliGraph
import OcelliTensor

extension OperatorList {
  private static func mode(_ node: ImportedNode) throws(OperatorError) -> Resize.Mode {
    switch try node.string("mode") ?? "nearest" {
    case "nearest": return .nearest
    case "linear", "bilinear": return .linear
    case "cubic": return .cubic
    case let other: throw OperatorError("mode \(other.debugDescription)")
    }
  }

  /// Scales stood in an attribute before opset 9.
  static func importUpsample(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    var inputs = node.inputs
    if let scales = try node.floats("scales") {
      inputs = [node.input(0), try builder.constant(scales, node)]
    }
    builder.emit(
      Resize(mode: try mode(node), coordinates: .asymmetric, rounding: .floor), node,
      inputs: inputs)
  }

  static func importResize(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let mode = try mode(node)
    guard builder.opset >= 11 else {
      builder.emit(Resize(mode: mode, coordinates: .asymmetric, rounding: .floor), node)
      return
    }
    try node.refuse("antialias", unless: 0)
    try node.refuse("exclude_outside", unless: 0)
    guard !node.has("axes") else { throw OperatorError("axes are not supported") }
    let policy = try node.string("keep_aspect_ratio_policy") ?? "stretch"
    guard policy == "stretch" else {
      throw OperatorError("keep_aspect_ratio_policy \(policy) is not supported")
    }
    let cubic = try node.float("cubic_coeff_a") ?? -0.75
    guard mode != .cubic || cubic == -0.75 else {
      throw OperatorError("cubic_coeff_a \(cubic) is not supported")
    }
    let sizes = present(node.input(3), builder)
    let scales = sizes == nil ? present(node.input(2), builder) : nil
    builder.emit(
      Resize(mode: mode, coordinates: try coordinates(node), rounding: try rounding(node)), node,
      inputs: sizes == nil ? [node.input(0), scales] : [node.input(0), nil, sizes])
  }

  /// Some writers give an empty list where they mean none.
  private static func present(_ id: ValueID?, _ builder: ImportBuilder) -> ValueID? {
    guard let id, builder.graph[id].constant?.count != 0 else { return nil }
    return id
  }

  private static func coordinates(
    _ node: ImportedNode
  ) throws(OperatorError) -> Resize.Coordinates {
    switch try node.string("coordinate_transformation_mode") ?? "half_pixel" {
    case "half_pixel": return .halfPixel
    case "pytorch_half_pixel": return .pytorchHalfPixel
    case "align_corners": return .alignCorners
    case "asymmetric": return .asymmetric
    case let other: throw OperatorError("coordinates \(other.debugDescription) are not supported")
    }
  }

  private static func rounding(_ node: ImportedNode) throws(OperatorError) -> Resize.Rounding {
    switch try node.string("nearest_mode") ?? "round_prefer_floor" {
    case "round_prefer_floor": return .roundPreferFloor
    case "round_prefer_ceil": return .roundPreferCeil
    case "floor": return .floor
    case "ceil": return .ceil
    case let other: throw OperatorError("nearest_mode \(other.debugDescription)")
    }
  }
}
