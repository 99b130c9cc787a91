import OcelliGraph

extension OperatorList {
  /// Modes had other names before opset 20.
  static func gridSample(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    let mode: GridSample.Mode
    switch try node.string("mode") ?? "linear" {
    case "linear", "bilinear": mode = .linear
    case "nearest": mode = .nearest
    case "cubic", "bicubic": mode = .cubic
    case let other: throw OperatorError("mode \(other.debugDescription)")
    }
    let border = try node.string("padding_mode") ?? "zeros"
    guard let border = GridSample.Border(rawValue: border) else {
      throw OperatorError("padding_mode \(border.debugDescription)")
    }
    return GridSample(
      mode: mode, border: border, alignCorners: try node.flag("align_corners", default: false))
  }

  static func affineGrid(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    AffineGrid(alignCorners: try node.flag("align_corners", default: false))
  }

  /// Before opset 16 regions were taken without the half element.
  static func importRegionAlign(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let mode = try node.string("mode") ?? "avg"
    guard mode == "avg" || mode == "max" else {
      throw OperatorError("mode \(mode.debugDescription)")
    }
    let standard = builder.opset < 16 ? "output_half_pixel" : "half_pixel"
    let coordinates = try node.string("coordinate_transformation_mode") ?? standard
    guard coordinates == "half_pixel" || coordinates == "output_half_pixel" else {
      throw OperatorError("coordinate_transformation_mode \(coordinates.debugDescription)")
    }
    builder.emit(
      RoiAlign(
        mode: mode == "avg" ? .average : .maximum, height: try node.integer("output_height") ?? 1,
        width: try node.integer("output_width") ?? 1,
        samples: try node.integer("sampling_ratio") ?? 0,
        scale: try node.float("spatial_scale") ?? 1, halfPixel: coordinates == "half_pixel"),
      node)
  }

  static func nonMaximumSuppression(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    NonMaxSuppression(hasCenters: try node.flag("center_point_box", default: false))
  }
}
