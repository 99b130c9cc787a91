import OcelliGraph
import OcelliTensor

extension Attention: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let q = try inputs.required(0)
    if q.type == .float32 { return try attend(inputs, facts, Float.self) }
    guard let type = q.type.float else { throw unsupported(q.type) }
    return try attend(inputs, facts, type)
  }

  private func attend<E: FloatElement>(
    _ inputs: [Tensor?], _ facts: [Fact], _ type: E.Type
  ) throws -> [Tensor] {
    let q = try inputs.required(0)
    let (k, v) = (try inputs.required(1), try inputs.required(2))
    let sizes = try sizes(
      q.shape, k.shape, v.shape, pastKey: inputs.optional(4)?.shape,
      pastValue: inputs.optional(5)?.shape)
    let shapes = facts.map { $0.shape ?? [] }
    let keys = try joined(inputs.optional(4), k, sizes.key, shapes[1])
    let values = try joined(inputs.optional(5), v, sizes.value, shapes[2])
    let mask = try ScoreMask<E>(inputs.optional(3), scores: shapes[3])
    // Beyond the keys there is nothing to see, whatever a file says.
    let total = Int64(sizes.total)
    let valid = inputs.optional(6)?.array(of: Int64.self).map { Int(min(max($0, 0), total)) }
    var result = try Tensor(q.type, shapes[0])
    var scores = try Tensor(q.type, shapes[3])
    let query = sizes.query
    let output = try HeadLayout(shapes[0], heads: query.heads, "Y")
    let (x, key, value) = (
      q.span(of: E.self), keys.span(of: E.self), values.span(of: E.self)
    )
    var y = result.mutableSpan(of: E.self)
    var seen = scores.mutableSpan(of: E.self)
    let factor = scale.map { E($0) } ?? 1 / E(max(query.size, 1)).squareRoot()
    var row = [E](repeating: 0, count: sizes.total)
    for b in 0..<query.batch {
      let offset = valid.map { $0[b] - query.length } ?? sizes.past
      for h in 0..<query.heads {
        let shared = b * sizes.key.heads + h / (query.heads / sizes.key.heads)
        let from = query.rows(b, h)
        let to = output.rows(b, h)
        for i in 0..<query.length {
          let place = ((b * query.heads + h) * query.length + i) * sizes.total
          for j in row.indices {
            var sum: E = 0
            let own = (shared * sizes.total + j) * query.size
            for d in 0..<query.size { sum += x[from.start + i * from.step + d] * key[own + d] }
            row[j] = sum * factor
          }
          if self.scores == .raw { for j in row.indices { seen[place + j] = row[j] } }
          if softcap != 0 {
            for j in row.indices {
              row[j] = E(softcap) * E.tanh(row[j] / E(softcap))
            }
          }
          if self.scores == .capped { for j in row.indices { seen[place + j] = row[j] } }
          for j in row.indices {
            row[j] += mask.value(place + j)
            if !sees(i + offset, j, valid?[b] ?? sizes.total) { row[j] = -.infinity }
          }
          if self.scores == .masked { for j in row.indices { seen[place + j] = row[j] } }
          Self.normalize(&row)
          if self.scores == .probabilities { for j in row.indices { seen[place + j] = row[j] } }
          for j in row.indices where row[j] != 0 {
            let own = (shared * sizes.total + j) * sizes.value.size
            for d in 0..<sizes.value.size {
              y[to.start + i * to.step + d] += row[j] * value[own + d]
            }
          }
        }
      }
    }
    return [result, keys, values, scores]
  }

  /// Whether the query at a place sees a key.
  private func sees(_ place: Int, _ key: Int, _ valid: Int) -> Bool {
    if key >= valid || (causal && key > place) { return false }
    // Places and keys are small; a window may be any number.
    if leftWindow >= 0, place - key > leftWindow { return false }
    return rightWindow < 0 || key - place <= rightWindow
  }

  /// Softmax; a row that sees nothing becomes 0.
  private static func normalize<E: FloatElement>(_ row: inout [E]) {
    var highest = -E.infinity
    for x in row { highest = x.isNaN ? .nan : max(highest, x) }
    if highest == -.infinity {
      for j in row.indices { row[j] = 0 }
      return
    }
    var total: E = 0
    for j in row.indices {
      row[j] = E.exp(row[j] - highest)
      total += row[j]
    }
    for j in row.indices { row[j] /= total }
  }

  /// What is past and what is new, one behind the other, as `[batch, heads, length, size]`.
  private func joined(
    _ past: Tensor?, _ new: Tensor, _ layout: HeadLayout, _ shape: Shape
  ) throws -> Tensor {
    let (heads, length, size) = (layout.heads, layout.length, layout.size)
    let packed = try new.strided(
      Shape([layout.batch, heads, length, size]),
      strides: layout.packed
        ? [length * heads * size, size, heads * size, 1]
        : Shape([layout.batch, heads, length, size]).strides)
    guard let past else { return packed }
    var result = try Tensor(new.type, shape)
    result.write(past, strides: shape.strides)
    result.write(packed, offset: past.shape[2] * size, strides: shape.strides)
    return result
  }
}

/// What a mask adds to every score.
private struct ScoreMask<E: FloatElement> {
  private let added: [E]?

  /// Keys beyond the mask's last axis are not seen.
  init(_ mask: Tensor?, scores: Shape) throws {
    guard let mask else {
      added = nil
      return
    }
    let float: Tensor
    if mask.type == .bool {
      let elements = mask.array(of: Bool.self).map { $0 ? E(0) : -E.infinity }
      float = try Tensor(elements, shape: mask.shape)
    } else {
      float = try Cast(to: E.elementType).cast(mask)
    }
    let keys = float.shape.dimensions.last ?? 1
    guard keys < scores[3], keys > 1 || float.shape.rank == scores.rank else {
      added = try float.expanded(to: scores).array(of: E.self)
      return
    }
    let seen = Shape(scores.dimensions.dropLast() + [keys])
    let hidden = [E](repeating: -.infinity, count: scores.count)
    var all = try Tensor(hidden, shape: scores)
    all.write(try float.expanded(to: seen), strides: scores.strides)
    added = all.array(of: E.self)
  }

  func value(_ place: Int) -> E { added?[place] ?? 0 }
}
