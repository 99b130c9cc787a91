import OcelliGraph
import OcelliReference
import OcelliTensor

/// Short words for tests of known answers.
enum Known {
  static func floats(_ elements: [Float], _ shape: Shape? = nil) throws -> Tensor {
    try Tensor(elements, shape: shape ?? [elements.count])
  }

  static func integers(_ elements: [Int64], _ shape: Shape? = nil) throws -> Tensor {
    try Tensor(elements, shape: shape ?? [elements.count])
  }

  /// Whole numbers in any type that holds them.
  static func numbers(
    _ elements: [Int64], _ type: ElementType, _ shape: Shape? = nil
  ) throws -> Tensor {
    try run(Cast(to: type), integers(elements, shape))[0]
  }

  /// All outputs of an operator.
  static func run(_ op: any Operator, _ inputs: Tensor?..., outputs: Int = 1) throws -> [Tensor] {
    try ReferenceEvaluator().evaluate(op, inputs, outputCount: outputs)
  }

  /// The first output as floats.
  static func values(_ op: any Operator, _ inputs: Tensor?...) throws -> [Float] {
    let y = try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)[0]
    return try run(Cast(to: .float32), y)[0].array()
  }

  /// The error that an operator gives; nil where it gives none.
  static func refusal(_ op: any Operator, _ inputs: Tensor?...) -> String? {
    do {
      _ = try ReferenceEvaluator().evaluate(op, inputs, outputCount: 1)
      return nil
    } catch { return error.description }
  }

  /// Whether two lists are the same within a millionth, NaN where NaN is due.
  static func isNear(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { x, y in
        x.isNaN ? y.isNaN : x == y || abs(x - y) <= 1e-6 * max(1, abs(y))
      }
  }
}
