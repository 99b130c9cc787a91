import OcelliGraph
import OcelliTensor

/// ONNX Runtime's own forms of attention. Source: its `docs/ContribOperators.md`.
extension OperatorList {
  /// One product with weights makes queries, keys and values side by side.
  static func importPackedAttention(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try refuseInputs(node, [3: "mask_index", 4: "past", 6: "past_sequence_length"])
    let heads = try heads(node)
    let product = builder.step(
      MatMul(), node, try node.required(0), try node.required(1))
    var packed = product
    if let bias = node.input(2) { packed = builder.step(Binary(.add), node, product, bias) }
    var sizes: [ValueID?] = []
    if let given = try node.integers("qkv_hidden_sizes"), !given.isEmpty {
      guard given.count == 3, given.allSatisfy({ $0 > 0 }) else {
        throw OperatorError("qkv_hidden_sizes \(given)")
      }
      sizes = [try builder.constant(given, node)]
    }
    let parts = ["query", "key", "value"].map { builder.value(node, $0) }
    builder.emit(
      Split(axis: -1, outputCount: 3), node, inputs: [packed] + sizes, outputs: parts)
    try emitAttention(node, heads: heads, parts, mask: node.input(5), &builder)
  }

  /// Queries, keys and values, each `[batch, length, heads · size]`; keys and values may stand in
  /// their heads already.
  static func importMultiHeadAttention(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    try refuseInputs(
      node, [4: "key_padding_mask", 6: "past_key", 7: "past_value", 8: "past_sequence_length"])
    let heads = try heads(node)
    var parts = [try node.required(0), try node.required(1), try node.required(2)]
    for part in parts where try builder.rank(part) != 3 {
      throw OperatorError("queries, keys or values that are not of three axes")
    }
    if let bias = node.input(3) {
      guard let shape = builder.graph[bias].fact?.shape, shape.rank == 1, shape[0] % 3 == 0 else {
        throw OperatorError("a bias whose extent is not known or no multiple of 3")
      }
      let shares = (0..<3).map { builder.value(node, "bias\($0)") }
      builder.emit(Split(axis: 0, outputCount: 3), node, inputs: [bias], outputs: shares)
      for index in parts.indices {
        parts[index] = builder.step(Binary(.add), node, parts[index], shares[index])
      }
    }
    try emitAttention(node, heads: heads, parts, mask: node.input(5), &builder)
  }

  private static func heads(_ node: ImportedNode) throws(OperatorError) -> Int {
    guard let heads = try node.integer("num_heads"), heads > 0 else {
      throw OperatorError("attribute num_heads is missing")
    }
    try node.refuse("do_rotary", unless: 0)
    return heads
  }

  /// Errors: an input that has no form here, by its name.
  private static func refuseInputs(
    _ node: ImportedNode, _ names: [Int: String]
  ) throws(OperatorError) {
    try node.expectOneOutput()
    for (index, name) in names.sorted(by: { $0.key < $1.key }) where node.input(index) != nil {
      throw OperatorError("input \(name) is not supported")
    }
  }

  private static func emitAttention(
    _ node: ImportedNode, heads: Int, _ parts: [ValueID], mask: ValueID?,
    _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let scale = try node.float("scale") ?? 0
    let op = Attention(
      queryHeads: heads, keyHeads: heads, scale: scale == 0 ? nil : scale,
      causal: try node.flag("unidirectional", default: false))
    builder.emit(op, node, inputs: parts + (mask.map { [$0] } ?? []))
  }
}
