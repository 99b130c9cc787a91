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

extension TransposedConvolution {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let x = inputs.optional(0)?.fact.shape, let w = inputs.optional(1)?.fact.shape else {
      return 0
    }
    return saturatingProduct(w.dimensions.dropFirst() + [x.count])
  }
}

extension DeformableConvolution {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let w = inputs.optional(1)?.fact.shape, w.rank > 1 else { return 0 }
    return saturatingProduct(w.dimensions.dropFirst() + [outputs.first?.shape?.count ?? 0])
  }
}

extension Resize {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    let taps = mode == .nearest ? 1 : mode == .linear ? 2 : 4
    let counts = [inputs.optional(0)?.fact.shape?.count ?? 0, outputs.first?.shape?.count ?? 0]
    // With antialias a result sees about as many elements as the source has for it.
    return saturatingProduct([taps, 4, counts.max() ?? 0])
  }
}

extension RoiAlign {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    let each = samples > 0 ? saturatingProduct([samples, samples]) : RoiAlign.maximumSamples
    return saturatingProduct([4, each, outputs.first?.shape?.count ?? 0])
  }

  /// The most samples an output element that are taken where the file does not state them.
  package static let maximumSamples = 1 << 12
}

extension Determinant {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let x = inputs.optional(0)?.fact.shape, let last = x.dimensions.last else { return 0 }
    return saturatingProduct([x.count, last])
  }
}
