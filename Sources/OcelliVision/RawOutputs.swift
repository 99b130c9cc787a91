import OcelliTensor
import OcelliVocabulary

/// The outputs of a model without a known head.
enum RawOutputs {
  /// How many numbers a line can take under its limit of 1 MiB.
  static let listed = 50_000

  /// Each output summed up; the values while all of them fit a line and are finite.
  static func sum(_ outputs: [(name: String, tensor: Tensor)]) -> [RawOutput] {
    var room = listed
    return outputs.map { name, tensor in
      var low = Double.infinity
      var high = -Double.infinity
      var values: [Float] = []
      let lists = tensor.count <= room
      if lists { values.reserveCapacity(tensor.count) }
      tensor.forEach { value in
        if value.isFinite {
          low = min(low, value)
          high = max(high, value)
        }
        if lists { values.append(Float(value)) }
      }
      let areFinite = values.allSatisfy(\.isFinite)
      if lists { room -= tensor.count }
      return RawOutput(
        name: name, shape: tensor.shape.dimensions, type: tensor.type.rawValue,
        minimum: low.isFinite ? low : 0, maximum: high.isFinite ? high : 0,
        values: areFinite ? values : [])
    }
  }
}

extension Tensor {
  /// Every element as a double, in order. float16 and bfloat16 are widened.
  func forEach(_ body: (Double) -> Void) {
    func visit<E: TensorElement>(_ type: E.Type, _ widen: (E) -> Double) {
      let elements = span(of: type)
      for index in elements.indices { body(widen(elements[index])) }
    }
    switch type {
    case .float32: visit(Float.self) { Double($0) }
    case .float64: visit(Double.self) { $0 }
    case .int8: visit(Int8.self) { Double($0) }
    case .int16: visit(Int16.self) { Double($0) }
    case .int32: visit(Int32.self) { Double($0) }
    case .int64: visit(Int64.self) { Double($0) }
    case .uint8: visit(UInt8.self) { Double($0) }
    case .uint16: visit(UInt16.self) { Double($0) }
    case .uint32: visit(UInt32.self) { Double($0) }
    case .uint64: visit(UInt64.self) { Double($0) }
    case .bool: visit(Bool.self) { $0 ? 1 : 0 }
    case .float16: halves?.forEach { body(Double(Float(Float16(bitPattern: UInt16($0))))) }
    case .bfloat16: halves?.forEach { body(Double(Float(bitPattern: UInt32($0) << 16))) }
    // No model's output in practice; what they hold is shown as written.
    default: codes?.forEach { body(Double($0)) }
    }
  }

  /// The bytes of elements of one byte; nil without memory.
  private var codes: Tensor? { try? Tensor(.uint8, shape, bytes: bytes) }

  /// The bits of elements of two bytes; nil without memory.
  private var halves: Tensor? { try? Tensor(.uint16, shape, bytes: bytes) }
}
