import OcelliGraph
import OcelliTensor

extension Einsum: ReferenceOperator {
  /// What one evaluation may take. Units: products.
  private static var workLimit: Int { 1 << 36 }

  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = try inputs.first ?? nil
    guard let type = x?.type else { throw OperatorError("no operand") }
    switch type {
    case .float32: return [try summed(inputs, facts, Float(1), { $0 * $1 }, { $0 + $1 })]
    case .float64: return [try summed(inputs, facts, Double(1), { $0 * $1 }, { $0 + $1 })]
    case .int8: return [try integers(inputs, facts, Int8.self)]
    case .int16: return [try integers(inputs, facts, Int16.self)]
    case .int32: return [try integers(inputs, facts, Int32.self)]
    case .int64: return [try integers(inputs, facts, Int64.self)]
    case .uint8: return [try integers(inputs, facts, UInt8.self)]
    case .uint16: return [try integers(inputs, facts, UInt16.self)]
    case .uint32: return [try integers(inputs, facts, UInt32.self)]
    case .uint64: return [try integers(inputs, facts, UInt64.self)]
    default: throw unsupported(type)
    }
  }

  /// Overflow wraps.
  private func integers<E: TensorElement & FixedWidthInteger>(
    _ inputs: [Tensor?], _ facts: [Fact], _ type: E.Type
  ) throws -> Tensor { try summed(inputs, facts, E(1), { $0 &* $1 }, { $0 &+ $1 }) }

  /// Walks all named axes, those of the result outermost.
  private func summed<E: TensorElement>(
    _ inputs: [Tensor?], _ facts: [Fact], _ one: E, _ multiply: (E, E) -> E, _ add: (E, E) -> E
  ) throws -> Tensor {
    let tensors = try inputs.indices.map { try inputs.required($0) }
    let labels = try equation.labels(ranks: tensors.map(\.shape.rank))
    let extents = try extents(labels.terms, tensors.map(\.shape))
    let folded = extents.keys.filter { !labels.result.contains($0) }.sorted()
    let axes = labels.result + folded
    try checkWork(axes.map { extents[$0] ?? 1 })
    let space = Shape(axes.map { extents[$0] ?? 1 })
    let shape = try facts.shape()
    let target = shape.strides + [Int](repeating: 0, count: folded.count)
    let strides = zip(labels.terms, tensors).map { self.strides(axes, $0, $1.shape) }
    let operands = tensors.map { $0.array(of: E.self) }
    var result = try Tensor(E.elementType, shape)
    var y = result.mutableSpan(of: E.self)
    var rows = StridedRows(space, strides: [target] + strides)
    while rows.next() {
      for i in 0..<rows.length {
        var product = one
        for (index, operand) in operands.enumerated() {
          let place = rows.offsets[index + 1] + i * rows.steps[index + 1]
          product = multiply(product, operand[place])
        }
        let place = rows.offsets[0] + i * rows.steps[0]
        y[place] = add(y[place], product)
      }
    }
    return result
  }

  private func checkWork(_ extents: [Int]) throws {
    var work = 1
    for extent in extents {
      let (product, overflow) = work.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Self.workLimit else {
        throw OperatorError("\(extents) products; at most \(Self.workLimit) are computed")
      }
      work = product
    }
  }

  /// An operand's step along every named axis: an axis that it names twice is a diagonal.
  private func strides(
    _ axes: [EinsumEquation.Label], _ term: [EinsumEquation.Label], _ shape: Shape
  ) -> [Int] {
    axes.map { label in
      var step = 0
      for (axis, own) in term.enumerated() where own == label && shape[axis] != 1 {
        step += shape.strides[axis]
      }
      return step
    }
  }
}
