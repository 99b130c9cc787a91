import OcelliGraph
import OcelliTensor

/// An operator whose reference takes every element type as it is: one that moves elements, or that
/// reads the types itself.
protocol AnyTypeOperator: ReferenceOperator {}

/// The one place where float16 and bfloat16 become float32 and come back.
enum HalfTypes {
  /// Computes in float32 what has half types, and rounds the results once.
  static func evaluate(
    _ op: any ReferenceOperator, _ inputs: [Tensor?], _ facts: [Fact]
  ) throws -> [Tensor] {
    var wide: [Tensor?] = []
    for input in inputs { wide.append(try input?.widened()) }
    let wideFacts = facts.map { Fact($0.type.isHalf ? .float32 : $0.type, $0.shape) }
    var outputs = try op.evaluate(wide, wideFacts)
    for (index, fact) in facts.enumerated().prefix(outputs.count) where fact.type.isHalf {
      guard outputs[index].type == .float32 else { continue }
      outputs[index] = try outputs[index].narrowed(to: fact.type)
    }
    return outputs
  }
}
