import OcelliGraph

extension OperatorList {
  /// Windows, sizes, samples.
  static let space: [String: Mapping] = [
    "AveragePool": importPool,
    "Conv": importConvolution,
    "DepthToSpace": plain(depthToSpace),
    "GlobalAveragePool": globalPool(.mean),
    "GlobalMaxPool": globalPool(.maximum),
    "MaxPool": importPool,
    "Resize": importResize,
    "SpaceToDepth": plain(spaceToDepth),
    "Upsample": importUpsample,
  ]

  /// What moves, cuts, joins and chooses elements, and what makes them from nothing.
  static let movement: [String: Mapping] = [
    "Concat": plain(concat),
    "Constant": importConstant,
    "ConstantOfShape": importConstantOfShape,
    "Dropout": importDropout,
    "Expand": plain { _ in Expand() },
    "Flatten": plain(flatten),
    "Gather": plain(gather),
    "Identity": plain { _ in Identity() },
    "Pad": importPad,
    "Range": plain { _ in Range() },
    "Reshape": plain(reshape),
    "Shape": plain(shapeOf),
    "Slice": importSlice,
    "Split": importSplit,
    "Squeeze": axesAsInput(Squeeze()),
    "Tile": plain { _ in Tile() },
    "Transpose": plain(transpose),
    "Unsqueeze": axesAsInput(Unsqueeze()),
  ]

  /// Operators with bodies.
  static let control: [String: Mapping] = [
    "If": importIf,
    "Loop": importLoop,
    "Scan": importScan,
  ]
}
