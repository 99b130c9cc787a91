import OcelliGraph
import OcelliTensor

/// Elements chosen by place: what most operators that move elements one by one come down to.
extension Tensor {
  /// The elements at `places` of a list that is this tensor and then another.
  /// Traps: on a place beyond both, or another element type.
  func picking(_ places: [Int], or other: Tensor, _ shape: Shape) throws -> Tensor {
    precondition(other.type == type, "another element type")
    var both = try Tensor(type, Shape.checked([count + other.count]))
    both.write(reshaped([count]), strides: [1])
    both.write(other.reshaped([other.count]), offset: count, strides: [1])
    return try both.taking(places, axis: 0).reshaped(shape)
  }

  /// This tensor with the elements at `positions` replaced in turn: of several the last one stays.
  /// Traps: on a position that is not there, or fewer updates than positions.
  func replacing(_ positions: [Int], with updates: Tensor) throws -> Tensor {
    var places = Array(0..<count)
    for (index, position) in positions.enumerated() { places[position] = count + index }
    return try picking(places, or: updates, shape)
  }

  /// All elements, whatever the shape, as indices. Errors: where they are not int64 or int32.
  func indices(_ name: String) throws -> [Int] {
    try reshaped([count]).integers(name)
  }
}

/// An index counted from the front. Errors: where the axis has not that many.
func position(_ index: Int, extent: Int) throws(OperatorError) -> Int {
  guard index >= -extent, index < extent else {
    throw OperatorError("index \(index) on an axis of \(extent)")
  }
  return index < 0 ? index + extent : index
}
