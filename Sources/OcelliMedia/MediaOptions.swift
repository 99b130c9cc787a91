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
  /// What a source may take.
  package var limits = MediaLimits()
  /// Units: seconds of the file before the first picture that is wanted.
  package var startSeconds = 0.0
  /// Only key pictures leave the decoder.
  package var keyPicturesOnly = false
  /// Samples without a container; nil lets the first bytes tell what comes.
  package var rawVideo: RawVideo?

  package init() {}
}
