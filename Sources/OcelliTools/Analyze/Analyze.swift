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

    let tree = OutputTree.isMeant(by: request.output) ? OutputTree(request.output) : nil
    var work = try Work(request, tree: tree)
    let model = try request.model.load(overrides: request.overrides, notes: request.notes)
    if !request.isQuiet, request.model != .builtIn { tell(model.card) }
    var options = PipelineOptions(
      run: ULID(timeMicroseconds: SystemClock().wallMicroseconds), version: Version.number,
      models: [summary(model.card)], isService: false)
    options.settings = request.settings(model.card)
    if let tree, request.isResuming {
      work.leaveOut(finishedIn: tree, stable: request.isStable, options)
    }

    let dump = request.dumpInput.map { InputDump(path: $0) }
    let lanes = try Lanes.make(model, request, work.streams, dump)
    options.filesAhead = lanes.count > 1 ? 2 : 1
    let progress = ProgressLine(quiet: request.isQuiet, forced: request.showsProgress)
    if progress.isWanted {
      let before = work.before.count
      options.onProgress = { told in
        progress.show { columns in
          told.streams > 1 || before > 0
            ? FilesProgress(told, before: before).line(columns: columns)
            : Progress(told, start: request.start, duration: request.duration)
              .line(columns: columns)
        }
      }
    }

    let output = try Output(request, tree, stopper)
    let pipeline = Pipeline(
      streams: work.streams, lanes: lanes, publisher: output.lines, options: options)
    stopper.attach(pipeline)
    let start = Moment.now
    let result = pipeline.run()
    progress.clear()
    output.close()
    let end = AnalyzeEnd(work: work, result: result, dump: dump?.error, output: output.failure)
    if !request.isQuiet { end.tell(seconds: Double(Moment.now.wall - start.wall) / 1e9) }
    try end.judge()
  }

  /// Where lines go.
  private struct Output {
    let lines: any LineOutput
    private let publisher: Publisher?
    private let folder: FolderOutput?

    init(
      _ request: AnalyzeRequest, _ tree: OutputTree?, _ stopper: Stopper
    ) throws(ToolError) {
      if let tree {
        try Files.makeFolder(tree.folder)
        let folder = FolderOutput(tree, stable: request.isStable)
        (self.lines, self.folder, publisher) = (folder, folder, nil)
        return
      }
      let sink = try Self.sink(request)
      let publisher = Publisher(sinks: [sink], stable: request.isStable)
      stopper.attach(publisher)
      (self.lines, self.publisher, folder) = (publisher, publisher, nil)
      guard let socket = sink as? SocketSink else { return }
      if !request.isQuiet { Terminal.say("waiting for a reader of \(request.output)") }
      _ = socket.waitForReader(unless: stopper.interruption)
    }

    /// What kept a file of a folder from being written.
    var failure: ToolError? { folder?.failure }

    func close() { publisher?.close() }

    private static func sink(_ request: AnalyzeRequest) throws(ToolError) -> any Sink {
      do throws(SinkError) {
        let target = try OutputTarget(parsing: request.output)
        if case .socket(let path) = target {
          return try SocketSink(path: path, stable: request.isStable)
        }
        return try BlockingSink(target, replacing: true)
      } catch { throw ToolError(.output, "\(error)") }
    }
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
}
