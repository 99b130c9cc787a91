internal import ArgumentParser
import OcelliEvents
import OcelliTools

extension ModelCommand {
  /// `ocelli model verify`.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Runs ONNX's own test cases, or any in their form, and compares the outputs.",
      discussion: """
        A case is a folder with model.onnx, test_data_set_N/input_M.pb and output_M.pb, and \
        perhaps a tol.json with rtol and atol. DIR is a case, a folder of cases, or a folder of \
        such folders. A case passes, is refused by name (an operator, a type), or is wrong.

        reference  the graph as imported, by the plain operators
        simplify   that, and the simplified graph
        engine     those, and a plan on the engine

        The exit status is 0 where nothing is wrong, 1 where something is, or is not as the \
        manifest says.

        EXAMPLES
          ocelli model verify onnx-backend/node --filter resize
          ocelli model verify onnx-backend --manifest Tests/Support/conformance.txt
        """)

    @Argument(help: ArgumentHelp("The folder.", valueName: "dir"))
    var folder: String

    @Option(
      help: ArgumentHelp(
        "The last stage: reference, simplify or engine.", valueName: "stage"))
    var stage: VerifyStageName = .engine

    @Option(help: ArgumentHelp("Only cases with this in their name.", valueName: "text"))
    var filter: String?

    @Option(
      help: ArgumentHelp("Which cases must pass and which are excused.", valueName: "file"))
    var manifest: String?

    @Flag(help: "Print one JSON object for each case, and one of the sums.")
    var json = false

    func run() throws {
      let verification = try Verification(
        folder: folder, stage: ConformanceStage(rawValue: stage.rawValue) ?? .engine,
        filter: filter, manifest: try manifest.map(ConformanceManifest.init(path:))
      ) { name, outcome throws(ToolError) in
        if json {
          try Terminal.print(Verification.json(name, outcome).text + "\n")
        } else if let reason = outcome.reason {
          try Terminal.print("\(outcome.word) \(name): \(reason)\n")
        }
      }
      try Terminal.print(json ? verification.json.text + "\n" : verification.summary)
      if verification.failed { throw ToolError(.failure, "") }
    }
  }
}

/// The words of `model verify --stage`.
enum VerifyStageName: String, ExpressibleByArgument, CaseIterable {
  case reference, simplify, engine
}
