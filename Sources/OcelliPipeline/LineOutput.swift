package import OcelliEvents
package import OcelliSinks

/// Where a pipeline's lines go: the publisher, or a test's list.
package protocol LineOutput: Sendable {
  /// Takes one line. Units: microseconds since 1970, the line's own `time`.
  /// Errors: an output that cannot go on.
  func publish(_ line: Line, timeMicroseconds: Int64) throws(SinkError)
}

extension Publisher: LineOutput {}
