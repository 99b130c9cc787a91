internal import ArgumentParser
import OcelliEvents
import OcelliTools
import OcelliVision

/// `ocelli model`.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Fetches models, looks into them, tries them, quantises them, runs them on tensors.",
    subcommands: [
      List.self, Pull.self, Inspect.self, Check.self, Dump.self, Run.self, Verify.self,
      Quantize.self,
    ])

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
      help: ArgumentHelp(
        "The model, a file or a name (default: the built-in detector).", valueName: "model"))
    var model: String?

    @OptionGroup var input: InputSizeOptions

    @OptionGroup(title: "Overrides, to see what becomes of them") var overrides:
      ModelOverrideOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let named = try NamedModel(model)
      let report = try named.source.report(
        overrides: try overrides.card(size: input.size), notes: named.notes)
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
      help: ArgumentHelp(
        "The model, a file or a name (default: the built-in detector).", valueName: "model"))
    var model: String?

    @Option(
      help: ArgumentHelp(
        "The stage to stop at: import, simplify, lower or plan.", valueName: "stage"))
    var stage: StageName = .plan

    @OptionGroup var input: InputSizeOptions

    func run() throws {
      let named = try NamedModel(model)
      try Terminal.print(
        try ModelDump.text(
          named.source, stage: stage.rawValue, size: input.size?.input, notes: named.notes))
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

    @Argument(help: ArgumentHelp("The model, a file or a name.", valueName: "model"))
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

    @OptionGroup var crew: CrewOptions

    @OptionGroup var exactness: ExactOptions

    func run() throws {
      let paths = try ModelRun.run(
        model: try NamedModel(model).source, inputs: input.map { ($0.name, $0.path) },
        folder: outputDir,
        kind: format == .npy ? .npy : .pb, threads: crew.threadCount, exact: exactness.exact)
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
