internal import ArgumentParser
import OcelliEvents
import OcelliTools

/// `ocelli bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the speed of a model, of kernels, or of the whole way from file to line.",
    subcommands: [ModelBench.self, VideoBench.self, KernelBench.self])

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
