import OcelliTensor

// What does more than touch every element once says so here, so that a file cannot ask for hours.

extension Convolution {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let w = inputs.optional(1)?.fact.shape, w.rank > 1 else { return 0 }
    return saturatingProduct(w.dimensions.dropFirst() + [outputs.first?.shape?.count ?? 0])
  }
}

extension Pool {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    saturatingProduct(kernel + [outputs.first?.shape?.count ?? 0])
  }
}

extension MatMul {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    saturatingProduct([
      inputs.optional(0)?.fact.shape?.dimensions.last ?? 1, outputs.first?.shape?.count ?? 0,
    ])
  }
}

extension Gemm {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let a = inputs.optional(0)?.fact.shape, a.rank == 2 else { return 0 }
    return saturatingProduct([a[transposeA ? 0 : 1], outputs.first?.shape?.count ?? 0])
  }
}

/// The product of factors that are not negative, `Int.max` where it is beyond that.
func saturatingProduct(_ factors: [Int]) -> Int {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return factors.contains(0) ? 0 : .max }
    product = next
  }
  return product
}
