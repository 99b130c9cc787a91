import Glibc

/// What the program tells its caller on leaving. Source: `sysexits.h`, and 128 + signal.
package enum ExitStatus: Int32, Sendable, CaseIterable {
  case done = 0
  /// Something went wrong while it ran.
  case failure = 1
  /// Finished, but some input failed or was cut short.
  case partial = 2
  case usage = 64
  /// Bad data or a bad model.
  case badData = 65
  case inputMissing = 66
  case unreachable = 69
  /// A fault of our own.
  case internalFault = 70
  /// An output could not be written.
  case output = 74
  case permission = 77
  case configuration = 78
  case interrupted = 130
  case terminated = 143

  /// The meaning, as `ocelli --help` prints it.
  package var meaning: String {
    switch self {
    case .done: "done"
    case .failure: "failed while running"
    case .partial: "finished, but some input failed or was cut short"
    case .usage: "wrong usage"
    case .badData: "bad data or model"
    case .inputMissing: "input missing"
    case .unreachable: "source unreachable"
    case .internalFault: "a fault in ocelli"
    case .output: "output cannot be written"
    case .permission: "permission denied"
    case .configuration: "bad configuration"
    case .interrupted: "ended by SIGINT"
    case .terminated: "ended by SIGTERM"
    }
  }
}

/// Why a one-shot command ends early: words for a person, a status for a script.
package struct ToolError: Error, CustomStringConvertible, Equatable {
  package let status: ExitStatus
  /// What happened, where, and what to do about it. Empty: leave without a word.
  package let description: String

  package init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }

  /// An `errno` met while reading `path`.
  package static func reading(_ path: String, errno code: Int32) -> ToolError {
    let reason = unsafe String(cString: strerror(code))
    return switch code {
    case ENOENT, ENOTDIR, ENODEV, ENXIO: ToolError(.inputMissing, "\(path): \(reason)")
    case EACCES, EPERM: ToolError(.permission, "\(path): \(reason)")
    default: ToolError(.badData, "\(path): cannot be read: \(reason)")
    }
  }

  /// An `errno` met while writing `path`. A reader that has gone is no error of ours.
  package static func writing(_ path: String, errno code: Int32) -> ToolError {
    let reason = unsafe String(cString: strerror(code))
    return switch code {
    case EPIPE: ToolError(.done, "")
    case EACCES, EPERM, EROFS: ToolError(.permission, "\(path): cannot be written: \(reason)")
    default: ToolError(.output, "\(path): cannot be written: \(reason)")
    }
  }
}
