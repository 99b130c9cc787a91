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
    var op = Resize(mode: mode, coordinates: try coordinates(node), rounding: try rounding(node))
    op.antialias = try node.flag("antialias", default: false) && mode != .nearest
    op.excludesOutside = try node.flag("exclude_outside", default: false)
    op.cubicCoefficient = try node.float("cubic_coeff_a") ?? -0.75
    op.extrapolation = try node.float("extrapolation_value") ?? 0
    op.axes = try node.integers("axes")
    op.policy = try policy(node)
    let sizes = present(node.input(3), builder)
    let scales = sizes == nil ? present(node.input(2), builder) : nil
    var inputs = sizes == nil ? [node.input(0), scales] : [node.input(0), nil, sizes]
    if op.coordinates == .tfCropAndResize {
      guard let region = present(node.input(1), builder) else {
        throw OperatorError("roi is missing")
      }
      inputs += [ValueID?](repeating: nil, count: 3 - inputs.count) + [region]
    }
    builder.emit(op, node, inputs: inputs)
  }

  private static func policy(_ node: ImportedNode) throws(OperatorError) -> Resize.Policy {
    switch try node.string("keep_aspect_ratio_policy") ?? "stretch" {
    case "stretch": return .stretch
    case "not_larger": return .notLarger
    case "not_smaller": return .notSmaller
    case let other: throw OperatorError("keep_aspect_ratio_policy \(other.debugDescription)")
    }
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
    case "half_pixel_symmetric": return .halfPixelSymmetric
    case "tf_half_pixel_for_nn": return .tfHalfPixelForNearest
    case "tf_crop_and_resize": return .tfCropAndResize
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
