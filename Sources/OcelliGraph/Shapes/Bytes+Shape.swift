import OcelliTensor

extension QuantizedConvolution {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(4...5)
    let x = try inputs.required(0, "x")
    let w = try inputs.required(1, "w")
    let multiplier = try inputs.required(3, "multiplier")
    try x.expectType(.uint8, "x")
    try multiplier.expectType(.float32, "multiplier")
    let sums = try window.outputFacts(
      [x, w, nil, inputs.optional(4), inputs.optional(2)])
    if let shape = w.fact.shape, let own = multiplier.fact.shape, own != [shape[0]] {
      throw OperatorError("a multiplier of \(own) for \(shape)")
    }
    guard case .bytes(_, let low, let high, let table) = output else {
      return [Fact(.float32, sums[0].shape)]
    }
    guard (0...255).contains(low), (low...255).contains(high), [0, 256].contains(table.count) else {
      throw OperatorError("bounds of \(low)…\(high), a table of \(table.count) bytes")
    }
    return [Fact(.uint8, sums[0].shape)]
  }
}

extension ByteTable {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(1...1)
    let x = try inputs.required(0, "x")
    try x.expectType(.uint8, "x")
    guard table.count == 256 else { throw OperatorError("a table of \(table.count) bytes") }
    return [Fact(.uint8, x.fact.shape)]
  }
}

extension QuantizedBinary {
  package func outputFacts(_ inputs: [OperatorInput?]) throws(OperatorError) -> [Fact] {
    try inputs.expectCount(2...2)
    let a = try inputs.required(0, "a")
    let b = try inputs.required(1, "b")
    try a.expectType(.uint8, "a")
    try b.expectType(.uint8, "b")
    guard let left = a.fact.shape, let right = b.fact.shape else { return [Fact(.uint8, nil)] }
    return [Fact(.uint8, try left.broadcast(with: right))]
  }
}
