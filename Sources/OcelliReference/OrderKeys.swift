import OcelliGraph
import OcelliTensor

extension Tensor {
  /// An integer for every element, ordered as the elements are: equals are equal, and what is no number
  /// stands above all others. Errors: a type that has no order here.
  func orderKeys() throws -> [Int64] {
    switch type {
    case .float32: array(of: Float.self).map { Double($0).orderKey }
    case .float64: array(of: Double.self).map(\.orderKey)
    case .int8: array(of: Int8.self).map(Int64.init)
    case .int16: array(of: Int16.self).map(Int64.init)
    case .int32: array(of: Int32.self).map(Int64.init)
    case .int64: array(of: Int64.self)
    case .uint8: array(of: UInt8.self).map(Int64.init)
    case .uint16: array(of: UInt16.self).map(Int64.init)
    case .uint32: array(of: UInt32.self).map(Int64.init)
    case .uint64: array(of: UInt64.self).map { Int64(bitPattern: $0 ^ 1 << 63) }
    case .bool: array(of: Bool.self).map { $0 ? 1 : 0 }
    default: throw OperatorError("elements of \(type.rawValue) have no order")
    }
  }
}

extension Double {
  fileprivate var orderKey: Int64 {
    if isNaN { return .max }
    let bits = Int64(bitPattern: (self + 0).bitPattern)
    return bits >= 0 ? bits : .min - bits
  }
}
