package import OcelliTensor

/// How a tensor's elements share scales and zero points: one for all, one a slice of `axis`, or one a
/// block of `block` elements along it; the shape of the scale says which.
package struct Granularity: Sendable, Equatable {
  package var axis: Int
  /// 0: no blocks.
  package var block: Int
  package init(axis: Int, block: Int = 0) {
    self.axis = axis
    self.block = block
  }
}

extension Granularity: CustomStringConvertible {
  package var description: String { "axis \(axis)" + (block > 0 ? ", blocks of \(block)" : "") }
}

/// `round(x / scale) + zero point`, saturated. Inputs: x, scale, zero point?.
/// Source: ONNX `QuantizeLinear`.
package struct QuantizeLinear: Operator {
  package var granularity: Granularity
  /// The result's type where no zero point tells it.
  package var type: ElementType
  /// What is beyond an 8 bit float becomes the largest, not infinity or NaN.
  package var saturate: Bool
  package init(
    axis: Int, block: Int = 0, type: ElementType = .uint8, saturate: Bool = true
  ) {
    granularity = Granularity(axis: axis, block: block)
    self.type = type
    self.saturate = saturate
  }
  package var name: String { "QuantizeLinear" }
  package var detail: String { "\(granularity)" + (saturate ? "" : ", not saturated") }
}

/// `(x − zero point) · scale`. Inputs: x, scale, zero point?. Source: ONNX `DequantizeLinear`.
package struct DequantizeLinear: Operator {
  package var granularity: Granularity
  /// The result's type; nil: the scale's.
  package var type: ElementType?
  package init(axis: Int, block: Int = 0, type: ElementType? = nil) {
    self.init(Granularity(axis: axis, block: block), type: type)
  }
  package init(_ granularity: Granularity, type: ElementType? = nil) {
    self.granularity = granularity
    self.type = type
  }
  package var name: String { "DequantizeLinear" }
  package var detail: String { "\(granularity)" + (type.map { ", \($0.rawValue)" } ?? "") }
}

/// Quantises to uint8 by the tensor's own range. Outputs: y, scale, zero point.
/// Source: ONNX `DynamicQuantizeLinear`.
package struct DynamicQuantizeLinear: Operator {
  package init() {}
  package var name: String { "DynamicQuantizeLinear" }
}

/// `(A − a)·(B − b)` in 32 bits. Inputs: A, B, a?, b?. A vector a counts by rows, b by columns.
/// Source: ONNX `MatMulInteger`.
package struct MatMulInteger: Operator {
  package init() {}
  package var name: String { "MatMulInteger" }
}

/// A convolution of `x − zero` with `w − zero` in 32 bits.
/// Inputs: x, w, x's zero point?, w's zero point? (one, or one an output channel), bias (int32)?.
/// Source: ONNX `ConvInteger`; the bias is `QLinearConv`'s.
package struct ConvolutionInteger: Operator {
  package var strides: [Int]
  package var dilations: [Int]
  package var padding: Padding
  package var groups: Int

  package init(strides: [Int], dilations: [Int], padding: Padding, groups: Int) {
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.groups = groups
  }

  package var name: String { "ConvInteger" }
  package var detail: String {
    "strides \(strides), dilations \(dilations), pads \(padding), groups \(groups)"
  }
}

/// `round(x · multiplier) + zero point`, half to even, saturated to the zero point's type.
/// Inputs: x (int32), multiplier (float32, broadcast), zero point (one).
/// Source: the last step of ONNX `QLinearConv`, `QLinearMatMul` and of `QGemm`.
package struct Requantize: Operator {
  package init() {}
  package var name: String { "Requantize" }
}
