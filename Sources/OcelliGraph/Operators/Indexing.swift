package import OcelliTensor

/// Takes elements along an axis, each at an index of its own. Inputs: data, indices.
/// Source: ONNX `GatherElements`.
package struct GatherElements: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "GatherElements" }
  package var detail: String { "axis \(axis)" }
}

/// Takes slices at tuples of indices. Inputs: data, indices. Source: ONNX `GatherND`.
package struct GatherND: Operator {
  package var batchAxes: Int
  package init(batchAxes: Int) { self.batchAxes = batchAxes }
  package var name: String { "GatherND" }
  package var detail: String { batchAxes == 0 ? "" : "\(batchAxes) batch axes" }
}

/// How a scattered element meets the one that is there.
package enum ScatterReduction: String, Sendable { case none, add, multiply, minimum, maximum }

/// Puts elements along an axis, each at an index of its own. Inputs: data, indices, updates.
/// Source: ONNX `ScatterElements`, `Scatter`.
package struct ScatterElements: Operator {
  package var axis: Int
  package var reduction: ScatterReduction
  package init(axis: Int, reduction: ScatterReduction) {
    self.axis = axis
    self.reduction = reduction
  }
  package var name: String { "ScatterElements" }
  package var detail: String {
    "axis \(axis)" + (reduction == .none ? "" : ", \(reduction.rawValue)")
  }
}

/// Puts slices at tuples of indices. Inputs: data, indices, updates. Source: ONNX `ScatterND`.
package struct ScatterND: Operator {
  package var reduction: ScatterReduction
  package init(reduction: ScatterReduction) { self.reduction = reduction }
  package var name: String { "ScatterND" }
  package var detail: String { reduction == .none ? "" : reduction.rawValue }
}

/// Writes rows into a cache from a place on that is each batch's own. Inputs: cache, rows, places?.
/// Source: ONNX `TensorScatter`.
package struct TensorScatter: Operator {
  package var axis: Int
  /// Beyond the end it goes on at the beginning.
  package var isCircular: Bool
  package init(axis: Int, isCircular: Bool) {
    self.axis = axis
    self.isCircular = isCircular
  }
  package var name: String { "TensorScatter" }
  package var detail: String { "axis \(axis)" + (isCircular ? ", circular" : "") }
}

/// Keeps the slices whose condition is true. Inputs: data, conditions. `axis` nil: of the elements.
/// Source: ONNX `Compress`.
package struct Compress: Operator {
  package var axis: Int?
  package init(axis: Int?) { self.axis = axis }
  package var name: String { "Compress" }
  package var detail: String { axis.map { "axis \($0)" } ?? "" }
}

/// Turns the first so many steps of each batch around. Inputs: data, lengths.
/// Source: ONNX `ReverseSequence`.
package struct ReverseSequence: Operator {
  package var batchAxis: Int
  package var timeAxis: Int
  package init(batchAxis: Int, timeAxis: Int) {
    self.batchAxis = batchAxis
    self.timeAxis = timeAxis
  }
  package var name: String { "ReverseSequence" }
  package var detail: String { "batch \(batchAxis), time \(timeAxis)" }
}

/// One value where an index is, another elsewhere. Inputs: indices, depth, values (elsewhere, there).
/// Source: ONNX `OneHot`.
package struct OneHot: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "OneHot" }
  package var detail: String { "axis \(axis)" }
}

/// Ones on a diagonal. Input: a matrix whose shape counts. Source: ONNX `EyeLike`.
package struct EyeLike: Operator {
  package var diagonal: Int
  /// nil: the input's.
  package var type: ElementType?
  package init(diagonal: Int, type: ElementType?) {
    self.diagonal = diagonal
    self.type = type
  }
  package var name: String { "EyeLike" }
  package var detail: String { "diagonal \(diagonal)" }
}

/// Keeps what is above or below a diagonal. Inputs: data, diagonal?. Source: ONNX `Trilu`.
package struct Trilu: Operator {
  package var isUpper: Bool
  package init(isUpper: Bool) { self.isUpper = isUpper }
  package var name: String { "Trilu" }
  package var detail: String { isUpper ? "upper" : "lower" }
}

/// Cuts to or pads with zeros up to extents, evenly on both sides. Inputs: data, extents.
/// Source: ONNX `CenterCropPad`.
package struct CenterCropPad: Operator {
  /// nil: all.
  package var axes: [Int]?
  package init(axes: [Int]?) { self.axes = axes }
  package var name: String { "CenterCropPad" }
  package var detail: String { axes.map { "axes \($0)" } ?? "" }
}

/// The determinants of square matrices. Source: ONNX `Det`.
package struct Determinant: Operator {
  package init() {}
  package var name: String { "Det" }
}

/// Chooses boxes class by class, the best first, none that overlaps a chosen one.
/// Inputs: boxes `[B, N, 4]`, scores `[B, C, N]`, most a class?, overlap?, least score?.
/// Output: int64 `[chosen, 3]`, batch, class, box. Source: ONNX `NonMaxSuppression`.
package struct NonMaxSuppression: Operator {
  /// Boxes are centre and extents, x first; else two corners, y first.
  package var hasCenters: Bool
  package init(hasCenters: Bool) { self.hasCenters = hasCenters }
  package var name: String { "NonMaxSuppression" }
  package var detail: String { hasCenters ? "centers" : "corners" }
}
