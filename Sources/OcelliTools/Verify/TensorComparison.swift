import OcelliGraph
import OcelliReference
import OcelliTensor

/// Compares what a model made with what is due.
enum TensorComparison {
  /// The difference in words; nil where there is none beyond the tolerance. Integers and truth values
  /// must be equal; NaN is due where NaN is due, and the same infinity.
  static func difference(
    _ found: Tensor, due: Tensor, _ tolerance: ConformanceCase.Tolerance
  ) throws(OperatorError) -> String? {
    guard found.type == due.type, found.shape == due.shape else {
      return "\(Fact(found.type, found.shape)) where \(Fact(due.type, due.shape)) is due"
    }
    let isExact = due.type.isInteger || due.type == .bool
    if isExact, found.byteArray() == due.byteArray() { return nil }
    let values = try doubles(found)
    let wanted = try doubles(due)
    var count = 0
    var first: Int?
    for index in wanted.indices {
      let isClose =
        isExact
        ? values[index] == wanted[index] : close(values[index], wanted[index], tolerance)
      guard !isClose else { continue }
      count += 1
      first = first ?? index
    }
    // 64-bit integers may differ where their doubles do not.
    guard let first else { return isExact ? "64-bit integers differ in their last digits" : nil }
    let place = "element \(first) is \(values[first]) where \(wanted[first]) is due"
    return count == 1 ? place : "\(place), and \(count - 1) more of \(wanted.count) are off"
  }

  private static func close(
    _ value: Double, _ due: Double, _ tolerance: ConformanceCase.Tolerance
  ) -> Bool {
    if due.isNaN || value.isNaN { return due.isNaN && value.isNaN }
    if due.isInfinite || value.isInfinite { return value == due }
    return abs(value - due) <= tolerance.absolute + tolerance.relative * abs(due)
  }

  private static func doubles(_ tensor: Tensor) throws(OperatorError) -> [Double] {
    try ReferenceEvaluator().evaluate(Cast(to: .float64), [tensor], outputCount: 1)[0].array()
  }
}
