/// Scaled dot-product attention: `softmax(mask(cap(scale · Q·Kᵀ))) · V`, query heads sharing key heads
/// in groups. Inputs: Q, K, V, mask?, past key?, past value?, valid keys of each sample?.
/// Outputs: Y, present key, present value, scores.
/// Shape: `[batch, heads, length, size]`, or `[batch, length, heads · size]` with the heads given.
/// Source: ONNX `Attention`.
package struct Attention: Operator {
  /// What the fourth output holds.
  package enum Scores: Int, Sendable { case raw, capped, masked, probabilities }
  package var queryHeads: Int?
  package var keyHeads: Int?
  /// nil: 1 / √size.
  package var scale: Float?
  /// 0: none.
  package var softcap: Float
  package var causal: Bool
  /// How many keys before and after its own place a query sees; −1: all.
  package var leftWindow: Int
  package var rightWindow: Int
  package var scores: Scores

  package init(
    queryHeads: Int? = nil, keyHeads: Int? = nil, scale: Float? = nil, softcap: Float = 0,
    causal: Bool = false, leftWindow: Int = -1, rightWindow: Int = -1, scores: Scores = .raw
  ) {
    self.queryHeads = queryHeads
    self.keyHeads = keyHeads
    self.scale = scale
    self.softcap = softcap
    self.causal = causal
    self.leftWindow = leftWindow
    self.rightWindow = rightWindow
    self.scores = scores
  }

  package var name: String { "Attention" }
  package var detail: String {
    var words = [scale.map { "scale \($0)" } ?? "scale by size"]
    if let queryHeads { words.append("\(queryHeads) heads, \(keyHeads ?? queryHeads) of keys") }
    if softcap != 0 { words.append("cap \(softcap)") }
    if causal { words.append("causal") }
    if leftWindow >= 0 || rightWindow >= 0 { words.append("window \(leftWindow), \(rightWindow)") }
    return words.joined(separator: ", ")
  }
}

/// Attention by a recurrent state instead of a matrix of scores.
/// Inputs: query, key, value, past state?, decay?, rate?. Outputs: y, state.
/// Shape: `[batch, length, heads · size]`; the state is `[batch, key heads, key size, value size]`.
/// Source: ONNX `LinearAttention`.
package struct LinearAttention: Operator {
  package enum Rule: String, Sendable {
    case linear, gated, delta
    case gatedDelta = "gated_delta"
    package var decays: Bool { self == .gated || self == .gatedDelta }
    package var corrects: Bool { self == .delta || self == .gatedDelta }
  }
  package var rule: Rule
  package var queryHeads: Int
  package var keyHeads: Int
  /// 0: 1 / √key size.
  package var scale: Float

  package init(rule: Rule, queryHeads: Int, keyHeads: Int, scale: Float) {
    self.rule = rule
    self.queryHeads = queryHeads
    self.keyHeads = keyHeads
    self.scale = scale
  }

  package var name: String { "LinearAttention" }
  package var detail: String {
    "\(rule.rawValue), \(queryHeads) heads, \(keyHeads) of keys, scale \(scale)"
  }
}

/// Turns pairs of features by an angle that depends on the place.
/// Inputs: x, cosines, sines, places?. Source: ONNX `RotaryEmbedding`.
/// Shape: x `[batch, heads, length, size]`, or `[batch, length, heads · size]` with the heads given.
package struct RotaryEmbedding: Operator {
  /// The features of a pair are neighbours; else half the size apart.
  package var interleaved: Bool
  /// How many features of a head are turned; 0: all.
  package var dimension: Int
  package var heads: Int?

  package init(interleaved: Bool, dimension: Int, heads: Int?) {
    self.interleaved = interleaved
    self.dimension = dimension
    self.heads = heads
  }

  package var name: String { "RotaryEmbedding" }
  package var detail: String {
    (interleaved ? "neighbours" : "halves") + (dimension > 0 ? ", \(dimension) features" : "")
      + (heads.map { ", \($0) heads" } ?? "")
  }
}
