import OcelliGraph
import OcelliTensor

extension Einsum: ReferenceOperator {
  func evaluate(_ inputs: [Tensor?], _ facts: [Fact]) throws -> [Tensor] {
    let x = inputs.first ?? nil
    guard let type = x?.type else { throw OperatorError("no operand") }
    if type == .float32 { return [try summed(inputs, facts, Float.self)] }
    guard let number = type.number else { throw unsupported(type) }
    return [try summed(inputs, facts, number)]
  }

  /// Walks all named axes, those of the result outermost. Overflow of integers wraps.
  private func summed<E: NumberElement>(
    _ inputs: [Tensor?], _ facts: [Fact], _ type: E.Type
  ) throws -> Tensor {
    let tensors = try inputs.indices.map { try inputs.required($0) }
    let labels = try equation.labels(ranks: tensors.map(\.shape.rank))
    let extents = try extents(labels.terms, tensors.map(\.shape))
    let folded = extents.keys.filter { !labels.result.contains($0) }.sorted()
    let axes = labels.result + folded
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
        var product: E = 1
        for (index, operand) in operands.enumerated() {
          let place = rows.offsets[index + 1] + i * rows.steps[index + 1]
          product = E.product(product, operand[place])
        }
        let place = rows.offsets[0] + i * rows.steps[0]
        y[place] = E.sum(y[place], product)
      }
    }
    return result
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
