/// A convolution run backwards: every input element adds its window to the output.
/// Inputs: x `[N, C, …]`, w `[C, M/groups, …]`, bias `[M]`?. Source: ONNX `ConvTranspose`.
package struct TransposedConvolution: Operator {
  package var strides: [Int]
  package var dilations: [Int]
  package var padding: Padding
  /// What the output is longer at its end, one an axis.
  package var outputPadding: [Int]
  /// The output's spatial extents, where the file states them: pads follow from these.
  package var outputExtents: [Int]?
  package var groups: Int

  package init(
    strides: [Int], dilations: [Int], padding: Padding, outputPadding: [Int],
    outputExtents: [Int]?, groups: Int
  ) {
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.outputPadding = outputPadding
    self.outputExtents = outputExtents
    self.groups = groups
  }

  package var name: String { "ConvTranspose" }
  package var detail: String {
    "strides \(strides), dilations \(dilations), pads \(padding), more \(outputPadding), "
      + "groups \(groups)" + (outputExtents.map { ", to \($0)" } ?? "")
  }
}

/// A convolution whose taps are moved by an input. Inputs: x `[N, C, H, W]`, w `[M, C/groups, kH, kW]`,
/// offset `[N, 2·offsetGroups·kH·kW, oH, oW]`, bias `[M]`?, mask `[N, offsetGroups·kH·kW, oH, oW]`?.
/// Source: ONNX `DeformConv`.
package struct DeformableConvolution: Operator {
  package var strides: [Int]
  package var dilations: [Int]
  package var pads: [Int]
  package var groups: Int
  package var offsetGroups: Int

  package init(strides: [Int], dilations: [Int], pads: [Int], groups: Int, offsetGroups: Int) {
    self.strides = strides
    self.dilations = dilations
    self.pads = pads
    self.groups = groups
    self.offsetGroups = offsetGroups
  }

  package var name: String { "DeformConv" }
  package var detail: String {
    "strides \(strides), dilations \(dilations), pads \(pads), groups \(groups), "
      + "\(offsetGroups) of offsets"
  }
}

/// Adds columns of windows up to a picture. Inputs: x `[N, C·∏block, L]`, picture's extents, block's.
/// Source: ONNX `Col2Im`.
package struct ColumnsToImage: Operator {
  package var strides: [Int]
  package var dilations: [Int]
  package var pads: [Int]

  package init(strides: [Int], dilations: [Int], pads: [Int]) {
    self.strides = strides
    self.dilations = dilations
    self.pads = pads
  }

  package var name: String { "Col2Im" }
  package var detail: String { "strides \(strides), dilations \(dilations), pads \(pads)" }
}

/// Puts what a max pooling took back to where it was. Inputs: x, indices, extents of the output?.
/// Source: ONNX `MaxUnpool`.
package struct MaxUnpool: Operator {
  package var kernel: [Int]
  package var strides: [Int]
  package var pads: [Int]

  package init(kernel: [Int], strides: [Int], pads: [Int]) {
    self.kernel = kernel
    self.strides = strides
    self.pads = pads
  }

  package var name: String { "MaxUnpool" }
  package var detail: String { "kernel \(kernel), strides \(strides), pads \(pads)" }
}
