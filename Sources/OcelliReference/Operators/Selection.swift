import OcelliGraph
import OcelliTensor

extension ArgExtremum: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let lanes = Lanes(x.shape, axis: try normalizedAxis(axis, rank: x.shape.rank))
    let keys = try x.orderKeys()
    let places = (0..<lanes.count).map { lane in
      var best = 0
      for i in 0..<lanes.extent {
        let held = keys[lanes.start(lane) + best * lanes.step]
        let key = keys[lanes.start(lane) + i * lanes.step]
        if kind == .maximum ? key > held : key < held { best = i }
        if selectLast, key == held { best = i }
      }
      return Int64(best)
    }
    return [try Tensor(places, shape: try facts.shape())]
  }
}

extension TopK: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let shape = try facts.shape()
    guard shape.count > 0 else { return [try Tensor(x.type, shape), try Tensor(.int64, shape)] }
    let axis = try normalizedAxis(axis, rank: x.shape.rank)
    let from = Lanes(x.shape, axis: axis)
    let to = Lanes(shape, axis: axis)
    let keys = try x.orderKeys()
    var chosen = [Int](repeating: 0, count: shape.count)
    var indices = [Int64](repeating: 0, count: shape.count)
    for lane in 0..<from.count {
      let (source, target) = (from.start(lane), to.start(lane))
      // Of equals the first wins, whichever way the order goes.
      let order = (0..<from.extent).sorted { a, b in
        let (x, y) = (keys[source + a * from.step], keys[source + b * from.step])
        return x == y ? a < b : largest ? x > y : x < y
      }
      for i in 0..<to.extent {
        indices[target + i * to.step] = Int64(order[i])
        chosen[target + i * to.step] = source + order[i] * from.step
      }
    }
    let values = try x.reshaped([x.count]).taking(chosen, axis: 0).reshaped(shape)
    return [values, try Tensor(indices, shape: shape)]
  }
}

extension NonZero: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let truth = try Cast(to: .bool).cast(x).array(of: Bool.self)
    let found = truth.indices.filter { truth[$0] }
    let shape = x.shape.rank == 0 ? [1] : x.shape
    var result: [Int64] = []
    result.reserveCapacity(shape.rank * found.count)
    for (extent, step) in zip(shape.dimensions, shape.strides) {
      for place in found { result.append(Int64(place / step % extent)) }
    }
    return [try Tensor(result, shape: try Shape.checked([shape.rank, found.count]))]
  }
}

extension Unique: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    let flat = axis == nil ? x.reshaped([x.count]) : x
    let axis = try normalizedAxis(axis ?? 0, rank: flat.shape.rank)
    let groups = try groups(of: flat, axis: axis)
    var inverse = [Int64](repeating: 0, count: flat.shape[axis])
    for (index, group) in groups.enumerated() {
      for place in group { inverse[place] = Int64(index) }
    }
    let firsts = groups.map { $0[0] }
    let shape: Shape = [groups.count]
    return [
      try flat.taking(firsts, axis: axis), try Tensor(firsts.map(Int64.init), shape: shape),
      try Tensor(inverse, shape: [inverse.count]),
      try Tensor(groups.map { Int64($0.count) }, shape: shape),
    ]
  }

  /// The places of equal slices, ascending, in the order in which the results stand.
  private func groups(of x: Tensor, axis: Int) throws -> [[Int]] {
    // A slice in one piece: the axis leads.
    let order = [axis] + x.shape.dimensions.indices.filter { $0 != axis }
    let keys = try x.transposed(order).orderKeys()
    let extent = x.shape[axis]
    let size = extent == 0 ? 0 : keys.count / extent
    func slice(_ place: Int) -> ArraySlice<Int64> { keys[place * size..<(place + 1) * size] }
    let places = (0..<extent).sorted { a, b in
      let (x, y) = (slice(a), slice(b))
      return x == y ? a < b : x.lexicographicallyPrecedes(y)
    }
    var groups: [[Int]] = []
    for place in places {
      if let last = groups.last, slice(last[0]) == slice(place) {
        groups[groups.count - 1].append(place)
      } else {
        groups.append([place])
      }
    }
    return sorted ? groups : groups.sorted { $0[0] < $1[0] }
  }
}
