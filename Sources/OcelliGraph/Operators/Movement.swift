package import OcelliTensor

/// Joins tensors along an axis. Source: ONNX `Concat`.
package struct Concat: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "Concat" }
  package var detail: String { "axis \(axis)" }
}

/// Cuts a tensor along an axis. Inputs: x, sizes?. Without sizes the outputs share evenly. Source: ONNX `Split`.
package struct Split: Operator {
  package var axis: Int
  package var outputCount: Int
  package init(axis: Int, outputCount: Int) {
    self.axis = axis
    self.outputCount = outputCount
  }
  package var name: String { "Split" }
  package var detail: String { "axis \(axis), \(outputCount) outputs" }
}

/// Inputs: x, starts, ends, axes?, steps?. Source: ONNX `Slice` (opset 10 form).
package struct Slice: Operator {
  package init() {}
  package var name: String { "Slice" }
}

/// Inputs: x, indices. Source: ONNX `Gather`.
package struct Gather: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "Gather" }
  package var detail: String { "axis \(axis)" }
}

/// Source: ONNX `Transpose`; `permutation` nil reverses the axes.
package struct Transpose: Operator {
  package var permutation: [Int]?
  package init(_ permutation: [Int]?) { self.permutation = permutation }
  package var name: String { "Transpose" }
  package var detail: String { permutation.map { "\($0)" } ?? "" }
}

/// Inputs: x, shape. Source: ONNX `Reshape`.
package struct Reshape: Operator {
  package var allowZero: Bool
  package init(allowZero: Bool) { self.allowZero = allowZero }
  package var name: String { "Reshape" }
  package var detail: String { allowZero ? "zeros count" : "" }
}

/// Folds the axes before `axis` into one and the rest into another. Source: ONNX `Flatten`.
package struct Flatten: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "Flatten" }
  package var detail: String { "axis \(axis)" }
}

/// Inputs: x, axes?. Source: ONNX `Squeeze` (opset 13 form).
package struct Squeeze: Operator {
  package init() {}
  package var name: String { "Squeeze" }
}

/// Inputs: x, axes. Source: ONNX `Unsqueeze` (opset 13 form).
package struct Unsqueeze: Operator {
  package init() {}
  package var name: String { "Unsqueeze" }
}

/// Inputs: x, shape. Source: ONNX `Expand`.
package struct Expand: Operator {
  package init() {}
  package var name: String { "Expand" }
}

/// Inputs: x, repeats. Source: ONNX `Tile`.
package struct Tile: Operator {
  package init() {}
  package var name: String { "Tile" }
}

/// Inputs: x, pads, value?, axes?. Source: ONNX `Pad` (opset 18 form).
package struct Pad: Operator {
  package enum Mode: String, Sendable { case constant, reflect, edge, wrap }
  package var mode: Mode
  package init(mode: Mode) { self.mode = mode }
  package var name: String { "Pad" }
  package var detail: String { mode.rawValue }
}

/// The shape of a tensor as int64. Source: ONNX `Shape` (opset 15 form).
package struct ShapeOf: Operator {
  package var start: Int
  package var end: Int?
  package init(start: Int, end: Int?) {
    self.start = start
    self.end = end
  }
  package var name: String { "Shape" }
  package var detail: String {
    start == 0 && end == nil ? "" : "\(start)..<\(end.map(String.init) ?? "")"
  }
}

/// Inputs: shape. Source: ONNX `ConstantOfShape`.
package struct ConstantOfShape: Operator {
  /// One element.
  package var value: Tensor
  package init(value: Tensor) { self.value = value }
  package var name: String { "ConstantOfShape" }
  package var detail: String { value.summary }
}

/// Inputs: start, limit, delta. Source: ONNX `Range`.
package struct Range: Operator {
  package init() {}
  package var name: String { "Range" }
}
