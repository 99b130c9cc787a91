package import OcelliMedia

/// What a source's failure is called, in lines and as an exit code. The only such table.
extension MediaError {
  /// The word under `code` in an `error` line.
  package var code: String {
    switch self {
    case .notFound: "not_found"
    case .permissionDenied: "permission_denied"
    case .authenticationFailed: "auth_failed"
    case .unreachable: "unreachable"
    case .timedOut: "timeout"
    case .noVideo: "no_video"
    case .invalidData: "invalid_data"
    case .unsupported: "unsupported"
    case .refused: "refused"
    case .disconnected: "disconnected"
    case .damaged: "damaged"
    case .interrupted: "interrupted"
    case .outOfMemory: "out_of_memory"
    }
  }

  /// The sentence under `message`. It holds no secret, because the cases hold none.
  package var message: String {
    switch self {
    case .notFound(let text), .permissionDenied(let text), .authenticationFailed(let text),
      .unreachable(let text), .timedOut(let text), .noVideo(let text), .invalidData(let text),
      .unsupported(let text), .refused(let text), .disconnected(let text),
      .damaged(let text):
      text
    case .interrupted: "interrupted"
    case .outOfMemory: "not enough memory for a picture"
    }
  }

  /// The exit code of a command whose only source failed so (`sysexits.h`).
  package var exitCode: Int32 {
    switch self {
    case .notFound: 66
    case .permissionDenied, .authenticationFailed: 77
    case .unreachable, .timedOut, .disconnected: 69
    case .noVideo, .invalidData, .damaged, .unsupported, .refused: 65
    case .interrupted, .outOfMemory: 1
    }
  }
}
