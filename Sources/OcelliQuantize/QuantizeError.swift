package import OcelliMedia

/// Why a model is not quantised.
package enum QuantizeError: Error, CustomStringConvertible {
  /// The file: what is wrong with it, and the remedy.
  case model(String)
  /// The pictures to calibrate with.
  case pictures(MediaError)
  /// Too few pictures, or such as show nothing that the model knows.
  case evidence(String)
  /// A run failed.
  case inference(String)

  package var description: String {
    switch self {
    case .model(let text), .evidence(let text), .inference(let text): text
    case .pictures(let error): "the pictures cannot be read: \(error)"
    }
  }
}
