package import OcelliTensor

extension [OperatorInput?] {
  /// The input at `index`. Errors: where the node has none there.
  package func required(_ index: Int, _ name: String) throws(OperatorError) -> OperatorInput {
    guard let input = optional(index) else { throw OperatorError("input \(name) is missing") }
    return input
  }

  /// The input at `index`, nil where the node has none there.
  package func optional(_ index: Int) -> OperatorInput? { index < count ? self[index] : nil }

  /// Errors: where there are more or fewer inputs than the operator takes.
  func expectCount(_ range: ClosedRange<Int>) throws(OperatorError) {
    guard range.contains(count) else {
      let due =
        range.lowerBound == range.upperBound
        ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw OperatorError("\(count) inputs where \(due) are due")
    }
  }
}

extension OperatorInput {
  /// The elements of a constant that holds axes, extents or counts.
  /// Errors: where it is no constant, no integer, or no list.
  package func integers(_ name: String) throws(OperatorError) -> [Int] {
    guard let constant else { throw OperatorError("input \(name) is not a constant") }
    return try constant.integers(name)
  }

  /// As `integers`, but nil where the input is not known before the graph runs.
  func integersIfConstant(_ name: String) throws(OperatorError) -> [Int]? {
    guard fact.type == .int64 || fact.type == .int32 else {
      throw OperatorError("input \(name) is \(fact.type.rawValue); int64 or int32 is due")
    }
    return constant == nil ? nil : try integers(name)
  }

  func expectType(_ type: ElementType, _ name: String) throws(OperatorError) {
    guard fact.type == type else {
      throw OperatorError("input \(name) is \(fact.type.rawValue); \(type.rawValue) is due")
    }
  }
}

extension Tensor {
  /// The elements as `Int`. Errors: where the tensor has no 32 or 64 bit integers or more than one axis.
  package func integers(_ name: String) throws(OperatorError) -> [Int] {
    guard shape.rank <= 1 else { throw OperatorError("input \(name) has \(shape.rank) axes") }
    switch type {
    case .int64: return array(of: Int64.self).map(Int.init)
    case .int32: return array(of: Int32.self).map(Int.init)
    default:
      throw OperatorError("input \(name) is \(type.rawValue); int64 or int32 is due")
    }
  }
}
