/// Weights in the order in which a kernel reads them.
package enum PackedWeights {
  /// Packs a dense convolution's weights into panels (`ock_f32_conv_args`).
  /// Shape: `weights` `[groups·m, c, kh, kw]`, `bias` `[groups·m]` or empty. `panel`: the tier's.
  package static func dense(
    _ weights: Span<Float>, bias: [Float], groups: Int, outChannels m: Int, inChannels c: Int,
    taps: Int, panel: Int
  ) -> [Float] {
    let panels = (m + panel - 1) / panel
    let depth = taps * c
    var packed = [Float](repeating: 0, count: groups * panels * panel * (depth + 1))
    var at = 0
    for g in 0..<groups {
      for p in 0..<panels {
        let first = p * panel
        let count = min(panel, m - first)
        if !bias.isEmpty {
          for n in 0..<count { packed[at + n] = bias[g * m + first + n] }
        }
        at += panel
        for tap in 0..<taps {
          for k in 0..<c {
            for n in 0..<count {
              packed[at + n] = weights[((g * m + first + n) * c + k) * taps + tap]
            }
            at += panel
          }
        }
      }
    }
    return packed
  }

  /// Packs a depthwise convolution's weights: the bias, then a row of channels for each tap.
  /// Shape: `weights` `[channels, 1, kh, kw]`, `bias` `[channels]` or empty.
  package static func depthwise(
    _ weights: Span<Float>, bias: [Float], channels: Int, taps: Int
  ) -> [Float] {
    var packed = bias.isEmpty ? [Float](repeating: 0, count: channels) : bias
    packed.reserveCapacity(channels * (taps + 1))
    for tap in 0..<taps {
      for c in 0..<channels { packed.append(weights[c * taps + tap]) }
    }
    return packed
  }

  /// Packs a dense 3×3 convolution's weights, transformed for F(4×4, 3×3): for each panel the bias,
  /// then 36 matrices of `inChannels` rows. The transform is computed in double.
  /// Shape: `weights` `[m, c, 3, 3]`, `bias` `[m]` or empty. `panel`: the tier's.
  package static func winograd(
    _ weights: Span<Float>, bias: [Float], outChannels m: Int, inChannels c: Int, panel: Int
  ) -> [Float] {
    let g: [[Double]] = [
      [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
      [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
    ]
    let panels = (m + panel - 1) / panel
    let panelCount = panel * (1 + 36 * c)
    var packed = [Float](repeating: 0, count: panels * panelCount)
    var half = [Double](repeating: 0, count: 18)
    for n in 0..<m {
      let start = n / panel * panelCount + n % panel
      if !bias.isEmpty { packed[start] = bias[n] }
      for k in 0..<c {
        let at = (n * c + k) * 9
        for u in 0..<6 {
          for x in 0..<3 {
            half[u * 3 + x] = (0..<3).reduce(0) { $0 + g[u][$1] * Double(weights[at + $1 * 3 + x]) }
          }
        }
        for u in 0..<6 {
          for v in 0..<6 {
            let sum = (0..<3).reduce(0) { $0 + half[u * 3 + $1] * g[v][$1] }
            packed[start + panel * (1 + (u * 6 + v) * c + k)] = Float(sum)
          }
        }
      }
    }
    return packed
  }
}
