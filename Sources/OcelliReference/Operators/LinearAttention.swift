import OcelliGraph
import OcelliTensor

extension LinearAttention: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let q = try inputs.required(0)
    if q.type == .float32 { return try recur(inputs, facts, Float.self) }
    guard let type = q.type.float else { throw unsupported(q.type) }
    return try recur(inputs, facts, type)
  }

  private func recur<E: FloatElement>(
    _ inputs: [Tensor?], _ facts: [Fact], _ type: E.Type
  ) throws -> [Tensor] {
    let cast = Cast(to: E.elementType)
    func elements(_ index: Int) throws -> [E]? {
      try inputs.optional(index).map { try cast.cast($0).array(of: E.self) }
    }
    let query = try HeadLayout(try inputs.required(0).shape, heads: queryHeads, "query")
    let key = try HeadLayout(try inputs.required(1).shape, heads: keyHeads, "key")
    let value = try HeadLayout(try inputs.required(2).shape, heads: keyHeads, "value")
    let (q, k, v) = (try elements(0) ?? [], try elements(1) ?? [], try elements(2) ?? [])
    let (decay, rate) = (try elements(4), try elements(5))
    let stateShape = facts[1].shape ?? []
    var state = try elements(3) ?? [E](repeating: 0, count: stateShape.count)
    var y = [E](repeating: 0, count: try facts.shape().count)
    let factor = scale == 0 ? 1 / E(max(key.size, 1)).squareRoot() : E(scale)
    let shared = query.heads / key.heads
    var error = [E](repeating: 0, count: value.size)
    for b in 0..<key.batch {
      for h in 0..<key.heads {
        let base = (b * key.heads + h) * key.size * value.size
        for t in 0..<key.length {
          let row = b * key.length + t
          if rule.decays, let decay {
            let perKey = decay.count / max(key.batch * key.length, 1) != key.heads || key.size == 1
            for d in 0..<key.size {
              let gate =
                perKey ? decay[(row * key.heads + h) * key.size + d] : decay[row * key.heads + h]
              let kept = E.exp(gate)
              for e in 0..<value.size { state[base + d * value.size + e] *= kept }
            }
          }
          let own = (row * key.heads + h) * key.size
          for e in error.indices {
            var seen: E = 0
            if rule.corrects {
              for d in 0..<key.size { seen += state[base + d * value.size + e] * k[own + d] }
            }
            error[e] = v[(row * key.heads + h) * value.size + e] - seen
          }
          if rule.corrects, let rate {
            let single = rate.count == key.batch * key.length
            let step = single ? rate[row] : rate[row * key.heads + h]
            for e in error.indices { error[e] *= step }
          }
          for d in 0..<key.size {
            for e in error.indices { state[base + d * value.size + e] += k[own + d] * error[e] }
          }
          for head in h * shared..<(h + 1) * shared {
            for d in 0..<key.size {
              let x = q[(row * query.heads + head) * query.size + d] * factor
              let target = (row * query.heads + head) * value.size
              for e in error.indices { y[target + e] += x * state[base + d * value.size + e] }
            }
          }
        }
      }
    }
    return [
      try Tensor(y, shape: try facts.shape()),
      try Cast(to: facts[1].type).cast(try Tensor(state, shape: stateShape)),
    ]
  }
}

extension RotaryEmbedding: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.required(0)
    guard let type = x.type.float else { throw unsupported(x.type) }
    return [try turned(x, inputs, type)]
  }

  private func turned<E: FloatElement>(
    _ x: Tensor, _ inputs: [Tensor?], _ type: E.Type
  ) throws -> Tensor {
    let layout = try HeadLayout(x.shape, heads: heads, "X")
    let cosines = try inputs.required(1).array(of: E.self)
    let sines = try inputs.required(2).array(of: E.self)
    let places = inputs.optional(3)?.array(of: Int64.self)
    let half = (dimension == 0 ? layout.size : dimension) / 2
    var result = x
    var y = result.mutableSpan(of: E.self)
    for b in 0..<layout.batch {
      for t in 0..<layout.length {
        var angle = b * layout.length + t
        if let places {
          guard let place = Int(exactly: places[angle]), place >= 0,
            place < cosines.count / max(half, 1)
          else { throw OperatorError("place \(places[angle]) is beyond the angles") }
          angle = place
        }
        for h in 0..<layout.heads {
          let rows = layout.rows(b, h)
          let start = rows.start + t * rows.step
          for d in 0..<half {
            let (first, second) =
              interleaved ? (start + 2 * d, start + 2 * d + 1) : (start + d, start + half + d)
            let (real, imaginary) = (y[first], y[second])
            let (c, s) = (cosines[angle * half + d], sines[angle * half + d])
            y[first] = c * real - s * imaginary
            y[second] = s * real + c * imaginary
          }
        }
      }
    }
    return result
  }
}
