package import Logging
import OcelliEvents
import OcelliPlumbing

/// Words on stderr: for the journal with its level in front, else with the time.
package struct ServiceLog: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let isForJournal: Bool
  private let write: @Sendable ([UInt8]) -> Void

  /// Longer lines are cut. Units: bytes.
  private static let longest = 8192

  /// The journal is known by JOURNAL_STREAM. `write` takes whole lines; stderr where not given.
  package init(
    level: Logger.Level, environment: [String: String],
    write: @escaping @Sendable ([UInt8]) -> Void = { try? writeAll($0.span, to: 2) }
  ) {
    logLevel = level
    isForJournal = environment["JOURNAL_STREAM"] != nil
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }
      .merging(event.metadata ?? [:]) { $1 }
    let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let head =
      isForJournal
      ? "<\(event.level.priority)>"
      : "\(Timestamp.string(SystemClock().wallMicroseconds)) \(event.level) "
    // One message is one line, whatever it holds.
    let body = String(
      String.UnicodeScalarView(
        "\(event.message)\(fields)".unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    write(Array((head + body).utf8.prefix(Self.longest)) + [10])
  }
}

extension Logger.Level {
  /// syslog's number.
  fileprivate var priority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
