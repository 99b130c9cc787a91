package import OcelliTensor

// Numbers from a file meet no bare operator: every sum and product here can fail.

func sum(_ a: Int, _ b: Int) throws(OperatorError) -> Int {
  let (result, overflow) = a.addingReportingOverflow(b)
  guard !overflow else { throw OperatorError("\(a) + \(b) is beyond 64 bits") }
  return result
}

func difference(_ a: Int, _ b: Int) throws(OperatorError) -> Int {
  let (result, overflow) = a.subtractingReportingOverflow(b)
  guard !overflow else { throw OperatorError("\(a) − \(b) is beyond 64 bits") }
  return result
}

func product(_ a: Int, _ b: Int) throws(OperatorError) -> Int {
  let (result, overflow) = a.multipliedReportingOverflow(by: b)
  guard !overflow else { throw OperatorError("\(a) · \(b) is beyond 64 bits") }
  return result
}

/// The product of extents. Errors: beyond 64 bits.
func product(_ extents: some Sequence<Int>) throws(OperatorError) -> Int {
  var result = 1
  for extent in extents { result = try product(result, extent) }
  return result
}

extension Shape {
  /// A shape from numbers of a file. Errors: those of `init(checking:)`, in words.
  package static func checked(_ dimensions: [Int]) throws(OperatorError) -> Shape {
    do { return try Shape(checking: dimensions) } catch {
      throw OperatorError(error.description)
    }
  }
}

/// An axis counted from the front. `rank` for an insertion is the rank of the result.
/// Errors: where the axis is not within −rank ..< rank.
package func normalizedAxis(_ axis: Int, rank: Int) throws(OperatorError) -> Int {
  guard axis >= -rank, axis < rank else {
    throw OperatorError("axis \(axis) is not one of \(rank) axes")
  }
  return axis < 0 ? axis + rank : axis
}

/// Axes counted from the front, in the order given. Errors: out of range, or one given twice.
package func normalizedAxes(_ axes: [Int], rank: Int) throws(OperatorError) -> [Int] {
  var result: [Int] = []
  for axis in axes {
    let axis = try normalizedAxis(axis, rank: rank)
    guard !result.contains(axis) else { throw OperatorError("axis \(axis) is given twice") }
    result.append(axis)
  }
  return result
}
