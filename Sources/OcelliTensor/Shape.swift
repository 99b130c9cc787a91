/// The extents of a tensor, outermost first; a scalar has none. Every extent is ≥ 0.
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package let dimensions: [Int]

  /// Traps: on a negative extent; sizes from a file go through `init(checking:)`.
  package init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "a negative extent")
    self.dimensions = dimensions
  }

  package init(arrayLiteral elements: Int...) { self.init(elements) }

  /// A shape from untrusted numbers.
  /// Errors: a negative extent, more than `maximumRank` axes, or a product beyond `maximumCount`.
  package init(checking dimensions: [Int]) throws(TensorError) {
    guard dimensions.count <= Self.maximumRank else { throw .rank(dimensions.count) }
    var count = 1
    for dimension in dimensions {
      guard dimension >= 0 else { throw .extent(dimensions) }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(dimension, 1))
      guard !overflow, product <= Self.maximumCount else { throw .tooLarge(dimensions) }
      count = product
    }
    self.dimensions = dimensions
  }

  package static let maximumRank = 8
  /// Units: elements. 2³² float elements would be 16 GiB; nothing that Ocelli runs comes near.
  package static let maximumCount = 1 << 31

  package var rank: Int { dimensions.count }
  package var count: Int { dimensions.reduce(1, *) }
  package subscript(axis: Int) -> Int { dimensions[axis] }

  /// Row-major strides. Units: elements.
  package var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    var step = 1
    for axis in stride(from: rank - 1, through: 0, by: -1) {
      strides[axis] = step
      step *= dimensions[axis]
    }
    return strides
  }

  package var description: String {
    "[" + dimensions.map(String.init).joined(separator: "×") + "]"
  }
}

/// Why a tensor cannot be made.
package enum TensorError: Error, Equatable, CustomStringConvertible {
  case rank(Int)
  case extent([Int])
  case tooLarge([Int])
  case byteCount(expected: Int, found: Int)
  case outOfMemory(bytes: Int)

  package var description: String {
    switch self {
    case .rank(let rank): "a tensor of \(rank) axes; at most \(Shape.maximumRank) are supported"
    case .extent(let d): "a tensor of shape \(d) has a negative extent"
    case .tooLarge(let d): "a tensor of shape \(d) is beyond \(Shape.maximumCount) elements"
    case .byteCount(let expected, let found): "\(found) bytes of data where \(expected) are due"
    case .outOfMemory(let bytes): "no memory for a tensor of \(bytes) bytes"
    }
  }
}
