import OcelliGraph
import OcelliTensor

/// The quantisation that ends a computation among floats, and what it leaves of the range.
struct QuantizedEnding {
  /// The `QuantizeLinear`'s.
  var place: Int
  var output: ValueID
  var scale: ByteScale
  var low: Int
  var high: Int
}

extension Graph {
  /// The quantisation to uint8 that alone reads a value, behind clamps; nil where there is none.
  func ending(of start: ValueID, _ uses: Uses) -> QuantizedEnding? {
    var id = start
    var bounds: (low: Float, high: Float) = (-.infinity, .infinity)
    while let reader = uses.onlyReader(id) {
      let node = nodes[reader]
      guard node.inputs[0] == id, let output = node.outputs[0] else { return nil }
      if node.op is QuantizeLinear {
        guard let scale = byteScale(of: node) else { return nil }
        let low = scale.byte(bounds.low)
        return QuantizedEnding(
          place: reader, output: output, scale: scale, low: low,
          high: max(low, scale.byte(bounds.high)))
      }
      guard let unary = node.op as? Unary else { return nil }
      switch unary.function {
      case .relu: bounds.low = max(bounds.low, 0)
      case .clip(let low, let high) where low <= high:
        bounds = (min(max(bounds.low, low), high), max(min(bounds.high, high), low))
      default: return nil
      }
      id = output
    }
    return nil
  }
}

extension ByteScale {
  /// The byte that stands for a number.
  func byte(_ value: Float) -> Int {
    let quotient = (value / scale).rounded(.toNearestOrEven)
    return Int(min(max(quotient + Float(zero), 0), 255))
  }
}
