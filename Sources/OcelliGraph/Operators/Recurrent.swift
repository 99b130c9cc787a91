/// The function of a gate of a recurrent cell.
package enum GateFunction: Sendable, Equatable {
  case unary(UnaryFunction)
  /// `alpha · x + beta`
  case affine(alpha: Float, beta: Float)
  /// `alpha · tanh(beta · x)`
  case scaledTanh(alpha: Float, beta: Float)
  /// `x / (1 + |x|)`
  case softsign
  /// x where x ≥ alpha, else 0
  case thresholdedRelu(alpha: Float)
}

/// A recurrent layer. Inputs: X, W, R, B?, lengths?, first hidden state?, first cell state?, peepholes?.
/// Outputs: Y (all hidden states), the last hidden state, the last cell state (LSTM).
/// Shape: X `[length, batch, features]`; Y `[length, directions, batch, hidden]`; with `batchFirst`
/// the batch leads. Source: ONNX `RNN`, `GRU`, `LSTM`.
package struct Recurrent: Operator {
  package enum Cell: Sendable, Equatable {
    case simple
    case gru(linearBeforeReset: Bool)
    case lstm(coupled: Bool)
    package var gates: Int {
      switch self {
      case .simple: 1
      case .gru: 3
      case .lstm: 4
      }
    }
    /// Activation functions a direction.
    package var functions: Int {
      switch self {
      case .simple: 1
      case .gru: 2
      case .lstm: 3
      }
    }
  }
  package enum Direction: String, Sendable { case forward, reverse, bidirectional }
  package var cell: Cell
  package var direction: Direction
  package var hidden: Int
  /// `cell.functions` a direction.
  package var functions: [GateFunction]
  /// What goes into an activation is kept within ±clip.
  package var clip: Float?
  package var batchFirst: Bool

  package init(
    _ cell: Cell, direction: Direction, hidden: Int, functions: [GateFunction], clip: Float?,
    batchFirst: Bool
  ) {
    self.cell = cell
    self.direction = direction
    self.hidden = hidden
    self.functions = functions
    self.clip = clip
    self.batchFirst = batchFirst
  }

  package var directions: Int { direction == .bidirectional ? 2 : 1 }
  package var name: String {
    switch cell {
    case .simple: "RNN"
    case .gru: "GRU"
    case .lstm: "LSTM"
    }
  }
  package var detail: String {
    "\(direction.rawValue), hidden \(hidden)" + (clip.map { ", clip \($0)" } ?? "")
      + (batchFirst ? ", batch first" : "")
  }
}
