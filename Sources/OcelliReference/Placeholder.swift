// TEMPORARY: until the reference operators land.
package import OcelliGraph
package import OcelliTensor
package struct ReferenceEvaluator: OperatorEvaluator {
  package init() {}
  package func evaluate(_ op: any Operator, _ inputs: [Tensor?], outputCount: Int) throws(OperatorError) -> [Tensor] { throw OperatorError("no") }
}
package struct ReferenceRunner { package init(_ g: Graph) {}; package func run(_ x: [Tensor]) throws -> [Tensor] { [] } }
