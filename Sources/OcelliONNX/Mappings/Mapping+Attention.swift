import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func importAttention(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let mode = try node.integer("qk_matmul_output_mode") ?? 0
    guard let scores = Attention.Scores(rawValue: mode) else {
      throw OperatorError("qk_matmul_output_mode \(mode)")
    }
    let op = Attention(
      queryHeads: try node.integer("q_num_heads"), keyHeads: try node.integer("kv_num_heads"),
      scale: try node.float("scale"), softcap: try node.float("softcap") ?? 0,
      causal: try node.flag("is_causal", default: false),
      leftWindow: try node.integer("left_window_size") ?? -1,
      rightWindow: try node.integer("right_window_size") ?? -1, scores: scores)
    builder.emit(op, node, outputs: node.outputs)
  }

  static func importLinearAttention(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let text = try node.string("update_rule") ?? "gated_delta"
    guard let rule = LinearAttention.Rule(rawValue: text) else {
      throw OperatorError("update_rule \(text.debugDescription)")
    }
    guard let queries = try node.integer("q_num_heads"),
      let keys = try node.integer("kv_num_heads"), queries > 0, keys > 0
    else { throw OperatorError("q_num_heads or kv_num_heads is missing") }
    let op = LinearAttention(
      rule: rule, queryHeads: queries, keyHeads: keys, scale: try node.float("scale") ?? 0)
    builder.emit(op, node, outputs: node.outputs)
  }

  static func rotaryEmbedding(_ node: ImportedNode) throws(OperatorError) -> any Operator {
    let heads = try node.integer("num_heads")
    return RotaryEmbedding(
      interleaved: try node.flag("interleaved", default: false),
      dimension: try node.integer("rotary_embedding_dim") ?? 0, heads: heads == 0 ? nil : heads)
  }

  /// What is past, or zeros, stands before the input; the convolution then sees no padding.
  static func importCausalConvWithState(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    guard let shape = builder.graph[try node.required(1)].fact?.shape, shape.rank == 3,
      shape[2] >= 1
    else { throw OperatorError("the extents of its weights are not known") }
    let (channels, taps) = (shape[0], shape[2])
    let x = try node.required(0)
    let long: ValueID
    if let past = node.input(3) {
      long = builder.step(Concat(axis: 2), node, past, x)
    } else {
      let pads = try builder.constant([0, 0, taps - 1, 0, 0, 0], node)
      long = builder.step(Pad(mode: .constant), node, x, pads)
    }
    let window = Convolution(
      strides: [1], dilations: [1], padding: .valid, groups: channels)
    let y = builder.step(window, node, long, node.input(1), node.input(2))
    let activation = try node.string("activation") ?? "none"
    switch activation {
    case "none", "": builder.emit(Identity(), node, inputs: [y])
    case "silu", "swish": builder.emit(Unary(.silu), node, inputs: [y])
    default: throw OperatorError("activation \(activation.debugDescription)")
    }
    guard node.outputs.count > 1, let state = node.outputs[1] else { return }
    // Without a state to keep, an empty stretch behind the end.
    let first = taps > 1 ? 1 - taps : Int(Int32.max)
    builder.emit(
      Slice(), node,
      inputs: [
        long, try builder.constant([first], node), try builder.constant([Int(Int32.max)], node),
        try builder.constant([2], node),
      ], outputs: [state])
  }
}
