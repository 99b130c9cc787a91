import Glibc
package import Logging
import OcelliConfig
import OcelliEngine
import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import OcelliVision
import OcelliVocabulary
import Synchronization

/// `ocelli run`: a configuration, its streams and outputs, and what a service manager wants to know.
///
/// `run` blocks on the calling thread until `handle` is told to stop; `handle` may be called from
/// any thread, as soon as the service is made.
package final class Service: Sendable {
  struct State {
    var running: Running?
    var stop: Int32?
    var isReloading = false
    var mustReloadAgain = false
  }

  /// What stands while the pipeline runs.
  struct Running {
    var configuration: Configuration
    var models: LoadedModels
    var outputs: OpenOutputs
    let pipeline: Pipeline
    let publisher: Publisher
    let crew: Crew
    let run: ULID
  }

  let path: String
  let version: String
  let notifier: Notifier
  let logger: Logger
  let clock = SystemClock()
  let state = Mutex(State())

  /// Reads nothing yet. `version` is the program's, for `hello`.
  package init(
    configuration path: String, version: String, notifier: Notifier, logger: Logger
  ) {
    self.path = path
    self.version = version
    self.notifier = notifier
    self.logger = logger
  }

  /// Runs until it is told to stop. The exit code: 0 after a stop; 78, 65 or 74 where configuration,
  /// a model or an output keeps it from beginning.
  package func run() -> Int32 {
    let running: Running
    do throws(ServiceError) {
      running = try begin()
    } catch {
      for line in error.description.split(separator: "\n") { logger.error("\(line)") }
      return error.exitCode
    }
    let herald = Herald(running.pipeline, notifier: notifier, clock: clock)
    notifier.ready(herald.status)
    logger.notice(
      "ready: \(running.configuration.streams.count) streams, \(running.crew.threadCount) threads")
    herald.start()
    let result = running.pipeline.run()
    herald.stop()
    notifier.stopping()
    let last = state.withLock { $0.running } ?? running
    last.publisher.hurry(seconds: last.configuration.limits.stopSeconds)
    last.publisher.close()
    state.withLock { $0.running = nil }
    return result.exitCode
  }

  /// SIGTERM and SIGINT end the run, the second one at once; SIGHUP reloads.
  package func handle(signal: Int32) {
    switch signal {
    case SIGHUP: reload()
    case SIGTERM, SIGINT: stop(signal)
    default: break
    }
  }

  private func stop(_ signal: Int32) {
    let (isSecond, pipeline) = state.withLock { state in
      defer { state.stop = state.stop ?? signal }
      return (state.stop != nil, state.running?.pipeline)
    }
    if isSecond { _exit(128 + signal) }
    notifier.stopping()
    logger.notice("stopping")
    pipeline?.stop(.signal(signal))
  }

  private func begin() throws(ServiceError) -> Running {
    let configuration: Configuration
    do throws(ConfigError) {
      configuration = try Configuration(path: path)
    } catch {
      throw .configuration(error)
    }
    let models = try LoadedModels(configuration.models)
    let crew = Crew(threadCount: configuration.limits.threads)
    let analyzers = try models.makeAnalyzers(crew: crew)
    let outputs = try OpenOutputs(configuration)
    let publisher = Publisher(sinks: outputs.sinks.map(\.sink))

    let id = ULID(timeMicroseconds: clock.wallMicroseconds)
    var options = PipelineOptions(
      run: id, version: version, models: models.summaries, isService: true)
    options.statsSeconds = configuration.limits.statsSeconds
    options.stopSeconds = configuration.limits.stopSeconds
    let pipeline = Pipeline(
      streams: configuration.streams.map(\.streamSettings), analyzers: analyzers,
      publisher: LoggedOutput(publisher, logger: logger, clock: clock), clock: clock,
      options: options)
    let running = Running(
      configuration: configuration, models: models, outputs: outputs, pipeline: pipeline,
      publisher: publisher, crew: crew, run: id)
    let stop = state.withLock { state in
      state.running = running
      return state.stop
    }
    // A stop that came while there was nothing to stop yet.
    if let stop { pipeline.stop(.signal(stop)) }
    return running
  }
}
