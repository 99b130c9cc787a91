/// Why a picture or a video cannot be written.
package enum EncodeError: Error, Sendable, Equatable {
  /// FFmpeg lacks the encoder or the container.
  case unsupported(String)
  /// The pictures cannot be encoded: size, order.
  case picture(String)
  /// The file cannot be written: its name, and the `errno`.
  case output(String, errno: Int32)
  case outOfMemory
}
