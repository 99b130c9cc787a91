internal import COcelliFFmpeg

/// What FFmpeg is here: for `ocelli doctor`.
package enum MediaLibraries {
  /// One of FFmpeg's libraries.
  package struct Library: Sendable, Equatable {
    package let name: String
    /// The version that runs, as `major.minor.micro`.
    package let running: String
    /// The version of the headers that this program was built with.
    package let built: String
    /// Major versions differ: the program may misread the library's structures.
    package let isForeign: Bool
  }

  /// FFmpeg's release, as it calls itself.
  package static var release: String { unsafe String(cString: av_version_info()) }

  /// Those that the program is linked with.
  package static var all: [Library] {
    [
      library(
        "libavformat", avformat_version(), LIBAVFORMAT_VERSION_MAJOR, LIBAVFORMAT_VERSION_MINOR,
        LIBAVFORMAT_VERSION_MICRO),
      library(
        "libavcodec", avcodec_version(), LIBAVCODEC_VERSION_MAJOR, LIBAVCODEC_VERSION_MINOR,
        LIBAVCODEC_VERSION_MICRO),
      library(
        "libswscale", swscale_version(), LIBSWSCALE_VERSION_MAJOR, LIBSWSCALE_VERSION_MINOR,
        LIBSWSCALE_VERSION_MICRO),
      library(
        "libavutil", avutil_version(), LIBAVUTIL_VERSION_MAJOR, LIBAVUTIL_VERSION_MINOR,
        LIBAVUTIL_VERSION_MICRO),
    ]
  }

  /// Of these decoders, those that FFmpeg has: FFmpeg's own names.
  package static func decoders(among names: [String]) -> [String] {
    names.filter { unsafe avcodec_find_decoder_by_name($0) != nil }
  }

  /// The encoder that `render` would take for a video; nil where there is none.
  package static var videoEncoder: String? {
    if unsafe avcodec_find_encoder_by_name("libx264") != nil { return "libx264" }
    return unsafe avcodec_find_encoder(AV_CODEC_ID_MPEG4) != nil ? "mpeg4" : nil
  }

  /// The shared object of libavdevice that fits: it is opened at the first camera only.
  package static var captureLibrary: String { "libavdevice.so.\(LIBAVFORMAT_VERSION_MAJOR)" }

  private static func library(
    _ name: String, _ version: UInt32, _ major: Int32, _ minor: Int32, _ micro: Int32
  ) -> Library {
    let running = "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
    return Library(
      name: name, running: running, built: "\(major).\(minor).\(micro)",
      isForeign: version >> 16 != UInt32(major))
  }
}
