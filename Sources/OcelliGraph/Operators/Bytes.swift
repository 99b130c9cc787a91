/// How bytes stand for real numbers: `(byte − zero) · scale`.
package struct ByteScale: Sendable, Equatable, CustomStringConvertible {
  package var scale: Float
  /// In 0…255.
  package var zero: Int
  package init(scale: Float, zero: Int) {
    self.scale = scale
    self.zero = zero
  }
  package var description: String { "\(scale) from \(zero)" }
}

/// A convolution of bytes in whole numbers, rounded once: `QLinearConv`, and what a graph of
/// `DequantizeLinear`, `Conv`, `QuantizeLinear` states.
/// Inputs: x (uint8), w (int8 or uint8 `[M, C/groups, …]`), bias (int32 `[M]`)?, multiplier
/// (float32 `[M]`), w's zero point (one, or `[M]`)?.
/// Output: uint8 `table[clamp(round(sum · multiplier) + zero, low, high)]`, or float32 `sum · multiplier`.
package struct QuantizedConvolution: Operator {
  package enum Output: Sendable, Equatable {
    /// `table`: empty, or 256 bytes.
    case bytes(zero: Int, low: Int, high: Int, table: [UInt8])
    case real
  }
  package var window: ConvolutionInteger
  /// x's.
  package var zero: Int
  package var output: Output

  package init(window: ConvolutionInteger, zero: Int, output: Output) {
    self.window = window
    self.zero = zero
    self.output = output
  }

  package var name: String { "QuantizedConv" }
  package var detail: String {
    let end =
      switch output {
      case .real: "to float"
      case .bytes(let zero, let low, let high, let table):
        "from \(zero), in \(low)…\(high)" + (table.isEmpty ? "" : ", through a table")
      }
    return "\(window.detail), x from \(self.zero), \(end)"
  }
}

/// A function of one byte: whatever stands between a `DequantizeLinear` and a `QuantizeLinear`.
/// Inputs: x (uint8). Output: `table[x]`.
package struct ByteTable: Operator {
  /// 256 bytes.
  package var table: [UInt8]
  package init(_ table: [UInt8]) { self.table = table }
  package var name: String { "ByteTable" }
  package var detail: String { "0 to \(table[0]), 128 to \(table[128]), 255 to \(table[255])" }
}

/// A sum or a product of bytes as real numbers, rounded once. Inputs: a, b (uint8, broadcast).
/// Source: com.microsoft `QLinearAdd`, `QLinearMul`, and what a graph of `DequantizeLinear`, `Add`,
/// `QuantizeLinear` states.
package struct QuantizedBinary: Operator {
  package enum Function: String, Sendable { case add, multiply }
  package var function: Function
  package var a: ByteScale
  package var b: ByteScale
  package var y: ByteScale
  package var low: Int
  package var high: Int

  package init(
    _ function: Function, a: ByteScale, b: ByteScale, y: ByteScale, low: Int = 0, high: Int = 255
  ) {
    self.function = function
    self.a = a
    self.b = b
    self.y = y
    self.low = low
    self.high = high
  }

  package var name: String { function == .add ? "QuantizedAdd" : "QuantizedMul" }
  package var detail: String { "\(a), \(b) to \(y), in \(low)…\(high)" }
}
