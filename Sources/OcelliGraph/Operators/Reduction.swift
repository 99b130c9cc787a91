/// Folds axes. Inputs: x, axes? (only where they are no constant; they then count instead of `axes`).
/// `axes` nil: all; empty: none, each element is then folded alone.
/// Source: ONNX `Reduce*`; `Global*Pool` too.
package struct Reduce: Operator {
  package enum Function: String, Sendable {
    case sum, mean, maximum, minimum, product, sumSquare, l1, l2, logSum, logSumExp
  }
  package var function: Function
  package var axes: [Int]?
  package var keepDimensions: Bool
  /// What an empty list in the input `axes` means: none instead of all.
  package var emptyMeansNone: Bool
  package init(
    _ function: Function, axes: [Int]?, keepDimensions: Bool, emptyMeansNone: Bool = false
  ) {
    self.function = function
    self.axes = axes
    self.keepDimensions = keepDimensions
    self.emptyMeansNone = emptyMeansNone
  }
  package var name: String { "Reduce(\(function.rawValue))" }
  package var detail: String {
    (axes.map { "axes \($0)" } ?? "all axes") + (keepDimensions ? ", kept" : "")
  }
}

/// Where the largest or smallest element of an axis stands, as int64. Source: ONNX `ArgMax`, `ArgMin`.
package struct ArgExtremum: Operator {
  package enum Kind: String, Sendable { case maximum, minimum }
  package var kind: Kind
  package var axis: Int
  package var keepDimensions: Bool
  /// Of equals the last and not the first.
  package var selectLast: Bool
  package init(_ kind: Kind, axis: Int, keepDimensions: Bool, selectLast: Bool) {
    self.kind = kind
    self.axis = axis
    self.keepDimensions = keepDimensions
    self.selectLast = selectLast
  }
  package var name: String { kind == .maximum ? "ArgMax" : "ArgMin" }
  package var detail: String {
    "axis \(axis)" + (keepDimensions ? ", kept" : "") + (selectLast ? ", last" : "")
  }
}

/// The k largest or smallest of an axis, in order, and where they stood; of equals the first wins.
/// Inputs: x, k. Outputs: values, indices (int64). Source: ONNX `TopK` (opset 10 form).
package struct TopK: Operator {
  package var axis: Int
  package var largest: Bool
  package init(axis: Int, largest: Bool) {
    self.axis = axis
    self.largest = largest
  }
  package var name: String { "TopK" }
  package var detail: String { "axis \(axis), \(largest ? "largest" : "smallest")" }
}

/// The running sum or product of an axis. Inputs: x, axis. Source: ONNX `CumSum`, `CumProd`.
package struct Cumulative: Operator {
  package enum Function: String, Sendable { case sum, product }
  package var function: Function
  /// An element's own value does not count.
  package var exclusive: Bool
  package var reverse: Bool
  package init(_ function: Function, exclusive: Bool, reverse: Bool) {
    self.function = function
    self.exclusive = exclusive
    self.reverse = reverse
  }
  package var name: String { function == .sum ? "CumSum" : "CumProd" }
  package var detail: String {
    [exclusive ? "exclusive" : nil, reverse ? "reverse" : nil].compactMap { $0 }
      .joined(separator: ", ")
  }
}

/// 1 at the first largest element of an axis, 0 elsewhere. Source: ONNX `Hardmax` (opset 13).
package struct Hardmax: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }
  package var name: String { "Hardmax" }
  package var detail: String { "axis \(axis)" }
}

/// The indices of what is not zero, a row an axis, as int64. Source: ONNX `NonZero`.
package struct NonZero: Operator {
  package init() {}
  package var name: String { "NonZero" }
}

/// The distinct elements, or slices of an axis. Outputs: those, where each stood first, for every
/// element which of them it is, and how often each stood. Source: ONNX `Unique`.
package struct Unique: Operator {
  package var axis: Int?
  /// Ascending; else in the order in which they stand.
  package var sorted: Bool
  package init(axis: Int?, sorted: Bool) {
    self.axis = axis
    self.sorted = sorted
  }
  package var name: String { "Unique" }
  package var detail: String {
    (axis.map { "axis \($0)" } ?? "all axes") + (sorted ? ", sorted" : "")
  }
}
