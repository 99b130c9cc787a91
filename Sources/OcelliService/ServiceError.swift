import OcelliConfig
import OcelliPlumbing
import OcelliSinks
import OcelliVision

/// Why a service cannot begin.
enum ServiceError: Error, CustomStringConvertible {
  case configuration(ConfigError)
  case model(key: String, VisionError)
  case output(SinkError)
  case machinery(PlumbingError)

  /// One fault a line.
  var description: String {
    switch self {
    case .configuration(let error): error.description
    case .model(let key, let error): "models.\(key): \(error)"
    case .output(let error): error.description
    case .machinery(let error): error.description
    }
  }

  /// As `sysexits.h` has it.
  var exitCode: Int32 {
    switch self {
    case .configuration: 78
    case .model: 65
    case .output: 74
    case .machinery: 70
    }
  }
}
