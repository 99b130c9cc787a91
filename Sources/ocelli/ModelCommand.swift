internal import ArgumentParser
import OcelliEvents
import OcelliTools
import OcelliVision

/// `ocelli model`.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Looks into a model file, and runs it on tensors.",
    subcommands: [Inspect.self, Dump.self, Run.self, Verify.self])

  /// `ocelli model inspect`.
  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract: "Prints what was concluded from a model file, each time with the reason.",
      discussion: """
        Head, preprocessing and labels are concluded from the file. Where a conclusion is wrong, \
        the override that is printed beside it goes to 'ocelli analyze'.

        EXAMPLES
          ocelli model inspect yolox_nano.onnx
          ocelli model inspect model.onnx --json | jq .head
          ocelli model inspect                            the built-in detector
        """)

    @Argument(
      help: ArgumentHelp("The model (default: the built-in detector).", valueName: "model.onnx"))
    var model: String?

    @Option(
      help: ArgumentHelp(
        "Input size in pixels, where the model leaves it open.", valueName: "WxH"))
    var size: PictureSize?

    @OptionGroup(title: "Overrides, to see what becomes of them") var overrides:
      ModelOverrideOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let report = try ModelSource(model).report(
        overrides: try overrides.card(size: size), notes: try ModelNotes.about(model))
      try Terminal.print((json ? report.json.text : report.text) + "\n")
    }
  }

  /// `ocelli model dump`.
  struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "dump",
      abstract: "Prints a model as it stands after one stage of the engine.",
      discussion: """
        import    the file's graph, operators in their one canonical form
        simplify  constants folded, batch norm and activations merged
        lower     layouts and kernels chosen
        plan      the steps in order, with where each tensor lies

        EXAMPLES
          ocelli model dump yolox_nano.onnx --stage simplify
          diff <(ocelli model dump m.onnx --stage import) <(ocelli model dump m.onnx --stage simplify)
        """)

    @Argument(
      help: ArgumentHelp("The model (default: the built-in detector).", valueName: "model.onnx"))
    var model: String?

    @Option(
      help: ArgumentHelp(
        "The stage to stop at: import, simplify, lower or plan.", valueName: "stage"))
    var stage: StageName = .plan

    @Option(
      help: ArgumentHelp(
        "Input size in pixels, where the model leaves it open.", valueName: "WxH"))
    var size: PictureSize?

    func run() throws {
      try Terminal.print(
        try ModelDump.text(ModelSource(model), stage: stage.rawValue, size: size?.input))
    }
  }

  /// `ocelli model run`.
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run",
      abstract: "Runs a model on tensors in files and writes its outputs, one file each.",
      discussion: """
        Inputs are NumPy arrays (.npy) or ONNX TensorProtos (.pb), in the model's own layout and \
        element type. An output goes to DIR/NAME.npy, where characters of NAME that do not fit a \
        file name become '_'.

        EXAMPLES
          ocelli analyze clip.mp4 --duration 1s --dump-input first.npy -m m.onnx >/dev/null
          ocelli model run m.onnx --input images=first.npy --output-dir out
        """)

    @Argument(help: ArgumentHelp("The model.", valueName: "model.onnx"))
    var model: String

    @Option(
      help: ArgumentHelp(
        "A tensor for the input of that name; once for each input of the model.",
        valueName: "NAME=FILE"))
    var input: [NamedFile] = []

    @Option(help: ArgumentHelp("Where the outputs go; made if missing.", valueName: "dir"))
    var outputDir: String

    @Option(help: ArgumentHelp("The kind of file: npy or pb.", valueName: "kind"))
    var format: TensorFormatName = .npy

    @Option(
      help: ArgumentHelp(
        "Threads of inference (default: the cores that affinity and cgroup quota leave).",
        valueName: "N"))
    var threads: Count?

    func run() throws {
      let paths = try ModelRun.run(
        model: .file(model), inputs: input.map { ($0.name, $0.path) }, folder: outputDir,
        kind: format == .npy ? .npy : .pb, threads: threads?.value ?? 0)
      try Terminal.print(paths.map { $0 + "\n" }.joined())
    }
  }
}

/// The words of `--stage`.
enum StageName: String, ExpressibleByArgument, CaseIterable {
  case `import`, simplify, lower, plan
}

/// The words of `--format`.
enum TensorFormatName: String, ExpressibleByArgument, CaseIterable { case npy, pb }
