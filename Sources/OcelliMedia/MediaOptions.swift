/// How a source is opened and decoded.
package struct MediaOptions: Sendable, Equatable {
  /// How RTSP carries its pictures.
  package enum Transport: String, Sendable, CaseIterable { case tcp, udp }

  /// Units: seconds from the first byte sent to a stream that is understood.
  package var openSeconds = 10.0
  /// Units: seconds from the open stream to its first picture (live).
  package var firstPictureSeconds = 15.0
  /// Units: seconds without a picture (live); five picture intervals where those are longer.
  package var stallSeconds = 10.0
  /// For files the same three deadlines are these: a disk that sleeps is no fault.
  package var fileSeconds = 60.0
  package var transport = Transport.tcp
  /// nil: one for live sources (latency), up to four for files.
  package var decoderThreads: Int?
  /// The largest picture that is decoded; nil: 9,437,184 for live sources, 35,651,584 for files and
  /// 67,108,864 for a still picture.
  package var maxPixels: Int?
  /// Units: seconds of the file before the first picture that is wanted.
  package var startSeconds = 0.0
  /// Only key pictures leave the decoder.
  package var keyPicturesOnly = false

  package init() {}
}
