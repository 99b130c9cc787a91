/// A sliding window over the spatial axes: what convolution and pooling share.
package struct Window: Sendable, Equatable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  /// All begins, then all ends.
  package var pads: [Int]
  package var output: [Int]

  /// Resolves a window on an input of the given spatial extents. Empty strides or dilations are all 1.
  /// Errors: lists of unlike length, extents below 1, or a window that is larger than the padded input.
  package init(
    input: [Int], kernel: [Int], strides: [Int], dilations: [Int], padding: Padding,
    ceilMode: Bool = false
  ) throws(OperatorError) {
    let axes = input.count
    self.kernel = kernel
    self.strides = strides.isEmpty ? [Int](repeating: 1, count: axes) : strides
    self.dilations = dilations.isEmpty ? [Int](repeating: 1, count: axes) : dilations
    for (what, list) in [
      ("kernel", kernel), ("strides", self.strides), ("dilations", self.dilations),
    ] {
      guard list.count == axes else {
        throw OperatorError("\(what) \(list) for \(axes) spatial axes")
      }
      guard list.allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) }) else {
        throw OperatorError("\(what) \(list) are not all within 1...\(Int32.max)")
      }
    }
    self.pads = try padding.resolved(
      input: input, kernel: kernel, strides: self.strides, dilations: self.dilations)
    self.output = []
    for axis in 0..<axes {
      let reach = Self.reach(kernel: kernel[axis], dilation: self.dilations[axis])
      let padded = input[axis] + pads[axis] + pads[axes + axis]
      guard padded >= reach else {
        throw OperatorError("a window of \(reach) on an axis of \(padded) with its padding")
      }
      let step = self.strides[axis]
      var count = (padded - reach + (ceilMode ? step - 1 : 0)) / step + 1
      // A window that would begin in the end padding sees nothing.
      if ceilMode, (count - 1) * step >= input[axis] + pads[axis] { count -= 1 }
      output.append(count)
    }
  }

  /// The extent that one window covers. `kernel` and `dilation` fit 32 bits.
  static func reach(kernel: Int, dilation: Int) -> Int { (kernel - 1) * dilation + 1 }
}

extension Padding {
  /// Explicit pads, all begins then all ends. Every list is as long as `input`; numbers fit 32 bits.
  /// Errors: pads that are negative, beyond 32 bits or of the wrong number.
  package func resolved(
    input: [Int], kernel: [Int], strides: [Int], dilations: [Int]
  ) throws(OperatorError) -> [Int] {
    let axes = input.count
    switch self {
    case .valid: return [Int](repeating: 0, count: 2 * axes)
    case .explicit(let pads):
      if pads.isEmpty { return [Int](repeating: 0, count: 2 * axes) }
      guard pads.count == 2 * axes, pads.allSatisfy({ $0 >= 0 && $0 <= Int(Int32.max) }) else {
        throw OperatorError("pads \(pads) for \(axes) spatial axes")
      }
      return pads
    case .sameUpper, .sameLower:
      var pads = [Int](repeating: 0, count: 2 * axes)
      for axis in 0..<axes {
        let output = (input[axis] + strides[axis] - 1) / strides[axis]
        let reach = Window.reach(kernel: kernel[axis], dilation: dilations[axis])
        let total = max((output - 1) * strides[axis] + reach - input[axis], 0)
        let less = total / 2
        pads[axis] = self == .sameUpper ? less : total - less
        pads[axes + axis] = total - pads[axis]
      }
      return pads
    }
  }
}
