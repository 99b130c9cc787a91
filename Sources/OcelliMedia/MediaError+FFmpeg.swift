import COcelliFFmpeg
import Glibc

/// FFmpeg's words for a code.
func message(code: Int32) -> String {
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
    guard let base = buffer.baseAddress, unsafe av_strerror(code, base, 128) >= 0 else {
      return "error \(code)"
    }
    return unsafe String(cString: base)
  }
}

/// What a system call's `errno` means for a source.
func mediaError(errno code: Int32, at address: SourceAddress) -> MediaError {
  let words = unsafe String(cString: strerror(code))
  switch code {
  case ENOENT, ENOTDIR, ENXIO, ENODEV:
    return .notFound("\(address): \(words.lowercased())")
  case EACCES, EPERM:
    return .permissionDenied("\(address): \(words.lowercased()); check who may read it")
  case ENOMEM: return .outOfMemory
  case EMFILE, ENFILE:
    return .unsupported("\(address): too many open files; raise the limit (ulimit -n)")
  default: return .invalidData("\(address): \(words.lowercased())")
  }
}

/// What an FFmpeg code means for a source. What stopped the call counts before what FFmpeg says, for
/// its codes lie (an unanswered OPTIONS is "invalid data").
func mediaError(
  code: Int32, at address: SourceAddress, cause: Interrupter.Cause, hint: String? = nil
) -> MediaError {
  if let error = mediaError(cause: cause, at: address) { return error }
  let words = MediaLog.redact(hint ?? message(code: code), secrets: address.secrets)
  switch code {
  case ocelli_error_http_unauthorized(), ocelli_error_http_forbidden():
    return .authenticationFailed(
      "\(address): the credentials were refused"
        + (code == ocelli_error_http_forbidden() ? " (403)" : " (401)")
        + "; check user and password")
  case ocelli_error_http_not_found():
    return .notFound("\(address): the server knows no such path (404)")
  case ocelli_error_http_bad_request(), ocelli_error_http_other():
    return .unreachable("\(address): the server refused the request: \(words)")
  case ocelli_error_http_server():
    return .unreachable("\(address): the server failed (5xx); it may be starting or overloaded")
  case -ECONNREFUSED:
    return .unreachable("\(address): connection refused; is the device on, is the port right?")
  case -EHOSTUNREACH, -ENETUNREACH, -EADDRNOTAVAIL, -ENETDOWN:
    return .unreachable("\(address): no route to the host")
  case -ECONNRESET, -EPIPE:
    return .disconnected("\(address): the peer closed the connection")
  case -ETIMEDOUT: return .timedOut("\(address): no answer")
  case -EPROTONOSUPPORT:
    return .unsupported("\(address): the server refuses this transport; try the other one")
  // FFmpeg refuses what passes its own limit of one allocation with the code of a real shortage.
  case -ENOMEM:
    return .invalidData(
      "\(address): it asks for more memory than one part of a file may have (or there is none left)"
    )
  case -EFBIG:
    return .invalidData("\(address): one picture would take more input than is allowed")
  case -EACCES: return .permissionDenied("\(address): permission denied")
  case -ENOENT: return .notFound("\(address): not found")
  case -EIO where hint?.contains("resolve hostname") == true:
    return .unreachable("\(address): the host's name cannot be resolved")
  case -EIO where !address.isLocal: return .unreachable("\(address): \(words)")
  case ocelli_error_protocol_not_found():
    return .unsupported("\(address): this FFmpeg lacks the protocol")
  case ocelli_error_eof() where !address.isLocal:
    return .disconnected("\(address): the peer closed the connection")
  default: return .invalidData("\(address): \(words)")
  }
}

/// The error for a call that we stopped; nil where we did not.
func mediaError(cause: Interrupter.Cause, at address: SourceAddress) -> MediaError? {
  switch cause {
  case .none: return nil
  case .interrupted: return .interrupted
  case .redirected:
    return .refused("\(address): answered with a redirect, which could leak the password")
  case .deadline(let phase, let seconds):
    let span = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    switch phase {
    case .open: return .timedOut("\(address): no answer for \(span) s while opening")
    case .firstPicture:
      return .timedOut("\(address): open, but no picture for \(span) s")
    case .nextPicture: return .timedOut("\(address): no picture for \(span) s")
    }
  }
}

extension SourceAddress {
  /// Nothing on a network is asked.
  var isLocal: Bool {
    switch kind {
    case .file, .standardInput, .captureDevice: true
    case .http, .rtsp: false
    }
  }
}
