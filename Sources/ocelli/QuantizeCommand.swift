internal import ArgumentParser
import OcelliEvents
import OcelliQuantize
import OcelliTools
import OcelliVision

extension ModelCommand {
  /// `ocelli model quantize`.
  struct Quantize: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "quantize",
      abstract: "Makes a model of 8 bits of one of floats, and says how far its findings move.",
      discussion: """
        The model is run on pictures of SOURCE, fitted in as 'ocelli analyze' fits them, and its \
        values' ranges are taken from there. Every third picture is held out; on those it is \
        measured how far the findings of the quantised model agree with those of the model of \
        floats. Of several calibrators, with and without equalised layers and corrected biases, \
        the one that agrees best is kept. Where it still loses more than half of --max-loss, the \
        layers that move the findings most are measured, for at most --budget, and left in float.

        Nothing is written where more than --max-loss is lost: of boxes' average precision at an \
        overlap of 0.5 against those of the model of floats, of classes and text that agree, of \
        pixels of the same class.

        The file is standard ONNX (QuantizeLinear and DequantizeLinear), which other runtimes load \
        too. Show it what it will see: 50 and more pictures of \
        the cameras it is for.

        EXAMPLES
          ocelli model quantize yolox_nano.onnx --calibrate street.mp4 -o yolox_nano_int8.onnx
          ocelli model quantize faces.onnx --calibrate clips/ --calibrate shots/ -o faces8.onnx
          ocelli model quantize m.onnx --calibrate clip.mp4 -o m8.onnx --json | jq .agreement

        EXIT STATUS  65 the model cannot be quantised, finds nothing in the pictures, or loses \
        more than --max-loss · 66 no such model or clip · 74 cannot be written, or exists already
        """)

    @Argument(
      help: ArgumentHelp("The model, a file or a name of 'ocelli model list'.", valueName: "model"))
    var model: String

    @Option(
      help: ArgumentHelp(
        "Pictures to calibrate with: a clip, a picture, or a folder of either; may be repeated.",
        valueName: "source"))
    var calibrate: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("Pictures that are looked at.", valueName: "N"))
    var pictures: Count = Count(96)

    @Option(help: ArgumentHelp("What may be lost, in per cent.", valueName: "percent"))
    var maxLoss: Double = 1

    @Option(
      help: ArgumentHelp(
        "How long layers may be measured, if need be: 90, 2m.", valueName: "time"))
    var budget: TimeLength?

    @Option(
      help: ArgumentHelp(
        "Boxes that the model of floats is at least so sure of are compared.",
        valueName: "confidence"))
    var confidence: Fraction = Fraction(0.25)

    @Flag(help: "Write the model even if it loses more.")
    var force = false

    @Flag(help: "Replace a file that is there.")
    var overwrite = false

    @OptionGroup var input: InputSizeOptions

    @OptionGroup(title: "Model overrides") var overrides: ModelOverrideOptions

    @OptionGroup var crew: CrewOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress and no warnings on stderr; errors only.")
    var quiet = false

    func validate() throws {
      if calibrate.isEmpty {
        throw ValidationError("--calibrate names no clip and no folder of pictures.")
      }
      if output.isEmpty || output == "-" {
        throw ValidationError("-o names the file to write; a model is not written to stdout.")
      }
      if !(0...100).contains(maxLoss) {
        throw ValidationError("--max-loss is a number of per cent, 0 to 100.")
      }
      if !(6...10_000).contains(pictures.value) {
        throw ValidationError("--pictures lies between 6 and 10000.")
      }
    }

    func run() throws {
      let named = try NamedModel(model)
      var request = ModelQuantization.Request(sources: calibrate, output: output)
      request.isForced = force
      request.overwrites = overwrite
      request.options.pictures = pictures.value
      request.options.maximumLoss = maxLoss / 100
      request.options.confidence = confidence.value
      request.options.threads = crew.threadCount
      if let budget { request.options.budget = budget.seconds }
      let done = try ModelQuantization(
        named.source, request, overrides: try overrides.card(size: input.size),
        notes: named.notes, progress: ProgressLine(quiet: quiet))
      try Terminal.print(json ? done.json.text + "\n" : done.text)
      if let refusal = done.refusal(maxLoss / 100) { throw ToolError(.badData, refusal) }
      if !quiet { for warning in done.warnings { Terminal.warn(warning) } }
    }
  }
}
