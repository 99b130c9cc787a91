/// Why a line cannot be handed over. No case holds a secret.
package enum SinkError: Error, Equatable, CustomStringConvertible {
  /// The reader has gone: nothing is wrong, and nobody is left to write for.
  case closed(output: String)
  /// Could not be opened: the output, the reason and the remedy.
  case cannotOpen(output: String, reason: String)
  /// Could not be written: the output and the reason.
  case cannotWrite(output: String, reason: String)
  /// Given up because the program had to end while the output did not take its lines.
  case gaveUp(output: String)

  package var description: String {
    switch self {
    case .closed(let output): "\(output): the reader has gone"
    case .cannotOpen(let output, let reason): "\(output): \(reason)"
    case .cannotWrite(let output, let reason): "\(output): cannot be written: \(reason)"
    case .gaveUp(let output): "\(output): not read in time, given up"
    }
  }
}
