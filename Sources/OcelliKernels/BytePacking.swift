/// The order in which a tier's convolutions of bytes read their weights (`ock_q8_conv_args`).
package struct BytePacking {
  private let shape: ock_conv_shape
  private let panel: Int
  private let group: Int
  private let rows: Int
  /// Runs of elements that stand together in the window of one pixel, and the elements of each.
  private let runs: Int
  private let length: Int

  package init(_ shape: ock_conv_shape, tier: KernelTier) {
    let kernels = unsafe ock_q8(tier.cTier).pointee
    self.shape = shape
    panel = Int(kernels.panel)
    group = Int(kernels.group)
    rows = Int(kernels.rows)
    var shape = shape
    let isMerged = unsafe ock_row_is_run(&shape)
    let width = Int(shape.kernel_w)
    runs = Int(shape.kernel_h) * (isMerged ? 1 : width)
    length = Int(shape.in_channels) * (isMerged ? width : 1)
  }

  /// 32-bit words that hold the weights of one output channel.
  private var depth: Int { runs * ((length + group - 1) / group) }

  /// The pixels that the tier widens together and the scratch that they take; nil where it widens none.
  /// Units: pixels, bytes.
  package var block: (pixels: Int, bytes: Int)? {
    guard group == 2 else { return nil }
    // Enough to read each panel of weights seldom, little enough to stay in a small second-level cache.
    let fit = min((160 << 10) / (depth * 4), 96, Int(shape.width) + rows - 1)
    let pixels = max(fit / rows, 1) * rows
    return (pixels, pixels * depth * 4 + Int(OCK_Q8_SLACK))
  }

  /// Packs weights less their zero points. The bias takes in what x's zero point adds.
  /// Shape: `weights` `[groups·m, c, kh, kw]`, `bias` and `multipliers` `[groups·m]`. Units: the result
  /// is 32-bit words.
  package func pack(
    _ weights: Span<Int16>, bias: [Int32], multipliers: [Float], zero: Int, depthwise: Bool
  ) -> [Float] {
    let taps = Int(shape.kernel_h * shape.kernel_w)
    let inner = Int(shape.in_channels) * taps
    var sums = bias
    for channel in sums.indices {
      var sum = 0
      for i in 0..<inner { sum += Int(weights[channel * inner + i]) }
      sums[channel] &-= Int32(truncatingIfNeeded: sum * zero)
    }
    let words =
      depthwise
      ? depthwiseWords(weights, sums, multipliers, taps)
      : denseWords(weights, sums, multipliers)
    return words.map { Float(bitPattern: UInt32(bitPattern: $0)) }
  }

  private func denseWords(
    _ weights: Span<Int16>, _ bias: [Int32], _ multipliers: [Float]
  ) -> [Int32] {
    let (m, c) = (Int(shape.out_channels), Int(shape.in_channels))
    let (kh, kw) = (Int(shape.kernel_h), Int(shape.kernel_w))
    let panels = (m + panel - 1) / panel
    let groups = (length + group - 1) / group
    let pitch = panel * (2 + depth)
    var packed = [Int32](repeating: 0, count: Int(shape.groups) * panels * pitch)
    let bits = 32 / group
    let mask: UInt32 = group == 2 ? 0xFFFF : 0xFF
    for channel in bias.indices {
      let (g, n) = (channel / m, channel % m)
      let start = (g * panels + n / panel) * pitch + n % panel
      packed[start] = bias[channel]
      packed[start + panel] = Int32(bitPattern: multipliers[channel].bitPattern)
      for y in 0..<kh {
        for x in 0..<kw {
          for k in 0..<c {
            // A run is a row of the window, or one of its taps.
            let (run, element) = runs == kh ? (y, x * c + k) : (y * kw + x, k)
            let at = start + panel * (2 + run * groups + element / group)
            let weight = Int32(weights[((channel * c + k) * kh + y) * kw + x])
            let word = (UInt32(bitPattern: weight) & mask) << UInt32(element % group * bits)
            packed[at] |= Int32(bitPattern: word)
          }
        }
      }
    }
    return packed
  }

  private func depthwiseWords(
    _ weights: Span<Int16>, _ bias: [Int32], _ multipliers: [Float], _ taps: Int
  ) -> [Int32] {
    let channels = bias.count
    var packed = bias + multipliers.map { Int32(bitPattern: $0.bitPattern) }
    for tap in stride(from: 0, to: taps, by: 2) {
      for c in 0..<channels {
        let first = UInt32(bitPattern: Int32(weights[c * taps + tap])) & 0xFFFF
        let second = tap + 1 < taps ? UInt32(bitPattern: Int32(weights[c * taps + tap + 1])) : 0
        packed.append(Int32(bitPattern: first | second << 16))
      }
    }
    return packed
  }
}

extension PackedWeights {
  /// Bytes as words of four, the first the lowest; the last one is filled up with zeros.
  package static func words(_ bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count, by: 4).map { start in
      var word: UInt32 = 0
      for i in start..<min(start + 4, bytes.count) {
        word |= UInt32(bytes[i]) << UInt32(8 * (i - start))
      }
      return Float(bitPattern: word)
    }
  }
}
