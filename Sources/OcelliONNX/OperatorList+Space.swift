import OcelliGraph

extension OperatorList {
  /// Windows, sizes, samples.
  static let space: [String: Mapping] = [
    "AffineGrid": plain(affineGrid),
    "AveragePool": importPool(.average),
    "Col2Im": plain(columnsToImage),
    "Conv": importConvolution,
    "ConvTranspose": importTransposedConvolution,
    "DeformConv": importDeformableConvolution,
    "DepthToSpace": plain(depthToSpace),
    "GlobalAveragePool": globalPool(.mean),
    "GlobalLpPool": importGlobalPowerPool,
    "GlobalMaxPool": globalPool(.maximum),
    "GridSample": plain(gridSample),
    "LpPool": importPool(.power),
    "MaxPool": importPool(.max),
    "MaxUnpool": plain(maxUnpool),
    "NonMaxSuppression": plain(nonMaximumSuppression),
    "Resize": importResize,
    "RoiAlign": importRegionAlign,
    "SpaceToDepth": plain(spaceToDepth),
    "Upsample": importUpsample,
  ]

  /// What moves, cuts, joins and chooses elements, and what makes them from nothing.
  static let movement: [String: Mapping] = [
    "CenterCropPad": plain(centerCropPad),
    "Compress": plain(compress),
    "Concat": plain(concat),
    "Constant": importConstant,
    "ConstantOfShape": importConstantOfShape,
    "Det": plain { _ in Determinant() },
    "Dropout": importDropout,
    "Expand": plain { _ in Expand() },
    "EyeLike": plain(eyeLike),
    "Flatten": plain(flatten),
    "Gather": plain(gather),
    "GatherElements": plain(gatherElements),
    "GatherND": plain(gatherND),
    "Identity": plain { _ in Identity() },
    "OneHot": plain(oneHot),
    "Pad": importPad,
    "Range": plain { _ in Range() },
    "Reshape": plain(reshape),
    "ReverseSequence": plain(reverseSequence),
    "Scatter": plain(scatterElements),
    "ScatterElements": plain(scatterElements),
    "ScatterND": plain(scatterND),
    "Shape": plain(shapeOf),
    "Size": importSize,
    "Slice": importSlice,
    "Split": importSplit,
    "Squeeze": axesAsInput(Squeeze()),
    "TensorScatter": plain(tensorScatter),
    "Tile": plain { _ in Tile() },
    "Transpose": plain(transpose),
    "Trilu": plain(triangle),
    "Unsqueeze": axesAsInput(Unsqueeze()),
  ]

  /// Operators with bodies.
  static let control: [String: Mapping] = [
    "If": importIf,
    "Loop": importLoop,
    "Scan": importScan,
  ]
}
