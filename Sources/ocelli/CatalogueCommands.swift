internal import ArgumentParser
import OcelliConfig
import OcelliTools
import OcelliVision

/// Where models are, and which ones there are.
struct CatalogueOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of models (default: $XDG_DATA_HOME/ocelli/models or "
        + "~/.local/share/ocelli/models).", valueName: "dir"))
  var to: String?

  @Option(
    help: ArgumentHelp(
      "Your own entry, or a folder of them, instead of the catalogue that is inside.",
      valueName: "file|dir"))
  var catalogue: String?

  func validate() throws {
    if to?.isEmpty == true { throw ValidationError("--to names no folder.") }
  }

  /// Errors: `.configuration` for one that cannot be understood, with the places.
  func read() throws(ToolError) -> ModelCatalogue {
    guard let catalogue else { return .embedded }
    do throws(ConfigError) { return try ModelCatalogue(path: catalogue) } catch {
      throw ToolError(.configuration, error.description)
    }
  }

  /// Errors: `.usage` where nobody says whose folder it would be.
  func folder() throws(ToolError) -> String {
    guard let folder = to ?? ModelFolders.system.own else {
      throw ToolError(
        .usage, "neither XDG_DATA_HOME nor HOME is set: say with --to DIR where models go")
    }
    return folder
  }
}

extension ModelCommand {
  /// `ocelli model list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Lists the open models that can be fetched, and which of them are here.",
      discussion: """
        here       its size and SHA-256 are those of the catalogue
        differs    another file has its name, or it is damaged
        45 %       a fetch was interrupted: 'ocelli model pull' goes on with it

        EXAMPLES
          ocelli model list
          ocelli model list --json | jq -r 'select(.state == "here") | .path'
        """)

    @ArgumentParser.OptionGroup var options: CatalogueOptions

    @Flag(help: "Print JSON, an object a model and line, with SHA-256, address and path.")
    var json = false

    func run() throws {
      let folders = ModelFolders.system
      // A table is of use where no folder can be told, too.
      let own = options.to ?? folders.own ?? ""
      let rows = try options.read().entries.compactMap { entry -> ModelListing.Row? in
        let model = entry.model
        // What was fetched for the whole machine is here as well.
        let elsewhere = options.to == nil ? folders.file(named: model.name) : nil
        let path = elsewhere ?? ModelPull.path(of: model.name, in: own)
        let state = ModelState(of: model, at: path)
        // What nobody passes on is listed where somebody brought it.
        guard model.url != nil || state != .absent else { return nil }
        return (model, path, state)
      }
      try Terminal.print(json ? ModelListing.json(rows) : ModelListing.table(rows))
    }
  }

  /// `ocelli model pull`.
  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "pull",
      abstract: "Fetches models of the catalogue, verified, into your folder of models.",
      discussion: """
        Prints the path of each. Then '-m NAME' runs it, and 'path: NAME' in a configuration. A \
        model appears under its name when its size and SHA-256 are those of the catalogue; until \
        then it is NAME.onnx.part, and the same command goes on with it. Only https is spoken; \
        https_proxy is respected.

        For a service that may not look into homes: \
        sudo ocelli model pull NAME --to /usr/local/share/ocelli/models

        --catalogue takes a file in the form of those in config/models/ (name, sha256, bytes, url \
        and what is to be known of the pictures, which is then kept beside the model), or a \
        folder of such files.

        EXAMPLES
          ocelli model pull yunet-s-640
          ocelli analyze clip.mp4 -m yunet-s-640

        EXIT STATUS  65 not what the catalogue says · 66 nobody passes it on · 69 unreachable, or \
        broken off · 74 cannot be written
        """)

    @Argument(
      help: ArgumentHelp("The models, as 'ocelli model list' names them.", valueName: "name"),
      completion: .shellCommand("ocelli model list | tail -n +2 | cut -d ' ' -f 1"))
    var names: [String]

    @ArgumentParser.OptionGroup var options: CatalogueOptions

    @Flag(name: [.short, .long], help: "No progress and no words on stderr; errors only.")
    var quiet = false

    func run() throws {
      let catalogue = try options.read()
      let entries = try names.map { name in
        guard let entry = catalogue.entry(named: name) else {
          let hint = catalogue.nearest(to: name).map { "did you mean \($0)? " } ?? ""
          throw ToolError(
            .usage, "\(name): not in the catalogue; \(hint)'ocelli model list' shows what is")
        }
        return entry
      }
      var rules = PullRules()
      rules.allowsPlain = catalogue.isOwn
      let progress = ProgressLine(quiet: quiet)
      let pull = try ModelPull(folder: try options.folder(), rules: rules, progress: progress) {
        progress.clear()
        if !quiet { Terminal.say($0) }
      }
      for entry in entries {
        let path = try pull.fetch(entry.model, sidecar: catalogue.isOwn ? entry.text : nil)
        try Terminal.print(path + "\n")
      }
    }
  }
}
