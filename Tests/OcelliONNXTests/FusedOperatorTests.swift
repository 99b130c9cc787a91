import OcelliGraph
import OcelliONNX
import OcelliReference
import OcelliTensor
import Testing

/// Operators that ONNX Runtime's optimiser writes, against what they are made of.
@Suite struct FusedOperatorTests {
  static let domain = "com.microsoft"

  func builder() -> ModelBuilder {
    var builder = ModelBuilder()
    var set = ONNXOperatorSet()
    set.domain = Self.domain
    set.version = 1
    builder.model.opsetImport.append(set)
    return builder
  }

  /// The first output for one input of noise.
  func run(_ builder: ModelBuilder, _ shape: Shape) throws -> [Float] {
    var graph = try ONNXImporter.importModel(bytes: builder.bytes())
    try graph.bindInputs()
    let values = (0..<shape.count).map { Float(($0 * 37 + 11) % 23) / 8 - 1.3 }
    let x = try Tensor(values, shape: shape)
    return try ReferenceRunner(graph).run([x])[0].array(of: Float.self)
  }

  func expectEqual(_ a: [Float], _ b: [Float], within tolerance: Float = 1e-5) {
    #expect(a.count == b.count)
    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }, "\(a) \(b)")
  }

  @Test func `a layer norm behind a sum is the two, and gives the sum too`() throws {
    var plain = ModelBuilder()
    var fused = builder()
    for index in 0..<2 {
      var model = index == 0 ? plain : fused
      model.input("x", [1, 3, 4])
      model.initializer("gamma", [1, 2, 0.5, -1], [4])
      model.initializer("beta", [0, 0.1, 0.2, 0.3], [4])
      model.initializer("bias", [0.5, -0.5, 1, 0], [4])
      if index == 0 {
        model.node("Add", ["x", "x"], ["twice"])
        model.node("Add", ["twice", "bias"], ["sum"])
        model.node("LayerNormalization", ["sum", "gamma", "beta"], ["normal"])
        model.node("Add", ["normal", "sum"], ["y"])
        plain = model
      } else {
        model.node(
          "SkipLayerNormalization", ["x", "x", "gamma", "beta", "bias"], ["normal", "", "", "sum"],
          domain: Self.domain, [.float("epsilon", 1e-5)])
        model.node("Add", ["normal", "sum"], ["y"])
        fused = model
      }
    }
    plain.output("y")
    fused.output("y")
    expectEqual(try run(fused, [1, 3, 4]), try run(plain, [1, 3, 4]))
  }

  @Test func `products with turned operands and a factor, gates behind a bias`() throws {
    var plain = ModelBuilder(opset: 20)
    plain.input("x", [2, 3])
    plain.initializer("w", [1, 2, 3, 4], [2, 2])
    plain.initializer("bias", [0.25, -0.5], [2])
    plain.initializer("alpha", [0.5], [])
    plain.node("Transpose", ["x"], ["xt"])
    plain.node("MatMul", ["xt", "w"], ["product"])
    plain.node("Mul", ["product", "alpha"], ["scaled"])
    plain.node("Add", ["scaled", "bias"], ["sum"])
    plain.node("Gelu", ["sum"], ["y"])
    plain.output("y")
    var fused = builder()
    fused.input("x", [2, 3])
    fused.initializer("w", [1, 2, 3, 4], [2, 2])
    fused.initializer("bias", [0.25, -0.5], [2])
    fused.node(
      "FusedMatMul", ["x", "w"], ["product"], domain: Self.domain,
      [.integer("transA", 1), .float("alpha", 0.5)])
    fused.node("BiasGelu", ["product", "bias"], ["y"], domain: Self.domain)
    fused.output("y")
    expectEqual(try run(fused, [2, 3]), try run(plain, [2, 3]))
  }

  @Test func `packed attention is a product, three parts and attention`() throws {
    let weights = (0..<48).map { Float($0 % 7) / 5 - 0.4 }
    let bias = (0..<12).map { Float($0) / 10 }
    var plain = ModelBuilder(opset: 23)
    plain.input("x", [1, 3, 4])
    plain.initializer("w", weights, [4, 12])
    plain.initializer("b", bias, [12])
    plain.node("MatMul", ["x", "w"], ["product"])
    plain.node("Add", ["product", "b"], ["packed"])
    plain.node(
      "Split", ["packed"], ["q", "k", "v"], [.integer("axis", -1), .integer("num_outputs", 3)])
    plain.node(
      "Attention", ["q", "k", "v"], ["y"],
      [.integer("q_num_heads", 2), .integer("kv_num_heads", 2)])
    plain.output("y")
    var fused = builder()
    fused.input("x", [1, 3, 4])
    fused.initializer("w", weights, [4, 12])
    fused.initializer("b", bias, [12])
    fused.node(
      "Attention", ["x", "w", "b"], ["y"], domain: Self.domain, [.integer("num_heads", 2)])
    fused.output("y")
    let expected = try run(plain, [1, 3, 4])
    expectEqual(try run(fused, [1, 3, 4]), expected)
    var apart = builder()
    apart.input("x", [1, 3, 4])
    apart.initializer("w", weights, [4, 12])
    apart.initializer("b", bias, [12])
    apart.node("MatMul", ["x", "w"], ["product"])
    apart.node("Split", ["product"], ["q", "k", "v"], [.integer("axis", -1)])
    apart.node(
      "MultiHeadAttention", ["q", "k", "v", "b"], ["y"], domain: Self.domain,
      [.integer("num_heads", 2)])
    apart.output("y")
    expectEqual(try run(apart, [1, 3, 4]), expected)
  }

  @Test func `weights of four bits are unpacked by blocks, low bits first`() throws {
    // 20 rows in blocks of 16, 2 columns: two blocks a column, the second filled up.
    let codes = (0..<2 * 2 * 8).map { UInt8(truncatingIfNeeded: $0 * 53 + 7) }
    let scales: [Float] = [0.5, 0.25, 2, 1]
    let zeros: [UInt8] = [0x37, 0x91]
    var expected = [Float](repeating: 0, count: 2)
    let x = (0..<20).map { Float(($0 * 37 + 11) % 23) / 8 - 1.3 }
    for column in 0..<2 {
      for row in 0..<20 {
        let block = row / 16
        let byte = codes[(column * 2 + block) * 8 + row % 16 / 2]
        let code = row % 2 == 0 ? byte & 15 : byte >> 4
        let zero = block == 0 ? zeros[column] & 15 : zeros[column] >> 4
        expected[column] += x[row] * (Float(code) - Float(zero)) * scales[column * 2 + block]
      }
    }
    var fused = builder()
    fused.input("x", [1, 20])
    fused.bytes("b", codes, [2, 2, 8])
    fused.initializer("scales", scales, [4])
    fused.bytes("zeros", zeros, [2])
    fused.node(
      "MatMulNBits", ["x", "b", "scales", "zeros"], ["y"], domain: Self.domain,
      [
        .integer("K", 20), .integer("N", 2), .integer("bits", 4), .integer("block_size", 16),
      ])
    fused.output("y")
    expectEqual(try run(fused, [1, 20]), expected, within: 1e-3)
    // A file that says other extents than it has.
    fused.model.graph.node[0].attribute[0].i = 4_000_000_000
    #expect(throws: ONNXError.self) {
      try ONNXImporter.importModel(bytes: fused.bytes())
    }
  }

  @Test func `an axis counts as known where only made-up extents do not fit`() throws {
    var builder = ModelBuilder()
    builder.input("x", [nil, 3, nil, nil])
    builder.initializer("places", [Float](repeating: 1, count: 12), [3, 2, 2])
    builder.node("Add", ["x", "places"], ["moved"])
    builder.node("Sigmoid", ["moved"], ["gated"])
    builder.node("GlobalAveragePool", ["gated"], ["y"])
    builder.output("y")
    var graph = try ONNXImporter.importModel(bytes: builder.bytes())
    try graph.bindInputs([[1, 3, 2, 2]])
    #expect(graph[graph.outputs[0]].fact == Fact(.float32, [1, 3, 1, 1]))
  }
}
