import Logging
import OcelliEvents
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import OcelliVocabulary
import Synchronization

/// Says on stderr what the lines say of streams and faults, at most ten lines a minute a stream.
final class LoggedOutput: LineOutput {
  private struct Budget {
    var minute: Int64 = .min
    var told = 0
    var leftOut = 0
  }

  private let publisher: Publisher
  private let logger: Logger
  private let clock: any StreamClock
  private let budgets = Mutex<[String: Budget]>([:])
  static let linesPerMinute = 10

  init(_ publisher: Publisher, logger: Logger, clock: any StreamClock) {
    self.publisher = publisher
    self.logger = logger
    self.clock = clock
  }

  func publish(_ line: Line, timeMicroseconds: Int64) throws(SinkError) {
    try publisher.publish(line, timeMicroseconds: timeMicroseconds)
    switch line {
    case .stream(let line):
      // Why it is down stands in the error before it.
      let reason = line.state == .down ? "" : line.reason.map { ": \($0)" } ?? ""
      let level: Logger.Level = line.state == .connecting ? .debug : .notice
      tell(line.stream, level) { "\(line.state.rawValue)\(reason)" }
    case .error(let line):
      let retry = line.retryInSeconds.map { "; again in \(Int($0.rounded())) s" } ?? ""
      tell(line.stream, .error) { "\(line.message) (\(line.code))\(retry)" }
    case .end(let line):
      logger.notice("end: \(line.reason), \(line.frames.analysed) pictures analysed")
    case .hello, .frame, .gap, .stats:
      break
    }
  }

  private func tell(_ stream: StreamID?, _ level: Logger.Level, _ message: () -> String) {
    guard level >= logger.logLevel else { return }
    let name = stream?.name ?? ""
    let minute = clock.nanoseconds / 60_000_000_000
    let leftOut = budgets.withLock { budgets -> Int? in
      var budget = budgets[name] ?? Budget()
      defer { budgets[name] = budget }
      let before = budget.leftOut
      if budget.minute != minute { budget = Budget(minute: minute) }
      guard budget.told < Self.linesPerMinute else {
        budget.leftOut += 1
        return nil
      }
      budget.told += 1
      if budget.told > 1 { return 0 }
      return before
    }
    guard let leftOut else { return }
    if leftOut > 0 { logger.warning("\(leftOut) lines were left out", metadata: fields(stream)) }
    logger.log(level: level, "\(message())", metadata: fields(stream))
  }

  private func fields(_ stream: StreamID?) -> Logger.Metadata {
    stream.map { ["stream": "\($0.name)"] } ?? [:]
  }
}
