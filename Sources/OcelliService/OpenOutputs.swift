import OcelliConfig
import OcelliSinks

/// The outputs of a configuration, open. They outlive a reload that does not change them.
struct OpenOutputs {
  private(set) var sinks: [(target: OutputTarget, sink: any Sink)] = []

  /// Opens what is new; what stays is taken over from `last`.
  /// Errors: `.output`; then all that was opened here is closed again.
  init(
    _ configuration: Configuration, after last: OpenOutputs? = nil
  ) throws(ServiceError) {
    var opened: [any Sink] = []
    for target in configuration.outputs {
      if let old = last?.sinks.first(where: { $0.target == target }) {
        sinks.append(old)
        continue
      }
      do throws(SinkError) {
        let sink = try Self.open(target, configuration.limits)
        opened.append(sink)
        sinks.append((target, sink))
      } catch {
        for sink in opened { sink.close() }
        throw .output(error)
      }
    }
  }

  /// Those that `other` does not have.
  func missing(in other: OpenOutputs) -> [any Sink] {
    sinks.map(\.sink).filter { sink in !other.sinks.contains { $0.sink === sink } }
  }

  private static func open(
    _ target: OutputTarget, _ limits: Configuration.Limits
  ) throws(SinkError) -> any Sink {
    guard case .socket(let path) = target else { return try QueuedSink(target) }
    var socket = SocketSink.Limits()
    socket.readers = limits.readers
    socket.queueBytes = limits.queueBytes
    return try SocketSink(path: path, limits: socket)
  }
}
