/// Why a source gives no pictures. The cases' evidence never holds a password.
package enum MediaError: Error, Sendable, Equatable {
  /// Nothing there: a missing file or node, 404.
  case notFound(String)
  case permissionDenied(String)
  case authenticationFailed(String)
  /// Refused, unresolvable, no route.
  case unreachable(String)
  /// Which deadline passed, in words (`no answer to connect for 10 s`).
  case timedOut(String)
  /// Opened, but holds no video.
  case noVideo(String)
  /// No picture could be decoded, or what came is no media.
  case invalidData(String)
  case unsupported(String)
  /// Read to its end and partly unsound: what was good has come.
  case damaged(String)
  /// A protocol or redirect that a source may not open.
  case refused(String)
  /// A live peer closed the connection.
  case disconnected(String)
  case interrupted
  case outOfMemory
}

extension MediaError {
  /// A picture beyond what `MediaLimits` allow.
  static func tooLarge(_ place: String, picture: String?, limit: Int) -> MediaError {
    .unsupported(
      "\(place): its pictures \(picture.map { "of \($0) " } ?? "")are above the limit of "
        + "\(limit) pixels; raise it with --max-pixels, or pixels under limits")
  }
}
