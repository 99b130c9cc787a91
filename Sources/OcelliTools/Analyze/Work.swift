import OcelliEvents
import OcelliMedia
import OcelliPipeline
import OcelliSinks
import OcelliVocabulary

/// What a run has to do: its sources, and those that an earlier run has done.
struct Work {
  private(set) var streams: [StreamSettings] = []
  /// Done by an earlier run, and how that ended.
  private(set) var before: [(stream: StreamID, status: ExitStatus)] = []
  /// Outputs of other settings or of an older source, which are made anew.
  private(set) var outdated = 0
  /// The shard had no source.
  private(set) var emptyShard: Shard?

  /// All sources of this run, done before or not.
  var count: Int { streams.count + before.count }

  /// Errors: sources that are none, that no folder of outputs can be made of, or that share one.
  init(_ request: AnalyzeRequest, tree: OutputTree?) throws(ToolError) {
    guard tree != nil || !request.isResuming else {
      throw ToolError(
        .usage,
        "--resume takes up a folder of outputs (-o FOLDER/), a file for each source; one stream of "
          + "lines cannot be taken up again")
    }
    let list = try SourceList(request.sources, filesFrom: request.filesFrom)
    if let tree { try Self.check(list, tree) }
    let addresses = request.shard?.part(of: list.addresses) ?? list.addresses
    if addresses.isEmpty { emptyShard = request.shard }
    for address in addresses { streams.append(try Self.settings(address, request)) }
  }

  /// Leaves out what is done: whole, by the same program and model, asked for the same.
  mutating func leaveOut(finishedIn tree: OutputTree, stable: Bool, _ options: PipelineOptions) {
    var encoder = LineEncoder(stable: stable)
    var left: [StreamSettings] = []
    for stream in streams {
      let hello = Hello(
        run: options.run, version: options.version, streams: [stream.id], models: options.models,
        settings: options.settings)
      let line = encoder.encode(.hello(hello), sequence: 0, timeMicroseconds: 0)
      let path = FolderOutput.path(of: stream.id, in: tree)
      // Our own line is JSON; if it were not, everything would be done again.
      let expected = (try? JSONValue(parsing: line)) ?? .null
      switch FinishedOutput(path, hello: expected, source: stream.id.name) {
      case .same(let status): before.append((stream.id, status))
      case .other:
        outdated += 1
        left.append(stream)
      case .none: left.append(stream)
      }
    }
    streams = left
  }

  private static func check(_ list: SourceList, _ tree: OutputTree) throws(ToolError) {
    var taken: [String: SourceAddress] = [:]
    for address in list.addresses {
      guard case .file = address.kind else {
        throw ToolError(
          .usage, "\(address): -o \(tree.folder)/ makes a file of lines for each file, no stream")
      }
      let path = FolderOutput.path(of: StreamID(address.description), in: tree)
      if let other = taken[path] {
        throw ToolError(.usage, "\(other) and \(address) would both be written to \(path)")
      }
      taken[path] = address
    }
  }

  private static func settings(
    _ address: SourceAddress, _ request: AnalyzeRequest
  ) throws(ToolError) -> StreamSettings {
    guard request.start == nil || !address.isLive else {
      throw ToolError(.usage, "--start: \(address) is live and has no beginning to count from")
    }
    var media = MediaOptions()
    media.startSeconds = request.start ?? 0
    media.keyPicturesOnly = request.sampling == .keyPictures
    media.limits = request.limits
    media.rawVideo = request.rawVideo
    var settings = StreamSettings(
      id: StreamID(address.description), isLive: address.isLive
    ) { [media] in
      address.makeSource(options: media)
    }
    settings.analysesCorrupt = request.analysesCorrupt
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
    return settings
  }
}
