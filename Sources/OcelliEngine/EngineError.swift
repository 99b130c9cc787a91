package import OcelliGraph
package import OcelliTensor

/// Why a model cannot be made ready or run.
package enum EngineError: Error, CustomStringConvertible {
  /// The model is wrong: the node and the reason.
  case invalid(OperatorError)
  case tensor(TensorError)
  /// The caller's shape or type does not fit the model's.
  case inputMismatch(String)

  package var description: String {
    switch self {
    case .invalid(let error): error.description
    case .tensor(let error): error.description
    case .inputMismatch(let reason): reason
    }
  }
}
