import Logging
import OcelliConfig
import OcelliEvents
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import OcelliVision
import OcelliVocabulary
import Synchronization

extension Service {
  /// Reads the configuration again, on a thread of its own: models take their time, and a stop must
  /// not wait for them. A reload that comes meanwhile is done after it.
  func reload() {
    let begins = state.withLock { state in
      // Before the start there is nothing to reload: the file is still to be read.
      guard !state.isReloading, state.running != nil else {
        state.mustReloadAgain = state.isReloading
        return false
      }
      state.isReloading = true
      return true
    }
    guard begins else { return }
    do throws(PlumbingError) {
      _ = try OSThread.start(name: "reload") { self.reloadUntilDone() }
    } catch {
      state.withLock { $0.isReloading = false }
      logger.error("not reloaded: \(error)")
    }
  }

  private func reloadUntilDone() {
    while true {
      notifier.reloading(at: clock.nanoseconds)
      reloadOnce()
      let isDone = state.withLock { state in
        defer { state.mustReloadAgain = false }
        if !state.mustReloadAgain { state.isReloading = false }
        return !state.mustReloadAgain
      }
      if isDone { return }
    }
  }

  private func reloadOnce() {
    guard let running = state.withLock({ $0.running }) else { return }
    do throws(ServiceError) {
      let words = try apply(to: running)
      logger.notice("reloaded: \(words)")
      notifier.ready("reloaded: \(words)")
    } catch {
      for line in error.description.split(separator: "\n") { logger.error("\(line)") }
      logger.error("not reloaded: the configuration from before stays")
      notifier.ready("not reloaded: \(error.description.prefix(200))")
    }
  }

  /// Everything that can fail comes first, so that a failure changes nothing.
  private func apply(to old: Running) throws(ServiceError) -> String {
    let configuration: Configuration
    do throws(ConfigError) {
      configuration = try Configuration(path: path)
    } catch {
      throw .configuration(error)
    }
    let models = try LoadedModels(configuration.models, after: old.models)
    _ = try models.makeAnalyzers(crew: old.crew)
    let outputs = try OpenOutputs(configuration, after: old.outputs)
    for key in models.changed {
      do throws(VisionError) {
        try old.pipeline.setAnalyzer(key) { () throws(VisionError) in
          try models.makeAnalyzer(key, crew: old.crew)
        }
      } catch {
        for sink in outputs.missing(in: old.outputs) { sink.close() }
        throw .model(key: key, error)
      }
    }
    let leaving = old.outputs.missing(in: outputs)
    old.publisher.exchange(adding: outputs.missing(in: old.outputs), removing: leaving)
    old.publisher.reopen()

    let before = old.configuration.streams
    let gone = before.filter { stream in
      !configuration.streams.contains { $0.name == stream.name }
    }
    let changed = configuration.streams.filter { stream in
      !before.contains { $0.isSameWork(as: stream) }
    }
    for stream in gone { old.pipeline.remove(StreamID(stream.name)) }
    for stream in changed { old.pipeline.add(stream.streamSettings) }
    let isNews = !gone.isEmpty || !changed.isEmpty || !models.changed.isEmpty
    if isNews { announce(configuration, models, of: old) }

    var new = old
    new.configuration = configuration
    new.models = models
    new.outputs = outputs
    state.withLock { $0.running = $0.running == nil ? nil : new }
    // Their readers get what is queued for them, but nobody else waits for that.
    for sink in leaving {
      sink.hurry(until: clock.nanoseconds + 2_000_000_000)
      sink.close()
    }
    if !configuration.limits.isSame(as: old.configuration.limits) {
      logger.warning("the changed limits take effect at the next start")
    }
    return "\(changed.count) streams begun, \(gone.count) ended, "
      + "\(models.changed.count) models changed"
  }

  /// Tells readers who speaks now.
  private func announce(
    _ configuration: Configuration, _ models: LoadedModels, of running: Running
  ) {
    let hello = Hello(
      run: running.run, version: version,
      streams: configuration.streams.map { StreamID($0.name) }, models: models.summaries)
    try? running.publisher.publish(.hello(hello), timeMicroseconds: clock.wallMicroseconds)
  }
}
