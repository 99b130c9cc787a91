package import OcelliTensor

/// A tensor of heads, in either of its layouts, as extents.
package struct HeadLayout: Equatable, Sendable {
  package let batch: Int
  package let heads: Int
  package let length: Int
  package let size: Int
  /// `[batch, length, heads · size]`; else `[batch, heads, length, size]`.
  package let packed: Bool

  /// Errors: another rank than 3 or 4, or heads that do not share the features evenly.
  package init(_ shape: Shape, heads: Int?, _ name: String) throws(OperatorError) {
    switch shape.rank {
    case 4:
      (batch, self.heads, length, size) = (shape[0], shape[1], shape[2], shape[3])
      packed = false
    case 3:
      guard let heads, heads > 0, shape[2] % heads == 0 else {
        throw OperatorError("\(name) of \(shape) in \(heads.map(String.init) ?? "unknown") heads")
      }
      (batch, self.heads, length, size) = (shape[0], heads, shape[1], shape[2] / heads)
      packed = true
    default: throw OperatorError("\(name) of \(shape)")
    }
  }

  /// Where head `h` of sample `b` begins, and how far its rows are apart. Units: elements.
  package func rows(_ b: Int, _ h: Int) -> (start: Int, step: Int) {
    packed
      ? (b * length * heads * size + h * size, heads * size)
      : ((b * heads + h) * length * size, size)
  }
}

extension Attention {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...7)
    let q = try inputs.required(0, "Q")
    let k = try inputs.required(1, "K")
    let v = try inputs.required(2, "V")
    for (input, name) in [(q, "Q"), (k, "K"), (v, "V")] {
      guard input.fact.type.isFloatingPoint else {
        throw OperatorError("\(name) is \(input.fact.type.rawValue)")
      }
    }
    // Keys and values may be of other types in a file; what is computed together is of one.
    let type = q.fact.type
    for (index, name) in [(1, "K"), (2, "V"), (4, "past_key"), (5, "past_value")] {
      guard let other = inputs.optional(index)?.fact.type, other != type else { continue }
      guard other.isHalf || other == .float32, type.isHalf || type == .float32 else {
        throw OperatorError("\(name) is \(other.rawValue) where Q is \(type.rawValue)")
      }
    }
    guard (inputs.optional(4) == nil) == (inputs.optional(5) == nil) else {
      throw OperatorError("a past key without a past value, or the other way round")
    }
    let types = [q.fact.type, k.fact.type, v.fact.type, q.fact.type]
    let rest = [3, 4, 5, 6].compactMap { inputs.optional($0) }
    guard let qs = q.fact.shape, let ks = k.fact.shape, let vs = v.fact.shape,
      rest.allSatisfy({ $0.fact.shape != nil })
    else { return types.map { Fact($0, nil) } }
    let sizes = try sizes(
      qs, ks, vs, pastKey: inputs.optional(4)?.fact.shape, pastValue: inputs.optional(5)?.fact.shape
    )
    let (batch, heads) = (sizes.query.batch, sizes.query.heads)
    let scores = try Shape.checked([batch, heads, sizes.query.length, sizes.total])
    if let mask = inputs.optional(3), let own = mask.fact.shape { try check(mask: own, scores) }
    if let valid = inputs.optional(6) {
      try valid.expectType(.int64, "nonpad_kv_seqlen")
      guard valid.fact.shape == [batch] else {
        throw OperatorError("nonpad_kv_seqlen of \(valid.fact.shape ?? [])")
      }
    }
    let y =
      sizes.query.packed
      ? [batch, sizes.query.length, try product(heads, sizes.value.size)]
      : [batch, heads, sizes.query.length, sizes.value.size]
    let keys = [batch, sizes.key.heads, sizes.total]
    return [
      Fact(types[0], try Shape.checked(y)),
      Fact(types[1], try Shape.checked(keys + [sizes.key.size])),
      Fact(types[2], try Shape.checked(keys + [sizes.value.size])),
      Fact(types[3], scores),
    ]
  }

  /// What the shapes of Q, K, V and of what is past say.
  package struct Sizes {
    package let query: HeadLayout
    package let key: HeadLayout
    package let value: HeadLayout
    package let past: Int
    /// Keys in all.
    package var total: Int { past + key.length }
  }

  /// Errors: shapes that do not belong together.
  package func sizes(
    _ q: Shape, _ k: Shape, _ v: Shape, pastKey: Shape?, pastValue: Shape?
  ) throws(OperatorError) -> Sizes {
    let query = try HeadLayout(q, heads: queryHeads, "Q")
    let key = try HeadLayout(k, heads: keyHeads, "K")
    let value = try HeadLayout(v, heads: keyHeads, "V")
    guard query.batch == key.batch, key.batch == value.batch, key.heads == value.heads,
      key.length == value.length, query.size == key.size, key.heads > 0,
      query.heads % key.heads == 0
    else { throw OperatorError("\(name) of \(q), \(k) and \(v)") }
    var past = 0
    if let pastKey, let pastValue {
      guard pastKey.rank == 4, pastValue.rank == 4,
        pastKey.dimensions == [key.batch, key.heads, pastKey[2], key.size],
        pastValue.dimensions == [key.batch, key.heads, pastKey[2], value.size]
      else { throw OperatorError("past keys of \(pastKey) and values of \(pastValue)") }
      past = pastKey[2]
    }
    return Sizes(query: query, key: key, value: value, past: past)
  }

  /// The mask broadcasts to the scores; its last axis may be shorter.
  private func check(mask: Shape, _ scores: Shape) throws(OperatorError) {
    let keys = mask.dimensions.last ?? 1
    let widened = Shape(mask.dimensions.dropLast() + (mask.rank == 0 ? [] : [scores[3]]))
    guard mask.rank <= 4, keys <= scores[3], try widened.broadcast(with: scores) == scores else {
      throw OperatorError("a mask of \(mask) for scores of \(scores)")
    }
  }
}

