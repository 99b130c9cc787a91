import OcelliGraph

/// Products, reductions, normalisation, recurrence and quantisation.
extension OperatorList {
  static let algebra: [String: Mapping] = [
    // Reductions
    "ArgMax": extremum(.maximum),
    "ArgMin": extremum(.minimum),
    "CumProd": cumulative(.product),
    "CumSum": cumulative(.sum),
    "Hardmax": importHardmax,
    "LogSoftmax": importSoftmax,
    "NonZero": plain { _ in NonZero() },
    "ReduceL1": reduce(.l1),
    "ReduceL2": reduce(.l2),
    "ReduceLogSum": reduce(.logSum),
    "ReduceLogSumExp": reduce(.logSumExp),
    "ReduceMax": reduce(.maximum),
    "ReduceMean": reduce(.mean),
    "ReduceMin": reduce(.minimum),
    "ReduceProd": reduce(.product),
    "ReduceSum": reduce(.sum),
    "ReduceSumSquare": reduce(.sumSquare),
    "Softmax": importSoftmax,
    "TopK": importTopK,
    "Unique": importUnique,

    // Products
    "Einsum": importEinsum,
    "Gemm": plain(gemm),
    "MatMul": plain { _ in MatMul() },

    // Quantisation
    "ConvInteger": importConvInteger,
    "DequantizeLinear": importDequantizeLinear,
    "DynamicQuantizeLinear": importDynamicQuantizeLinear,
    "MatMulInteger": plain { _ in MatMulInteger() },
    "QLinearConv": importQLinearConv,
    "QLinearMatMul": importQLinearMatMul,
    "QuantizeLinear": importQuantizeLinear,

    // Normalisation
    "BatchNormalization": importBatchNormalization,
    "GroupNormalization": importGroupNormalization,
    "InstanceNormalization": importInstanceNormalization,
    "LRN": plain(localResponse),
    "LayerNormalization": importLayerNormalization,
    "LpNormalization": importLpNormalization,
    "MeanVarianceNormalization": importMeanVarianceNormalization,
    "RMSNormalization": importRMSNormalization,

    // Attention and recurrence
    "Attention": importAttention,
    "CausalConvWithState": importCausalConvWithState,
    "GRU": importRecurrent,
    "LSTM": importRecurrent,
    "LinearAttention": importLinearAttention,
    "RNN": importRecurrent,
    "RotaryEmbedding": plain(rotaryEmbedding),
  ]
}
