import COcelliKernels
import OcelliKernels
import Testing

/// Weights of bytes, packed as each kind of tier reads them, whether this processor has it or not.
@Suite struct BytePackingTests {
  /// The numbers of a tier that packing goes by.
  struct Form: CustomTestStringConvertible {
    let group: Int32, panel: Int32, vector: Int32, lanes: Int32

    var kernels: ock_q8_kernels {
      var kernels = ock_q8_kernels()
      (kernels.group, kernels.panel, kernels.vector) = (group, panel, vector)
      (kernels.lanes, kernels.rows) = (lanes, 6)
      return kernels
    }

    var testDescription: String { "group \(group), panels of \(panel) to \(vector)" }

    static let all = [
      Form(group: 2, panel: 16, vector: 16, lanes: 0),
      Form(group: 4, panel: 16, vector: 8, lanes: 2),
      Form(group: 4, panel: 64, vector: 16, lanes: 4),
    ]
  }

  private static func shape(
    _ channels: (groups: Int, inputs: Int, outputs: Int), _ kernel: (Int, Int), gap: Int
  ) -> ock_conv_shape {
    var shape = ock_conv_shape()
    shape.groups = Int32(channels.groups)
    (shape.in_channels, shape.out_channels) = (Int32(channels.inputs), Int32(channels.outputs))
    (shape.kernel_h, shape.kernel_w) = (Int32(kernel.0), Int32(kernel.1))
    (shape.dilation_h, shape.dilation_w, shape.width) = (1, 1, 9)
    shape.x_pixel = Int32(channels.groups * channels.inputs + gap)
    return shape
  }

  /// A weight as the header describes its place: `word` of its channel, `element` of the word.
  private func element(_ word: Float, _ element: Int, group: Int32) -> Int {
    let bits = word.bitPattern
    return group == 4
      ? Int(Int8(truncatingIfNeeded: bits >> UInt32(8 * element)))
      : Int(Int16(truncatingIfNeeded: bits >> UInt32(16 * element)))
  }

  private func some(_ count: Int, wide: Bool) -> [Int16] {
    var noise = Noise(3)
    var weights = noise.floats(count).map { Int16(($0 * (wide ? 255 : 127.9)).rounded(.down)) }
    weights[0] = wide ? 255 : 127
    weights[count - 1] = wide ? -255 : -128
    return weights
  }

  @Test(arguments: Form.all, [false, true])
  func `dense weights stand where the kernels look for them`(form: Form, wide: Bool) {
    for (groups, inputs, outputs, kernel, gap) in [
      (1, 3, 70, (3, 3), 0), (1, 16, 48, (1, 1), 0), (1, 5, 33, (3, 2), 2), (2, 6, 20, (1, 3), 0),
      (1, 8, 129, (1, 1), 4), (1, 2, 7, (5, 5), 0),
    ] {
      var shape = Self.shape((groups, inputs, outputs), kernel, gap: gap)
      let taps = kernel.0 * kernel.1
      let weights = some(groups * outputs * inputs * taps, wide: wide)
      let bias = (0..<(groups * outputs)).map { Int32($0 * 1000) }
      let scales = bias.map { Float($0) + 0.5 }
      let packing = BytePacking(shape, kernels: form.kernels)
      let parts = packing.parts(weights.span)
      #expect(parts == (wide && form.group == 4 ? 3 : 1))
      let packed = packing.pack(
        weights.span, bias: bias, multipliers: scales, zero: 3, depthwise: false)
      let merged = unsafe ock_row_is_run(&shape)
      let (runs, length) =
        merged ? (kernel.0, kernel.1 * inputs) : (taps, inputs)
      let (group, lanes) = (Int(form.group), Int(form.lanes))
      let words = (length + group - 1) / group
      let pitch = 2 + parts * runs * words
      var at = 0
      for g in 0..<groups {
        var first = 0
        while first < outputs {
          // Four vectors, two or one: as many as are full, or what is left.
          let vectors = (outputs - first + Int(form.vector) - 1) / Int(form.vector)
          let most = Int(form.panel / form.vector)
          let width = Int(form.vector) * min(most, vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1)
          for i in 0..<min(width, outputs - first) {
            let channel = g * outputs + first + i
            // Lane by lane, four channels of each vector.
            let each = lanes == 0 ? width : width / lanes
            let place =
              lanes == 0 ? i : i % each / 4 * (lanes * 4) + i / each * 4 + i % 4
            func word(_ row: Int) -> Float { packed[at + row * width + place] }
            let sum = weights[channel * inputs * taps..<(channel + 1) * inputs * taps]
              .reduce(0) { $0 + Int($1) }
            #expect(Int32(bitPattern: word(0).bitPattern) == bias[channel] - Int32(3 * sum))
            #expect(word(1) == scales[channel])
            for tap in 0..<taps {
              for k in 0..<inputs {
                let run = merged ? tap / kernel.1 : tap
                let place = merged ? tap % kernel.1 * inputs + k : k
                let found = (0..<parts).reduce(0) { sum, part in
                  let row = 2 + (part * runs + run) * words + place / group
                  return sum + element(word(row), place % group, group: form.group)
                }
                #expect(found == Int(weights[(channel * inputs + k) * taps + tap]))
              }
            }
          }
          at += width * pitch
          first += width
        }
      }
      #expect(at == packed.count)
    }
  }

  @Test(arguments: Form.all, [false, true])
  func `depthwise weights stand where the kernels look for them`(form: Form, wide: Bool) {
    for (channels, kernel) in [(20, (3, 3)), (7, (5, 5)), (33, (1, 4)), (16, (7, 2))] {
      let shape = Self.shape((channels, 1, 1), kernel, gap: 0)
      let taps = kernel.0 * kernel.1
      let weights = some(channels * taps, wide: wide)
      let packing = BytePacking(shape, kernels: form.kernels)
      let parts = packing.parts(weights.span)
      let packed = packing.pack(
        weights.span, bias: [Int32](repeating: 7, count: channels),
        multipliers: [Float](repeating: 2, count: channels), zero: 0, depthwise: true)
      let column = (kernel.0 + 3) / 4
      let words = form.group == 4 ? kernel.1 * column : (taps + 1) / 2
      #expect(packed.count == channels * (2 + parts * words))
      for c in 0..<channels {
        #expect(packed[c].bitPattern == 7 && packed[channels + c] == 2)
        for tap in 0..<taps {
          let (y, x) = (tap / kernel.1, tap % kernel.1)
          let (word, place) =
            form.group == 4 ? (x * column + y / 4, y % 4) : (tap / 2, tap % 2)
          let found = (0..<parts).reduce(0) { sum, part in
            let at = (2 + part * words + word) * channels + c
            return sum + element(packed[at], place, group: form.group)
          }
          #expect(found == Int(weights[c * taps + tap]))
        }
      }
    }
  }
}
