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
    guard let y = outputs.first?.shape, y.rank > 1 else { return 0 }
    let each = samples > 0 ? saturatingProduct([samples, samples]) : Self.maximumSamplesInAll
    return min(
      saturatingProduct([4, each, y.count]),
      saturatingProduct([4, Self.maximumSamplesInAll, y[1]]))
  }

  /// The most samples that are taken, of all regions together, before the channels.
  package static let maximumSamplesInAll = 1 << 26
}

extension Determinant {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let x = inputs.optional(0)?.fact.shape, let last = x.dimensions.last else { return 0 }
    return saturatingProduct([x.count, last])
  }
}

extension GridSample {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let shape = outputs.first?.shape, shape.rank > 2 else { return 0 }
    let taps = mode == .nearest ? 1 : mode == .linear ? 2 : 4
    return saturatingProduct([Int](repeating: taps, count: shape.rank - 2) + [shape.count])
  }
}

extension LocalResponseNormalization {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let x = inputs.optional(0)?.fact.shape, x.rank > 1 else { return 0 }
    return saturatingProduct([x.count, min(size, x[1])])
  }
}

extension MatMulInteger {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    MatMul().work(inputs, outputs)
  }
}

extension ConvolutionInteger {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    convolution.work(inputs, outputs)
  }
}

extension Einsum {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    let shapes = inputs.compactMap { $0?.fact.shape }
    guard shapes.count == inputs.count,
      let labels = try? equation.labels(ranks: shapes.map(\.rank)),
      let extents = try? extents(labels.terms, shapes)
    else { return 0 }
    return saturatingProduct(Array(extents.values) + [max(shapes.count, 1)])
  }
}

extension Attention {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    let shapes = [0, 1, 2, 4, 5].map { inputs.optional($0)?.fact.shape }
    guard let q = shapes[0], let k = shapes[1], let v = shapes[2],
      let sizes = try? sizes(q, k, v, pastKey: shapes[3], pastValue: shapes[4])
    else { return 0 }
    return saturatingProduct([
      sizes.query.batch, sizes.query.heads, sizes.query.length, sizes.total,
      max(sizes.query.size + sizes.value.size, 1),
    ])
  }
}

extension LinearAttention {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard outputs.count > 1, let y = outputs[0].shape, let state = outputs[1].shape,
      let key = inputs.optional(1)?.fact.shape, y.rank == 3, state.rank == 4
    else { return 0 }
    // Every step touches the state a few times, and once for each query head that shares it.
    let shared = 4 + max(queryHeads / max(keyHeads, 1), 1)
    return saturatingProduct([key[1], state.count, shared])
  }
}

extension Recurrent {
  package func work(_ inputs: [OperatorInput?], _ outputs: [Fact]) -> Int {
    guard let x = inputs.optional(0)?.fact.shape, let w = inputs.optional(1)?.fact.shape,
      let r = inputs.optional(2)?.fact.shape, x.rank == 3
    else { return 0 }
    let (matrices, overflow) = w.count.addingReportingOverflow(r.count)
    return overflow ? .max : saturatingProduct([x[0], x[1], matrices])
  }
}
