internal import ArgumentParser
import OcelliPipeline
import OcelliTools
import OcelliVision

/// `ocelli analyze`.
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Analyses files, cameras or pipes and writes a line of JSON for every picture.",
    discussion: """
      A SOURCE is a video file, a picture (JPEG, PNG), a folder of them, a pattern in quotes \
      ('shots/*.jpg'), '-' (a stream on stdin), http(s)://…, rtsp://… (over TCP) or /dev/videoN. \
      Pictures of one folder or pattern are one source; videos are one each. Several run in the \
      order given; --files-from reads more.

      Lines go into one stream, or with -o FOLDER/ into a file for each source file, which appears \
      when it is whole: --resume then goes on where an earlier run was ended, by whatever.

      Every picture of a file is analysed, however long that takes; of a live source the newest one \
      is, and what was passed over is counted. The last line, 'end', accounts for every picture.

      Without -m the built-in detector runs. Head, preprocessing and labels of any other model are \
      concluded from its file ('ocelli model inspect' prints them); an override replaces one of them.

      EXAMPLES
        ocelli analyze clip.mp4
        ocelli analyze clip.mp4 --classes person --confidence 0.4 -o people.jsonl
        ocelli analyze clip.mp4 --start 1:30 --duration 20s --every 5
        ocelli analyze rtsp://camera/stream --fps 5 -o unix:/tmp/cam.sock
        ocelli analyze archive/ -o lines/ --every 2s --resume
        ocelli analyze --files-from list.txt --shard 2/8 -o lines/
        ocelli analyze clip.mp4 -m nanodet.onnx --threads 1 --stable | sha256sum
        ocelli analyze shots/ | jq -r 'select(.type == "frame") | .path'
        cam | ocelli analyze - --input-size 640x480 --input-pixels yuyv422 --input-rate 30
        ocelli analyze clip.mp4 | jq -c 'select(.type == "frame") | .objects'

      EXIT STATUS  0 done · 2 some of several sources failed, or one is damaged or cut off · \
      65 no video or bad model · 66 missing \
      · 69 unreachable · 74 output · 77 permission · 130/143 after Ctrl-C/SIGTERM, with an 'end' line
      """)

  @Argument(help: ArgumentHelp("What to analyse.", valueName: "source"))
  var sources: [String] = []

  @OptionGroup(title: "Many files") var many: ManyFilesOptions

  @OptionGroup var model: ModelOptions

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Where lines go: a file, '-' for stdout, unix:PATH (a socket that any number may read), or "
        + "FOLDER/ for a file a source.",
      valueName: "output"))
  var output: String = "-"

  @Option(
    help: ArgumentHelp(
      "Analyse at most this many pictures a second of stream time (default: all).",
      valueName: "rate"))
  var fps: FrameRate?

  @Option(
    help: ArgumentHelp(
      "Analyse one picture in N, one in so much time (2s, 500ms), or 'key': only those that stand "
        + "alone; the others are not even decoded (default: all).",
      valueName: "N|time|key"))
  var every: Interval?

  @Option(
    help: ArgumentHelp(
      "Begin at this time of each file: 90, 1:30, 2m, 250ms (default: its beginning).",
      valueName: "time"))
  var start: TimeLength?

  @Option(
    help: ArgumentHelp(
      "Stop each source after this much time, same forms as --start (default: at its end).",
      valueName: "time"))
  var duration: TimeLength?

  @Option(
    help: ArgumentHelp(
      "Report only these classes, by name or number: person,car (default: all).",
      valueName: "a,b,…"))
  var classes: NameList?

  @Option(
    help: ArgumentHelp("Report what is at least this certain, 0 to 1.", valueName: "0–1"))
  var confidence: Fraction = Fraction(0.25)

  @Option(
    help: ArgumentHelp(
      "Two boxes of a class that overlap more than this count as one, 0 to 1 (default: what the "
        + "model's family is evaluated at, else 0.7).",
      valueName: "0–1"))
  var iou: Fraction?

  @Option(
    help: ArgumentHelp(
      "When inference is slower than the source: never (wait), or newest (pass over the older "
        + "ones; counted). (default: never for files and stdin, newest for live sources)",
      valueName: "policy"))
  var drop: StreamSettings.Drop?

  @Option(
    help: ArgumentHelp(
      "Do not analyse a live picture older than this; it is counted as lost (default: 2s).",
      valueName: "time"))
  var maxLag: TimeLength?

  @OptionGroup var crew: CrewOptions

  @Flag(help: "Analyse damaged pictures too, instead of counting them as lost.")
  var corrupt = false

  @OptionGroup(title: "Raw video") var raw: RawInputOptions

  @OptionGroup var sourceLimits: SourceLimitOptions

  @Option(
    help: ArgumentHelp(
      "How threads share the work: frames (a picture each), split (all on one picture), or auto: "
        + "frames for files, split for live sources.",
      valueName: "way"))
  var share: Sharing = .auto

  @Option(
    help: ArgumentHelp(
      "Write the first input tensor here, as the model gets it.", valueName: "file.npy"))
  var dumpInput: String?

  @Flag(help: "Leave out what varies from run to run (times, run id): same file, same bytes.")
  var stable = false

  @Flag(name: [.short, .long], help: "No progress and no summary on stderr; errors only.")
  var quiet = false

  func validate() throws {
    if sources.isEmpty && many.filesFrom == nil {
      throw ValidationError("Missing expected argument '<source> ...', or --files-from.")
    }
    if many.filesFrom == "-" && sources.contains("-") {
      throw ValidationError("'-' (stdin) is either a source or the list of sources.")
    }
    if many.progress && quiet {
      throw ValidationError("--progress and --quiet contradict each other.")
    }
    if sources.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("'-' (stdin) can be read once only.")
    }
    if sources.contains("") { throw ValidationError("A source is empty.") }
    if fps != nil && every != nil {
      throw ValidationError("--fps and --every are two ways of one choice; give one of them.")
    }
    if let dumpInput, !dumpInput.lowercased().hasSuffix(".npy") {
      throw ValidationError("--dump-input ends in .npy.")
    }
    if output.isEmpty || output == "unix:" { throw ValidationError("--output names no place.") }
  }

  func run() throws {
    let named = try model.named()
    var request = AnalyzeRequest(sources: sources, model: named.source)
    request.filesFrom = many.filesFrom
    request.shard = many.shard
    request.isResuming = many.resume
    request.showsProgress = many.progress
    request.sharing = share
    request.overrides = try model.card()
    request.notes = named.notes
    request.findings = AnalyzerSettings(
      confidence: confidence.value, overlap: iou?.value, classes: classes?.names ?? [])
    request.output = output
    if let fps { request.sampling = .fps(fps.value) }
    if let every { request.sampling = every.sampling }
    request.start = start?.seconds
    request.duration = duration?.seconds
    request.maxLag = maxLag?.seconds
    request.drop = drop
    request.analysesCorrupt = corrupt
    request.rawVideo = try raw.rawVideo()
    request.limits = sourceLimits.limits
    request.threads = crew.threadCount
    request.dumpInput = dumpInput
    request.isStable = stable
    request.isQuiet = quiet
    try Analyze.run(request)
  }
}

extension StreamSettings.Drop: ExpressibleByArgument {}

extension Sharing: ExpressibleByArgument {}

/// One picture in N, one in so much time, or the key pictures.
struct Interval: ExpressibleByArgument {
  let sampling: Sampling

  init?(argument: String) {
    if argument == "key" {
      sampling = .keyPictures
    } else if let count = Count(argument: argument) {
      sampling = .every(count.value)
    } else if argument.last?.isLetter == true || argument.contains(":"),
      let time = TimeLength(argument: argument), time.seconds > 0
    {
      sampling = .seconds(time.seconds)
    } else {
      return nil
    }
  }
}

/// What a run over many files needs.
struct ManyFilesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read sources from this list, one a line or between zero bytes; '-' is stdin.",
      valueName: "list"))
  var filesFrom: String?

  @Option(
    help: ArgumentHelp(
      "Only part i of n of the sources: every n-th from the i-th.", valueName: "i/n"))
  var shard: Shard?

  @Flag(help: "With -o FOLDER/: leave out what an earlier run has done.")
  var resume = false

  @Flag(help: "Show progress where stderr is no terminal too: a line every 5 s.")
  var progress = false
}

extension Shard: ExpressibleByArgument {
  public init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(index, of: count)
  }
}
