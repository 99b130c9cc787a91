/// One line of output, before it has a number.
package enum Line: Sendable, Equatable {
  case hello(Hello)
  case stream(StreamLine)
  case frame(FrameLine)
  case gap(GapLine)
  case error(ErrorLine)
  case stats(StatsLine)
  case end(EndLine)

  /// The word under `type`.
  package var type: String {
    switch self {
    case .hello: "hello"
    case .stream: "stream"
    case .frame: "frame"
    case .gap: "gap"
    case .error: "error"
    case .stats: "stats"
    case .end: "end"
    }
  }
}