extension LinearAttention {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...6)
    let q = try inputs.required(0, "query")
    let k = try inputs.required(1, "key")
    let v = try inputs.required(2, "value")
    guard q.fact.type.isFloatingPoint else { throw OperatorError("\(name) of integers") }
    try k.expectType(q.fact.type, "key")
    try v.expectType(q.fact.type, "value")
    let past = inputs.optional(3)
    let stateType = past?.fact.type ?? q.fact.type
    guard !rule.decays || inputs.optional(4) != nil, !rule.corrects || inputs.optional(5) != nil
    else { throw OperatorError("rule \(rule.rawValue) without its decay or rate") }
    guard let qs = q.fact.shape, let ks = k.fact.shape, let vs = v.fact.shape else {
      return [Fact(q.fact.type, nil), Fact(stateType, nil)]
    }
    guard qs.rank == 3, ks.rank == 3, vs.rank == 3 else {
      throw OperatorError("\(name) of \(qs), \(ks) and \(vs)")
    }
    let query = try HeadLayout(qs, heads: queryHeads, "query")
    let key = try HeadLayout(ks, heads: keyHeads, "key")
    let value = try HeadLayout(vs, heads: keyHeads, "value")
    guard query.batch == key.batch, key.batch == value.batch, query.length == key.length,
      key.length == value.length, query.size == key.size, query.heads % key.heads == 0
    else { throw OperatorError("\(name) of \(qs), \(ks) and \(vs)") }
    let state = try Shape.checked([key.batch, key.heads, key.size, value.size])
    if let own = past?.fact.shape, own != state { throw OperatorError("a past state of \(own)") }
    try checkGates(inputs, key)
    return [
      Fact(
        q.fact.type,
        try Shape.checked([query.batch, query.length, try product(query.heads, value.size)])),
      Fact(stateType, state),
    ]
  }

  private func checkGates(
    _ inputs: [OperatorInput?], _ key: HeadLayout
  ) throws(OperatorError) {
    if rule.decays, let decay = inputs.optional(4)?.fact.shape {
      guard decay.rank == 3, decay[0] == key.batch, decay[1] == key.length,
        decay[2] == key.heads || decay[2] == key.heads * key.size
      else { throw OperatorError("a decay of \(decay)") }
    }
    if rule.corrects, let rate = inputs.optional(5)?.fact.shape {
      guard rate.rank == 3, rate[0] == key.batch, rate[1] == key.length,
        rate[2] == key.heads || rate[2] == 1
      else { throw OperatorError("a rate of \(rate)") }
    }
  }
}

extension RotaryEmbedding {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(3...4)
    let x = try inputs.required(0, "X")
    let cosines = try inputs.required(1, "cos_cache")
    let sines = try inputs.required(2, "sin_cache")
    guard x.fact.type.isFloatingPoint else { throw OperatorError("\(name) of integers") }
    try cosines.expectType(x.fact.type, "cos_cache")
    try sines.expectType(x.fact.type, "sin_cache")
    let places = inputs.optional(3)
    if let places { try places.expectType(.int64, "position_ids") }
    guard let shape = x.fact.shape, let c = cosines.fact.shape, let s = sines.fact.shape else {
      return [x.fact]
    }
    let layout = try HeadLayout(shape, heads: heads, "X")
    let turned = dimension == 0 ? layout.size : dimension
    guard turned > 0, turned % 2 == 0, turned <= layout.size, c == s, c.rank > 0,
      c[c.rank - 1] == turned / 2,
      places != nil ? c.rank == 2 : c.dimensions.dropLast() == [layout.batch, layout.length]
    else { throw OperatorError("\(name) of \(shape) by \(c) and \(s)") }
    if let places = places?.fact.shape, places != [layout.batch, layout.length] {
      throw OperatorError("places of \(places) for \(shape)")
    }
    return [x.fact]
  }
}
