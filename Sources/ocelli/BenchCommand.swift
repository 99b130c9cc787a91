internal import ArgumentParser
import OcelliEvents
import OcelliTools

/// `ocelli bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the speed of a model, or of the whole way from file to line.",
    subcommands: [ModelBench.self, VideoBench.self])

  /// `ocelli bench model`.
  struct ModelBench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "model",
      abstract: "Times one inference, batch 1, from filled input to finished outputs.",
      discussion: """
        Inputs are filled with a fixed pattern. Warm-up runs come first and are not counted. \
        Several models are timed in turn, run by run, so that a noisy machine is noisy for all of \
        them alike.

        EXAMPLES
          ocelli bench model yolox_nano.onnx --threads 1
          ocelli bench model a.onnx b.onnx --repeat 200 --json
        """)

    @Argument(
      help: ArgumentHelp(
        "The models, files or names (default: the built-in detector).", valueName: "model"))
    var models: [String] = []

    @OptionGroup var crew: CrewOptions

    @Option(name: .customLong("repeat"), help: ArgumentHelp("Timed runs a model.", valueName: "R"))
    var repeats: Count = Count(50)

    @OptionGroup var input: InputSizeOptions

    @Flag(help: "Print JSON, an object a model and line; times in ms.")
    var json = false

    func run() throws {
      let named = models.isEmpty ? [try NamedModel(nil)] : try models.map { try NamedModel($0) }
      let results = try ModelBenchmark.run(
        named.map { ($0.source, $0.notes) }, threads: crew.threadCount, repeats: repeats.value,
        size: input.size?.input)
      try Terminal.print(
        json
          ? results.map { $0.json.text + "\n" }.joined() : ModelBenchmark.table(results))
    }
  }

  /// `ocelli bench video`.
  struct VideoBench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "video",
      abstract: "Times the whole way of a file's frames, and says where the CPU's time goes.",
      discussion: """
        Decode, letterbox, inference and output run one after the other on one frame at a time, \
        each on the clock of CPU time and on the wall's.

        EXAMPLES
          ocelli bench video clip.mp4
          ocelli bench video clip.mp4 -m yolox_nano.onnx --threads 1 --duration 10s --json
        """)

    @Argument(help: ArgumentHelp("The video.", valueName: "source"))
    var source: String

    @OptionGroup var model: ModelOptions

    @OptionGroup var crew: CrewOptions

    @Option(
      help: ArgumentHelp(
        "Stop after this much of the video: 10s, 1:30 (default: its end).", valueName: "time"))
    var duration: TimeLength?

    @Flag(help: "Print one JSON object; times in ms a frame.")
    var json = false

    func run() throws {
      let named = try model.named()
      let result = try VideoBenchmark(
        source: source, model: named.source, overrides: try model.card(), notes: named.notes,
        threads: crew.threadCount, duration: duration?.seconds)
      try Terminal.print(json ? result.json.text + "\n" : result.text)
    }
  }
}
