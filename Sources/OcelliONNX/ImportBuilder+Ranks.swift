import OcelliGraph
import OcelliTensor

/// Ranks and types where the operators' rules tell no shape: the extents of open axes are made up while
/// a file is read, and sums of them need not fit what follows. How many axes a value has does not depend
/// on them.
extension ImportBuilder {
  /// Notes what the operator alone says of outputs whose shapes are not known.
  mutating func assumeRanks(ofNode index: Int) {
    let node = graph.nodes[index]
    for case let output? in node.outputs where graph[output].fact?.shape == nil {
      if graph[output].fact == nil, let type = impliedType(node) {
        graph[output].fact = Fact(type, nil)
      }
      // What a file makes of these must stay small.
      if let rank = impliedRank(node), 0...Shape.maximumRank ~= rank { ranks[output] = rank }
    }
  }

  /// The number of axes as far as it is known.
  private func knownRank(_ node: Node, _ index: Int) -> Int? {
    guard index < node.inputs.count, let id = node.inputs[index] else { return nil }
    return graph[id].fact?.shape?.rank ?? ranks[id]
  }

  /// The number of elements of a list, as far as it is known.
  private func knownLength(_ node: Node, _ index: Int) -> Int? {
    guard index < node.inputs.count, let id = node.inputs[index],
      let shape = graph[id].fact?.shape, shape.rank == 1
    else { return nil }
    return shape[0]
  }

  /// Operators whose result has the type of their first input, and mostly its rank.
  private func impliedType(_ node: Node) -> ElementType? {
    switch node.op {
    case let cast as Cast: return cast.type
    case is ShapeOf, is NonZero, is NonMaxSuppression: return .int64
    case is DequantizeLinear, is QuantizeLinear, is DynamicQuantizeLinear, is MatMulInteger,
      is ConvolutionInteger, is Requantize, is Where, is ArgExtremum, is ConstantOfShape,
      is BitCast:
      return nil
    case let binary as Binary where Self.comparisons.contains(binary.function): return .bool
    default: return node.inputs.first.flatMap { $0 }.flatMap { graph[$0].fact?.type }
    }
  }

  private static let comparisons: Set<BinaryFunction> = [
    .equal, .less, .lessOrEqual, .greater, .greaterOrEqual,
  ]

  private func impliedRank(_ node: Node) -> Int? {
    let first = knownRank(node, 0)
    switch node.op {
    case is Reshape: return knownLength(node, 1)
    case is ConstantOfShape: return knownLength(node, 0)
    case is Expand:
      guard let first, let length = knownLength(node, 1) else { return nil }
      return max(first, length)
    case is Unsqueeze:
      guard let first, let added = knownLength(node, 1) else { return nil }
      return first + added
    case is Squeeze:
      guard let first, let dropped = knownLength(node, 1) else { return nil }
      return first - dropped
    case is Flatten, is Gemm, is NonMaxSuppression: return 2
    case is NonZero: return 2
    case is ShapeOf: return 1
    case is Range: return 1
    case is Gather:
      guard let first, let indices = knownRank(node, 1) else { return nil }
      return first + indices - 1
    case is GatherElements: return knownRank(node, 1)
    case is Convolution, is TransposedConvolution, is DeformableConvolution, is ConvolutionInteger:
      return first ?? knownRank(node, 1)
    case is Binary, is Where, is MatMul:
      let own = node.inputs.indices.map { knownRank(node, $0) }
      guard own.allSatisfy({ $0 != nil }) else { return nil }
      return own.compactMap { $0 }.max()
    case let reduce as Reduce:
      if reduce.keepDimensions { return first }
      if node.inputs.count > 1 {
        guard let first, let folded = knownLength(node, 1), folded > 0 else { return nil }
        return first - folded
      }
      guard let axes = reduce.axes else { return 0 }
      return first.map { $0 - axes.count }
    case let extremum as ArgExtremum:
      return extremum.keepDimensions ? first : first.map { $0 - 1 }
    case is Concat, is Split, is Slice, is Transpose, is Tile, is Pad, is Unary, is Identity,
      is Cast, is Softmax, is Pool, is BatchNormalization, is BlockMove, is Resize, is Cumulative,
      is TopK, is QuantizeLinear, is DequantizeLinear, is Requantize, is Hardmax, is ScatterND,
      is ScatterElements, is Trilu, is LocalResponseNormalization, is CenterCropPad, is BitCast:
      return first
    default: return nil
    }
  }
}
