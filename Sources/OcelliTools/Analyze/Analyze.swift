import Glibc
import OcelliEngine
import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliPlumbing
import OcelliSinks
import OcelliVision
import OcelliVocabulary

/// One-shot analysis: sources to lines, until they end or a signal comes.
package enum Analyze {
  /// Runs to the end. Errors: whatever keeps it from starting, or what ended it, with its status.
  package static func run(_ request: AnalyzeRequest) throws(ToolError) {
    // First of all: a signal goes to any thread that does not block it.
    let stopper = Stopper()
    let watcher: SignalWatcher
    do { watcher = try SignalWatcher([SIGINT, SIGTERM]) { stopper.stop($0) } } catch {
      throw ToolError(.failure, "\(error)")
    }
    defer { withExtendedLifetime(watcher) {} }

    let streams = try streams(of: request)
    let model = try request.model.load(overrides: request.overrides, notes: request.notes)
    if !request.isQuiet, request.model != .builtIn { tell(model.card) }
    let dump = request.dumpInput.map { InputDump(path: $0) }
    let analyzer = try analyzer(of: model, request, dump)
    let sink = try sink(request)
    let publisher = Publisher(sinks: [sink], stable: request.isStable)
    stopper.attach(publisher)
    if let socket = sink as? SocketSink {
      if !request.isQuiet { Terminal.say("waiting for a reader of \(request.output)") }
      _ = socket.waitForReader(unless: stopper.interruption)
    }

    let progress = ProgressLine(quiet: request.isQuiet)
    var options = PipelineOptions(
      run: ULID(timeMicroseconds: SystemClock().wallMicroseconds), version: Version.number,
      models: [summary(model.card)], isService: false)
    if progress.isWanted {
      options.onProgress = {
        progress.show(Progress($0, start: request.start, duration: request.duration))
      }
    }
    let pipeline = Pipeline(
      streams: streams, analyzers: ["default": analyzer], publisher: publisher, options: options)
    stopper.attach(pipeline)
    let start = Moment.now
    let result = pipeline.run()
    progress.clear()
    publisher.close()
    if !request.isQuiet { tell(result, seconds: Double(Moment.now.wall - start.wall) / 1e9) }
    try judge(result, dump, streams: streams.count)
  }

  // MARK: The parts

  private static func streams(
    of request: AnalyzeRequest
  ) throws(ToolError) -> [StreamSettings] {
    var streams: [StreamSettings] = []
    for text in request.sources {
      let address: SourceAddress
      do throws(MediaError) { address = try SourceAddress(parsing: text) } catch {
        throw ToolError(.usage, ToolError(error).description)
      }
      let id = StreamID(address.description)
      guard !streams.contains(where: { $0.id == id }) else {
        throw ToolError(.usage, "the source \(address) is given twice")
      }
      guard request.start == nil || !address.isLive else {
        throw ToolError(.usage, "--start: \(address) is live and has no beginning to count from")
      }
      var media = MediaOptions()
      media.startSeconds = request.start ?? 0
      media.keyPicturesOnly = request.sampling == .keyPictures
      var settings = StreamSettings(id: id, isLive: address.isLive) { [media] in
        MediaSource(address, options: media)
      }
      settings.retry = address.isLive ? .afterOpening : .never
      settings.sampling = request.sampling
      settings.durationSeconds = request.duration
      switch address.kind {
      case .http, .rtsp: settings.redactedURL = address.description
      case .file, .standardInput, .captureDevice: break
      }
      if let maxLag = request.maxLag { settings.maxLagSeconds = maxLag }
      if let drop = request.drop {
        settings.drop = drop
        settings.ringCapacity = drop == .newest ? 2 : 4
      }
      streams.append(settings)
    }
    return streams
  }

  private static func analyzer(
    of model: VisionModel, _ request: AnalyzeRequest, _ dump: InputDump?
  ) throws(ToolError) -> sending any FrameAnalyzer {
    do {
      let analyzer = try model.makeAnalyzer(
        crew: Crew(threadCount: request.threads), settings: request.findings)
      return dump.map { DumpingAnalyzer(analyzer, $0) } ?? analyzer
    } catch { throw ToolError(.badData, "\(error)") }
  }

  private static func sink(_ request: AnalyzeRequest) throws(ToolError) -> any Sink {
    do throws(SinkError) {
      let target = try OutputTarget(parsing: request.output)
      if case .socket(let path) = target {
        return try SocketSink(path: path, stable: request.isStable)
      }
      return try BlockingSink(target, replacing: true)
    } catch { throw ToolError(.output, "\(error)") }
  }

  private static func summary(_ card: ModelCard) -> ModelSummary {
    ModelSummary(
      key: "default", name: card.name, sha256: card.sha256, task: card.task.value.rawValue,
      labels: card.labels.value)
  }

  // MARK: Words

  /// What was concluded of a model, in a line, and what was only guessed.
  private static func tell(_ card: ModelCard) {
    let lines = card.lines
    let short = ["head", "size", "color", "resize"].compactMap { what in
      lines.first { $0.what == what }?.value
    }
    Terminal.say("\(card.name): \(short.joined(separator: ", "))")
    for line in lines where line.sureness == .guess {
      Terminal.say(
        "  guessed: \(line.what) \(line.value) (\(line.reason)); --\(line.what) overrides")
    }
  }

  private static func tell(_ result: PipelineResult, seconds: Double) {
    for stream in result.streams {
      let frames = stream.frames
      let lost = LossCause.allCases.compactMap { cause in
        frames.lost[cause].flatMap { $0 > 0 ? "\($0) \(cause.rawValue)" : nil }
      }
      let rest = lost.isEmpty ? "" : "; not analysed: " + lost.joined(separator: ", ")
      Terminal.say(
        "\(Progress.printable(stream.stream.name)): \(frames.analysed) of \(frames.received) "
          + "frames analysed\(rest)")
    }
    let analysed = result.streams.reduce(0) { $0 + $1.frames.analysed }
    Terminal.say(
      "\(Decimal.text(seconds, places: 1)) s, "
        + "\(Decimal.text(Double(analysed) / max(seconds, 1e-9), places: 1)) frames/s")
  }

  /// Turns the result into the command's status. Errors: all but success.
  private static func judge(
    _ result: PipelineResult, _ dump: InputDump?, streams: Int
  ) throws(ToolError) {
    for failure in result.failures.dropLast() { Terminal.complain(failure.error.message) }
    if let error = dump?.error { throw error }
    let status = ExitStatus(rawValue: result.exitCode) ?? .internalFault
    guard status != .done else { return }
    let words =
      result.sinkError.map(\.description) ?? result.failures.last?.error.message ?? ""
    throw ToolError(status, words)
  }
}

extension ModelSource {
  /// The model, made ready. Errors: as `card`, and where a stage refuses it.
  func load(
    overrides: CardOverrides, notes: ModelNotes = ModelNotes()
  ) throws(ToolError) -> VisionModel {
    let bytes = try bytes()
    do {
      return try VisionModel(
        bytes: bytes, name: name, folder: folder, overrides: overrides, notes: notes)
    } catch { throw ToolError(.badData, "\(error)") }
  }
}

extension Progress {
  /// Units: `start` and `duration`, what is analysed of the source, in seconds.
  init(_ progress: PipelineProgress, start: Double?, duration: Double?) {
    let source = progress.description
    var total = source?.frameCount
    if let fps = source?.fps {
      if let start { total = total.map { max(0, $0 - Int(start * fps)) } }
      if let duration { total = min(total ?? .max, Int(duration * fps)) }
    }
    self.init(
      name: progress.stream.name, frames: progress.frames.received, total: total,
      elapsed: progress.elapsedSeconds)
  }
}
