import OcelliGraph
import OcelliTensor

extension OperatorList {
  static func importRecurrent(
    _ node: ImportedNode, _ builder: inout ImportBuilder
  ) throws(OperatorError) {
    let cell: Recurrent.Cell
    switch node.type {
    case "LSTM": cell = .lstm(coupled: try node.flag("input_forget", default: false))
    case "GRU":
      cell = .gru(linearBeforeReset: try node.flag("linear_before_reset", default: false))
    default: cell = .simple
    }
    let text = try node.string("direction") ?? "forward"
    guard let direction = Recurrent.Direction(rawValue: text) else {
      throw OperatorError("direction \(text.debugDescription)")
    }
    let recurrence = builder.graph[try node.required(2)].fact?.shape
    guard let hidden = try node.integer("hidden_size") ?? recurrence?.dimensions.last else {
      throw OperatorError("attribute hidden_size is missing")
    }
    let directions = direction == .bidirectional ? 2 : 1
    let op = Recurrent(
      cell, direction: direction, hidden: hidden,
      functions: try functions(node, cell, directions: directions),
      clip: try node.float("clip").flatMap { $0 > 0 ? $0 : nil },
      batchFirst: try node.flag("layout", default: false))
    builder.emit(op, node, outputs: node.outputs)
  }

  private static func functions(
    _ node: ImportedNode, _ cell: Recurrent.Cell, directions: Int
  ) throws(OperatorError) -> [GateFunction] {
    let usual =
      switch cell {
      case .simple: ["Tanh"]
      case .gru: ["Sigmoid", "Tanh"]
      case .lstm: ["Sigmoid", "Tanh", "Tanh"]
      }
    let names =
      try node.strings("activations")
      ?? (0..<directions).flatMap { _ in usual }
    var alphas = (try node.floats("activation_alpha") ?? [])[...]
    var betas = (try node.floats("activation_beta") ?? [])[...]
    var functions: [GateFunction] = []
    for name in names {
      functions.append(try function(name.lowercased(), &alphas, &betas))
    }
    return functions
  }

  /// A function takes its parameters from the front of the lists, where it has any.
  private static func function(
    _ name: String, _ alphas: inout ArraySlice<Float>, _ betas: inout ArraySlice<Float>
  ) throws(OperatorError) -> GateFunction {
    switch name {
    case "sigmoid": return .unary(.sigmoid)
    case "tanh": return .unary(.tanh)
    case "relu": return .unary(.relu)
    case "softplus": return .unary(.softplus)
    case "softsign": return .softsign
    case "elu": return .unary(.elu(alpha: alphas.popFirst() ?? 1))
    case "leakyrelu": return .unary(.leakyRelu(alpha: alphas.popFirst() ?? 0.01))
    case "thresholdedrelu": return .thresholdedRelu(alpha: alphas.popFirst() ?? 1)
    case "hardsigmoid":
      let alpha = alphas.popFirst() ?? 0.2
      return .unary(.hardSigmoid(alpha: alpha, beta: betas.popFirst() ?? 0.5))
    case "affine":
      let alpha = alphas.popFirst() ?? 1
      return .affine(alpha: alpha, beta: betas.popFirst() ?? 0)
    case "scaledtanh":
      let alpha = alphas.popFirst() ?? 1
      return .scaledTanh(alpha: alpha, beta: betas.popFirst() ?? 1)
    default: throw OperatorError("activation \(name.debugDescription) is not supported")
    }
  }
}
