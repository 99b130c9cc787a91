internal import ArgumentParser
import OcelliEvents
import OcelliTools
import OcelliVision

extension ModelCommand {
  /// `ocelli model check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Tries a model: does it run, and are pictures prepared as it wants them?",
      discussion: """
        Without a PICTURE the model is loaded, compiled and run on a black picture and on noise; \
        numbers that are not finite are an error (65).

        With one (a picture, a folder of pictures, or a video, of which the first pictures a \
        second apart are taken), colour orders, ranges of numbers and ways to fit a picture in \
        are tried, and ranked by what the model itself is sure of. What is found again in a part \
        of the picture counts for it; what is found in one only, or in the picture with its blocks \
        in another order, counts against it. Where another way scores far higher than the \
        concluded one, a warning tells the flags and the lines of a sidecar that choose it. Show \
        the model what it knows: from an empty street no detector of faces can be judged.

        EXAMPLES
          ocelli model check yolox_nano.onnx street.mp4
          ocelli model check faces.onnx street.mp4 --start 1:30 --pictures 5
          ocelli model check model.onnx shot.jpg --color bgr
          ocelli model check model.onnx shots/ --json | jq '.variants[0]'
        """)

    @Argument(
      help: ArgumentHelp("The model, a file or a name of 'ocelli model list'.", valueName: "model"))
    var model: String

    @Argument(help: ArgumentHelp("What to show it.", valueName: "picture"))
    var picture: String?

    @Option(help: ArgumentHelp("Pictures of a video or folder that are looked at.", valueName: "N"))
    var pictures: Count = Count(3)

    @Option(help: ArgumentHelp("Begin at this time of a video: 90, 1:30, 2m.", valueName: "time"))
    var start: TimeLength?

    @OptionGroup var input: InputSizeOptions

    @OptionGroup(title: "Overrides, as if they had been concluded") var overrides:
      ModelOverrideOptions

    @OptionGroup var crew: CrewOptions

    @Flag(help: "Print one JSON object, with all ways that were tried.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress and no warnings on stderr; errors only.")
    var quiet = false

    func validate() throws {
      if pictures.value > 100 { throw ValidationError("--pictures is at most 100.") }
    }

    func run() throws {
      let named = try NamedModel(model)
      let loaded = try named.source.load(
        overrides: try overrides.card(size: input.size), notes: named.notes)
      let check = try ModelCheck(
        loaded, picture: picture, start: start?.seconds ?? 0, most: pictures.value,
        threads: crew.threadCount,
        progress: ProgressLine(quiet: quiet))
      try Terminal.print(json ? check.json.text + "\n" : check.text)
      guard check.strange.isEmpty else { throw ToolError(.badData, check.warnings[0]) }
      if !quiet {
        for warning in check.warnings { Terminal.warn(warning) }
        if picture == nil, loaded.card.refusal == nil {
          Terminal.say("a PICTURE would show whether pictures are prepared as the model wants them")
        }
      }
    }
  }
}
