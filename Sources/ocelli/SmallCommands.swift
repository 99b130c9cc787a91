internal import ArgumentParser
import OcelliEvents
import OcelliTools

/// `ocelli schema`.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Prints the JSON Schema (2020-12) of the lines.",
    discussion: """
      EXAMPLE
        ocelli schema > ocelli-lines.schema.json
      """)

  func run() throws { try Terminal.print(LineSchema.text) }
}

/// `ocelli doctor`.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Says what this machine offers, what is missing and how to install it.",
    discussion: """
      Libraries and their versions, the instruction set that was chosen, cores and quota, the \
      Swift runtime, decoders, cameras. Exit status 1 where something that is needed is missing.
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let doctor = Doctor.examine()
    try Terminal.print(json ? doctor.json.text + "\n" : doctor.text(.forData))
    guard doctor.isHealthy else {
      throw ToolError(.failure, "something that is needed is missing: see above")
    }
  }
}

/// `ocelli completion`.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Prints a completion script for a shell.",
    discussion: """
      EXAMPLES
        ocelli completion bash > ~/.local/share/bash-completion/completions/ocelli
        ocelli completion zsh  > ~/.zfunc/_ocelli          (with fpath+=~/.zfunc before compinit)
        ocelli completion fish > ~/.config/fish/completions/ocelli.fish
      """)

  @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "shell"))
  var shell: ShellName

  func run() throws {
    let script = Ocelli.completionScript(for: shell.shell)
    try Terminal.print(script.hasSuffix("\n") ? script : script + "\n")
  }
}

/// The words of `completion`.
enum ShellName: String, ExpressibleByArgument, CaseIterable {
  case bash, zsh, fish

  var shell: CompletionShell {
    switch self {
    case .bash: .bash
    case .zsh: .zsh
    case .fish: .fish
    }
  }
}

/// `ocelli probe`.
struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Opens a source and says what is in it.",
    discussion: """
      The first picture is decoded, so what is printed is what 'analyze' would see.

      EXAMPLES
        ocelli probe clip.mp4
        ocelli probe rtsp://camera/stream --json
      """)

  @Argument(
    help: ArgumentHelp(
      "A file, a picture, a folder of pictures, '-', http(s)://…, rtsp://… or /dev/videoN.",
      valueName: "source"))
  var source: String

  @OptionGroup(title: "Raw video") var raw: RawInputOptions

  @OptionGroup var sourceLimits: SourceLimitOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let probe = try Probe(source, rawVideo: try raw.rawVideo(), limits: sourceLimits.limits)
    try Terminal.print(json ? probe.json.text + "\n" : probe.text)
  }
}

/// `ocelli render`.
struct RenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Draws the boxes of an analysis into its video, or onto a contact sheet.",
    discussion: """
      The ending of the output chooses: .mp4, .mkv or .mov give the whole video, .png a sheet of \
      frames spread evenly over it.

      EXAMPLES
        ocelli analyze clip.mp4 -o clip.jsonl
        ocelli render clip.mp4 clip.jsonl -o boxes.mp4
        ocelli render clip.mp4 clip.jsonl -o sheet.png --frames 12
      """)

  @Argument(help: ArgumentHelp("The video that was analysed.", valueName: "video"))
  var video: String

  @Argument(
    help: ArgumentHelp("The lines of 'ocelli analyze'; '-' is stdin.", valueName: "lines.jsonl"))
  var lines: String

  @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("Pictures on a contact sheet, 1 to 100.", valueName: "N"))
  var frames: Count = Count(12)

  @Option(help: ArgumentHelp("Draw what is at least this certain, 0 to 1.", valueName: "0–1"))
  var confidence: Fraction = Fraction(0)

  @Flag(name: [.short, .long], help: "No progress on stderr; errors only.")
  var quiet = false

  func validate() throws {
    if frames.value > 100 { throw ValidationError("--frames is at most 100.") }
    let ending = output.lowercased().split(separator: ".").last.map(String.init) ?? ""
    guard ["png", "mp4", "mkv", "mov"].contains(ending), output.contains(".") else {
      throw ValidationError("--output ends in .mp4, .mkv, .mov or .png.")
    }
    if video == "-" { throw ValidationError("The video is read from a file, not from stdin.") }
  }

  func run() throws {
    let progress = ProgressLine(quiet: quiet)
    let render = Render(
      video: video, lines: lines, output: output, confidence: Double(confidence.value)
    ) { progress.show($0) }
    defer { progress.clear() }
    if output.lowercased().hasSuffix(".png") {
      let count = try render.writeSheet(frames.value)
      progress.clear()
      if !quiet { Terminal.say("\(output): \(count) pictures") }
    } else {
      let counts = try render.writeVideo()
      progress.clear()
      if !quiet {
        Terminal.say("\(output): \(counts.pictures) pictures, \(counts.annotated) with a line")
      }
    }
  }
}
