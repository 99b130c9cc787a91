/// How the border of a window is made. Pads stand as ONNX has them: all begins, then all ends.
package enum Padding: Sendable, Equatable {
  case explicit([Int])
  case sameUpper
  case sameLower
  case valid
}

extension Padding: CustomStringConvertible {
  package var description: String {
    switch self {
    case .explicit(let pads): "\(pads)"
    case .sameUpper: "same, upper"
    case .sameLower: "same, lower"
    case .valid: "valid"
    }
  }
}

/// What is applied to every element of a result before it is stored.
package enum Activation: Sendable, Equatable {
  case unary(UnaryFunction)
  /// `quantizeRound` after another: QDQ graphs round the sum, the sigmoid and the product.
  indirect case chain(Activation, Activation)
}

extension Activation: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unary(let function): "\(function)"
    case .chain(let first, let second): "\(first) then \(second)"
    }
  }
}

/// A convolution. Inputs: x `[N, C, …]`, w `[M, C/groups, …]`, bias `[M]`?, residual as the output?.
/// Output: `activation(conv(x, w) + bias + residual)`.
/// Source: ONNX `Conv`; activation and residual are what simplify folds in.
package struct Convolution: Operator {
  package var strides: [Int]
  package var dilations: [Int]
  package var padding: Padding
  package var groups: Int
  package var activation: Activation?

  package init(
    strides: [Int], dilations: [Int], padding: Padding, groups: Int, activation: Activation? = nil
  ) {
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.groups = groups
    self.activation = activation
  }

  package var name: String { "Conv" }
  package var detail: String {
    let window = "strides \(strides), dilations \(dilations), pads \(padding), groups \(groups)"
    return window + (activation.map { ", then \($0)" } ?? "")
  }
}

/// A pooling window. Input: x `[N, C, …]`. Outputs: the pooled, for `max` the places of what was taken.
/// Source: ONNX `MaxPool`, `AveragePool`, `LpPool`.
package struct Pool: Operator {
  package enum Kind: String, Sendable { case max, average, power }
  package var kind: Kind
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  package var padding: Padding
  package var ceilMode: Bool
  package var countIncludePad: Bool
  /// Of the norm that `power` takes.
  package var exponent = 2
  /// Places are counted with the first spatial axis fastest.
  package var countsColumnMajor = false

  package init(
    kind: Kind, kernel: [Int], strides: [Int], dilations: [Int], padding: Padding,
    ceilMode: Bool = false, countIncludePad: Bool = false
  ) {
    self.kind = kind
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padding = padding
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
  }

  package var name: String {
    switch kind {
    case .max: "MaxPool"
    case .average: "AveragePool"
    case .power: "LpPool"
    }
  }
  package var detail: String {
    "kernel \(kernel), strides \(strides), dilations \(dilations), pads \(padding)"
      + (ceilMode ? ", ceil" : "") + (countIncludePad ? ", pads count" : "")
      + (kind == .power ? ", exponent \(exponent)" : "")
      + (countsColumnMajor ? ", column-major" : "")
  }
}

/// Normalises by stored statistics. Inputs: x, scale, bias, mean, variance. Source: ONNX `BatchNormalization`.
package struct BatchNormalization: Operator {
  package var epsilon: Float
  package init(epsilon: Float) { self.epsilon = epsilon }
  package var name: String { "BatchNormalization" }
  package var detail: String { "epsilon \(epsilon)" }
}

/// Moves blocks between depth and space. Source: ONNX `DepthToSpace`, `SpaceToDepth`.
package struct BlockMove: Operator {
  package enum Direction: String, Sendable { case depthToSpace, spaceToDepth }
  package var direction: Direction
  package var block: Int
  /// Mode CRD; DCR otherwise.
  package var columnRowDepth: Bool

  package init(direction: Direction, block: Int, columnRowDepth: Bool = false) {
    self.direction = direction
    self.block = block
    self.columnRowDepth = columnRowDepth
  }

  package var name: String { direction == .depthToSpace ? "DepthToSpace" : "SpaceToDepth" }
  package var detail: String { "block \(block)" + (columnRowDepth ? ", CRD" : "") }
}
