/// The order in which a tier's convolutions of bytes read their weights (`ock_q8_conv_args`).
package struct BytePacking {
  private let shape: ock_conv_shape
  private let group: Int
  /// Output channels of the widest panel and of the narrowest, and the lanes that they are dealt out to.
  private let panel: Int
  private let vector: Int
  private let lanes: Int
  private let rows: Int
  /// Runs of elements that stand together in the window of one pixel, and the elements of each.
  private let runs: Int
  private let length: Int

  package init(_ shape: ock_conv_shape, tier: KernelTier) {
    self.init(shape, kernels: unsafe ock_q8(tier.cTier).pointee)
  }

  /// As a tier's kernels read them, of which only the numbers count.
  package init(_ shape: ock_conv_shape, kernels: ock_q8_kernels) {
    self.shape = shape
    group = Int(kernels.group)
    panel = Int(kernels.panel)
    vector = Int(kernels.vector)
    lanes = Int(kernels.lanes)
    rows = Int(kernels.rows)
    var shape = shape
    let isMerged = unsafe ock_row_is_run(&shape)
    let width = Int(shape.kernel_w)
    runs = Int(shape.kernel_h) * (isMerged ? 1 : width)
    length = Int(shape.in_channels) * (isMerged ? width : 1)
  }

  /// 32-bit words that hold one part of the weights of one output channel.
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

  /// How many int8 the weights are sums of, where the tier multiplies bytes: 1 but for weights of uint8
  /// or with zero points, which may lie beyond an int8.
  package func parts(_ weights: Span<Int16>) -> Int {
    guard group == 4 else { return 1 }
    var (low, high) = (0, 0)
    for i in weights.indices {
      low = min(low, Int(weights[i]))
      high = max(high, Int(weights[i]))
    }
    return max(1, (127 - low) / 128, (126 + high) / 127)
  }

  /// What part `index` holds of a weight: as much as an int8 can of what the parts before it left.
  private func part(_ index: Int, of weight: Int32) -> Int32 {
    guard group == 4 else { return weight }
    var (left, part) = (weight, Int32(0))
    for _ in 0...index {
      part = min(max(left, -128), 127)
      left -= part
    }
    return part
  }

  /// A weight as the `element`th of a word.
  private func word(_ weight: Int32, _ element: Int) -> Int32 {
    let mask: UInt32 = group == 2 ? 0xFFFF : 0xFF
    let shift = UInt32(element % group * (32 / group))
    return Int32(bitPattern: (UInt32(bitPattern: weight) & mask) << shift)
  }

  /// Packs weights less their zero points. The bias takes in what x's zero point adds.
  /// Shape: `weights` `[groups·m, c, kh, kw]`, `bias` and `multipliers` `[groups·m]`. Units: the result
  /// is 32-bit words.
  package func pack(
    _ weights: Span<Int16>, bias: [Int32], multipliers: [Float], zero: Int, depthwise: Bool
  ) -> [Float] {
    let inner = Int(shape.in_channels * shape.kernel_h * shape.kernel_w)
    var sums = bias
    for channel in sums.indices {
      var sum = 0
      for i in 0..<inner { sum += Int(weights[channel * inner + i]) }
      sums[channel] &-= Int32(truncatingIfNeeded: sum * zero)
    }
    let parts = parts(weights)
    let words =
      depthwise
      ? depthwiseWords(weights, sums, multipliers, parts)
      : denseWords(weights, sums, multipliers, parts)
    return words.map { Float(bitPattern: UInt32(bitPattern: $0)) }
  }

  private func denseWords(
    _ weights: Span<Int16>, _ bias: [Int32], _ multipliers: [Float], _ parts: Int
  ) -> [Int32] {
    let (m, c) = (Int(shape.out_channels), Int(shape.in_channels))
    let (kh, kw) = (Int(shape.kernel_h), Int(shape.kernel_w))
    let groups = (length + group - 1) / group
    let (columns, pitch) = columns(of: m, words: 2 + parts * depth)
    var packed = [Int32](repeating: 0, count: Int(shape.groups) * pitch)
    for channel in bias.indices {
      let (offset, width) = columns[channel % m]
      let start = channel / m * pitch + offset
      packed[start] = bias[channel]
      packed[start + width] = Int32(bitPattern: multipliers[channel].bitPattern)
      for y in 0..<kh {
        for x in 0..<kw {
          for k in 0..<c {
            // A run is a row of the window, or one of its taps.
            let (run, element) = runs == kh ? (y, x * c + k) : (y * kw + x, k)
            let weight = Int32(weights[((channel * c + k) * kh + y) * kw + x])
            for index in 0..<parts {
              let at = index * depth + run * groups + element / group
              packed[start + width * (2 + at)] |= word(part(index, of: weight), element)
            }
          }
        }
      }
    }
    return packed
  }

  /// Where the words of each output channel of a group begin and how far apart they stand, and the words
  /// of the group, panel by panel.
  private func columns(of m: Int, words: Int) -> (columns: [(Int, Int)], count: Int) {
    var columns: [(Int, Int)] = []
    var first = 0
    while first < m {
      let width = ock_q8_panel_width(Int32(panel), Int32(vector), Int32(m - first))
      for i in 0..<min(width, Int32(m - first)) {
        let place = ock_q8_panel_place(Int32(lanes), width, i)
        columns.append((first * words + Int(place), Int(width)))
      }
      first += Int(width)
    }
    return (columns, first * words)
  }

  private func depthwiseWords(
    _ weights: Span<Int16>, _ bias: [Int32], _ multipliers: [Float], _ parts: Int
  ) -> [Int32] {
    let channels = bias.count
    let (kh, kw) = (Int(shape.kernel_h), Int(shape.kernel_w))
    // Words of a window's column, of four rows each; or pairs of taps.
    let column = (kh + 3) / 4
    let words = group == 4 ? kw * column : (kh * kw + 1) / 2
    var packed = bias + multipliers.map { Int32(bitPattern: $0.bitPattern) }
    packed += [Int32](repeating: 0, count: parts * words * channels)
    for tap in 0..<(kh * kw) {
      let (y, x) = (tap / kw, tap % kw)
      let (at, element) = group == 4 ? (x * column + y / 4, y) : (tap / 2, tap)
      for c in 0..<channels {
        let weight = Int32(weights[c * kh * kw + tap])
        for index in 0..<parts {
          packed[(2 + index * words + at) * channels + c] |= word(part(index, of: weight), element)
        }
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
