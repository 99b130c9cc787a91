package import OcelliTensor

extension Shape {
  /// The shape that both broadcast to, as NumPy does. Errors: where an axis differs and neither is 1.
  package func broadcast(with other: Shape) throws(OperatorError) -> Shape {
    let rank = max(self.rank, other.rank)
    var dimensions = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let a = extent(axis, ofRank: rank)
      let b = other.extent(axis, ofRank: rank)
      guard a == b || a == 1 || b == 1 else {
        throw OperatorError("\(self) and \(other) do not broadcast")
      }
      dimensions[axis] = a == 1 ? b : a
    }
    return try Shape.checked(dimensions)
  }

  /// The extent of `axis` where this shape is led by ones up to `rank` axes.
  package func extent(_ axis: Int, ofRank rank: Int) -> Int {
    let own = axis - (rank - self.rank)
    return own < 0 ? 1 : self[own]
  }

  /// Strides that walk this shape as if it were `target`: 0 along broadcast axes. Units: elements.
  /// Traps: where it does not broadcast to `target`.
  package func strides(broadcastTo target: Shape) -> [Int] {
    precondition(rank <= target.rank, "a broadcast never loses axes")
    let own = strides
    return (0..<target.rank).map { axis in
      let position = axis - (target.rank - rank)
      guard position >= 0 else { return 0 }
      precondition(self[position] == target[axis] || self[position] == 1, "no broadcast")
      return self[position] == 1 && target[axis] != 1 ? 0 : own[position]
    }
  }
}
