package import OcelliEvents
package import OcelliSinks
package import OcelliVocabulary

/// Where a pipeline's lines go: the publisher, or a test's list.
package protocol LineOutput: Sendable {
  /// Takes one line. Units: microseconds since 1970, the line's own `time`.
  /// Errors: an output that cannot go on.
  func publish(_ line: Line, timeMicroseconds: Int64) throws(SinkError)

  /// A stream is over, and all its lines were published. `end` is the line that would end a run of
  /// this stream alone; nil where it was stopped before its time.
  /// Errors: an output that cannot go on.
  func conclude(_ stream: StreamID, _ end: EndLine?, timeMicroseconds: Int64) throws(SinkError)
}

extension LineOutput {
  package func conclude(
    _ stream: StreamID, _ end: EndLine?, timeMicroseconds: Int64
  ) throws(SinkError) {}
}

extension Publisher: LineOutput {}
