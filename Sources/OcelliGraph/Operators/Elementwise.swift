package import OcelliTensor

/// Applies a function to every element.
package struct Unary: Operator {
  package var function: UnaryFunction
  package init(_ function: UnaryFunction) { self.function = function }
  package var name: String { function.name }
  package var detail: String { "\(function)" }
}

/// Applies a function to the elements of two tensors, broadcast as NumPy does.
package struct Binary: Operator {
  package var function: BinaryFunction
  package init(_ function: BinaryFunction) { self.function = function }
  package var name: String { function.name }
}

/// Chooses by a mask. Inputs: condition, x, y. Source: ONNX `Where`.
package struct Where: Operator {
  package init() {}
  package var name: String { "Where" }
}

/// The input under another name. It stays only where an output of the graph needs a name of its own.
package struct Identity: Operator {
  package init() {}
  package var name: String { "Identity" }
}

/// Changes the element type. Source: ONNX `Cast`, `CastLike`.
package struct Cast: Operator {
  package var type: ElementType
  /// For the types of float8: what is out of range becomes the largest number.
  package var saturates: Bool
  /// For float8e8m0.
  package var rounding: PowerOfTwo.Rounding

  package init(
    to type: ElementType, saturates: Bool = true, rounding: PowerOfTwo.Rounding = .up
  ) {
    self.type = type
    self.saturates = saturates
    self.rounding = rounding
  }

  package var name: String { "Cast" }
  package var detail: String {
    type.rawValue + (saturates ? "" : ", not saturating")
      + (rounding == .up ? "" : ", \(rounding.rawValue)")
  }
}

/// The same bits as another element type of that size. Source: ONNX `BitCast`.
package struct BitCast: Operator {
  package var type: ElementType
  package init(to type: ElementType) { self.type = type }
  package var name: String { "BitCast" }
  package var detail: String { type.rawValue }
}

/// Softmax over one axis. Source: ONNX `Softmax` (opset 13), `LogSoftmax`.
package struct Softmax: Operator {
  package var axis: Int
  package var logarithmic: Bool
  package init(axis: Int, logarithmic: Bool = false) {
    self.axis = axis
    self.logarithmic = logarithmic
  }
  package var name: String { logarithmic ? "LogSoftmax" : "Softmax" }
  package var detail: String { "axis \(axis)" }
}
