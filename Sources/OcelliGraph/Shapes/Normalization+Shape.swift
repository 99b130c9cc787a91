import OcelliTensor

extension LocalResponseNormalization {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "X")
    guard x.fact.type.isFloatingPoint else { throw OperatorError("\(name) of integers") }
    guard size >= 1, size <= Int(Int32.max) else { throw OperatorError("size \(size)") }
    if let shape = x.fact.shape, shape.rank < 2 { throw OperatorError("\(name) of \(shape)") }
    return [x.fact]
  }
}
