/// Who a frame is and when it was seen. It travels with the frame from the decoder to the line.
package struct FrameStamp: Sendable, Equatable {
  package var stream: StreamID
  /// Counts connections of the stream, from 1.
  package var session: Int
  /// Counts decoded pictures of the session, from 0.
  package var frame: Int
  /// Units: seconds since the session began; strictly increasing within a session.
  package var pts: Double
  /// Capture time where known, else arrival. Units: microseconds since 1970, UTC.
  package var timeMicroseconds: Int64
  package var timeSource: TimeSource
  /// When the decoder handed the picture over. Units: nanoseconds of the monotonic clock.
  package var arrivalNanoseconds: Int64

  package init(
    stream: StreamID, session: Int, frame: Int, pts: Double, timeMicroseconds: Int64,
    timeSource: TimeSource, arrivalNanoseconds: Int64
  ) {
    self.stream = stream
    self.session = session
    self.frame = frame
    self.pts = pts
    self.timeMicroseconds = timeMicroseconds
    self.timeSource = timeSource
    self.arrivalNanoseconds = arrivalNanoseconds
  }
}
