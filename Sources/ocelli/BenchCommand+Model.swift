internal import ArgumentParser
import OcelliEvents
import OcelliTools

extension BenchCommand {
  /// `ocelli bench model`.
  struct ModelBench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "model",
      abstract: "Times one inference, batch 1, from filled input to finished outputs.",
      discussion: """
        Inputs are filled with a fixed pattern, or come from files. Warm-up runs come first and are \
        not counted. Several models are timed in turn, run by run, so that a noisy machine is noisy \
        for all of them alike.

        --profile tells of each step of the plan: its kernel, tiles × rows of a tile, time, \
        multiplications, how much of the peak of the threads' cores they reach (measured first; \
        Winograd's count as if they were done directly, so they may exceed it), and the memory that \
        it reads and writes at least.

        EXAMPLES
          ocelli bench model yolox_nano.onnx --threads 1
          ocelli bench model a.onnx b.onnx --repeat 200 --json
          ocelli bench model m.onnx --profile --sort plan
        """)

    @Argument(
      help: ArgumentHelp(
        "The models, files or names (default: the built-in detector).", valueName: "model"))
    var models: [String] = []

    @OptionGroup var crew: CrewOptions

    @Option(name: .customLong("repeat"), help: ArgumentHelp("Timed runs a model.", valueName: "R"))
    var repeats: Count = Count(50)

    @OptionGroup var size: InputSizeOptions

    @Option(
      help: ArgumentHelp(
        "A tensor (.npy or .pb) for the input of that name, in the model's own layout; once for "
          + "each input of the one model.", valueName: "NAME=FILE"))
    var input: [NamedFile] = []

    @OptionGroup var exactness: ExactOptions

    @Flag(help: "Tell of each step where the time goes.")
    var profile = false

    @Option(help: ArgumentHelp("Order of the steps: time or plan.", valueName: "order"))
    var sort: ModelProfile.Order = .time

    @Flag(
      help: ArgumentHelp(
        "Load, then time the runs anew for each line on standard input, until its end: another "
          + "program can take turns with this one."))
    var eachLine = false

    @Flag(help: "Print JSON, an object a model and line; times in ms.")
    var json = false

    func validate() throws {
      if !input.isEmpty, models.count != 1 || size.size != nil {
        throw ValidationError("--input is for one model, and its tensors tell the size.")
      }
      if eachLine, profile { throw ValidationError("--each-line prints times, not profiles.") }
    }

    func run() throws {
      let named = models.isEmpty ? [try NamedModel(nil)] : try models.map { try NamedModel($0) }
      let benchmark = try ModelBenchmark(
        named.map { ($0.source, $0.notes) }, threads: crew.threadCount, size: size.size?.input,
        inputs: input.map { ($0.name, $0.path) }, exact: exactness.exact)
      if profile {
        for profile in try benchmark.profiles(repeats: repeats.value) {
          try Terminal.print(json ? profile.json.text + "\n" : profile.text(sort))
        }
      } else if eachLine {
        while readLine() != nil { try report(benchmark) }
      } else {
        try report(benchmark)
      }
    }

    private func report(_ benchmark: ModelBenchmark) throws {
      let results = try benchmark.run(repeats: repeats.value)
      try Terminal.print(
        json
          ? results.map { $0.json.text + "\n" }.joined() : ModelBenchmark.table(results))
    }
  }

  /// `ocelli bench kernels`.
  struct KernelBench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "kernels",
      abstract: "Times every kernel beside its scalar twin, on shapes that models have.",
      discussion: """
        One thread. Each kernel runs as the step of a plan that it is in models, so its weights are \
        packed and its rows cut into tiles as they are there. A convolution's GFLOP/s count \
        Winograd's products as if they were done directly. OCELLI_ISA asks for the kernels of another \
        instruction set that the processor has: scalar, avx2, avxvnni, avx512, avx512vnni, avx512vbmi.

        EXAMPLES
          ocelli bench kernels
          ocelli bench kernels conv depthwise --repeat 100
          OCELLI_ISA=avx2 ocelli bench kernels --json
        """)

    @Argument(help: ArgumentHelp("The kernels (default: all).", valueName: "kernel"))
    var kernels: [String] = []

    @Option(
      name: .customLong("repeat"),
      help: ArgumentHelp(
        "Timed runs a shape; fewer of a scalar twin that takes long.", valueName: "R"))
    var repeats: Count = Count(30)

    @Flag(help: "Print JSON, an object a shape and line; times in ms.")
    var json = false

    func run() throws {
      let results = try KernelBenchmark.run(kernels: kernels, repeats: repeats.value)
      try Terminal.print(
        json
          ? results.map { $0.json.text + "\n" }.joined() : KernelBenchmark.table(results))
    }
  }
}

/// The words of `--sort`.
extension ModelProfile.Order: ExpressibleByArgument {}
