import Foundation
import Glibc
import Logging
import OcelliMedia
import OcelliPlumbing

/// What the command `ocelli run` does.
package enum ServiceMain {
  /// Runs a service in this process: its signals, its environment, its stderr.
  /// `verbosity`: 0 tells what matters, 1 more, 2 everything. The exit code.
  package static func run(configuration: String, version: String, verbosity: Int) -> Int32 {
    let environment = ProcessInfo.processInfo.environment
    let level: Logger.Level = verbosity > 1 ? .trace : verbosity > 0 ? .debug : .info
    let logger = Logger(label: "ocelli") { _ in
      ServiceLog(level: level, environment: environment)
    }
    // What matters of these comes as an error of the stream, in our own words and less often.
    MediaLog.setHandler { grade, line in
      logger.log(level: grade == .error ? .debug : .trace, "\(line)", metadata: ["stage": "media"])
    }
    SignalWatcher.ignoreBrokenPipes()
    let notifier = Notifier(environment: environment, processID: getpid())
    let service = Service(
      configuration: configuration, version: version, notifier: notifier, logger: logger)
    // Before any other thread is made: a signal goes to whoever does not block it.
    let watcher: SignalWatcher
    do throws(PlumbingError) {
      watcher = try SignalWatcher([SIGTERM, SIGINT, SIGHUP]) { service.handle(signal: $0) }
    } catch {
      logger.critical("\(error)")
      return 70
    }
    return withExtendedLifetime(watcher) { service.run() }
  }
}
