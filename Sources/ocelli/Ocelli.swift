internal import ArgumentParser
import Glibc
import OcelliTools
import OcelliVocabulary

/// The program: a tree of commands.
@main
struct Ocelli: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ocelli",
    abstract: "Watches video: files, cameras and pipes go in, JSON lines come out.",
    usage: "ocelli <command> [<arguments>]",
    discussion: """
      One line of JSON for every analysed picture, on stdout, in a file or on a Unix socket. It \
      runs on an ordinary CPU; a small detector (persons and vehicles) is built in.

      EXAMPLES
        ocelli analyze clip.mp4                         lines on stdout
        ocelli analyze clip.mp4 --stable -o clip.jsonl  same file, same bytes
        ocelli analyze rtsp://camera/stream --fps 5     a camera, until Ctrl-C
        ffmpeg -i in.mkv -f nut - | ocelli analyze -    a pipe
        ocelli analyze clip.mp4 -m yolox_nano.onnx      your own model
        ocelli run -c /etc/ocelli/ocelli.yaml           many cameras, for months
        ocelli doctor                                   is all in order here?

      Data go to stdout, words to stderr; '-' is stdin or stdout. NO_COLOR is respected, and
      progress is shown on a terminal only.

      EXIT STATUS
      \(ExitStatus.table)
      """,
    version: "ocelli \(Version.number)",
    subcommands: [
      AnalyzeCommand.self, RunCommand.self, ModelCommand.self, BenchCommand.self,
      ConfigCommand.self, ProbeCommand.self, RenderCommand.self, ConvertCommand.self,
      SchemaCommand.self, DoctorCommand.self, CompletionCommand.self,
    ])

  static func main() {
    Terminal.prepare()
    let arguments = Array(CommandLine.arguments.dropFirst())
    Glibc.exit(status(of: arguments).rawValue)
  }

  private static func status(of arguments: [String]) -> ExitStatus {
    do {
      try refuseUnknownCommand(arguments)
      var command = try parseAsRoot(arguments)
      try command.run()
      return .done
    } catch let error as ToolError {
      return leave(error)
    } catch {
      // The parser's own: help and version are data, everything else is a usage error.
      let message = fullMessage(for: error)
      guard exitCode(for: error) != .success else {
        do throws(ToolError) { try Terminal.print(message + "\n") } catch { return leave(error) }
        return .done
      }
      Terminal.say(message)
      return .usage
    }
  }

  private static func leave(_ error: ToolError) -> ExitStatus {
    if !error.description.isEmpty { Terminal.complain(error.description) }
    return error.status
  }

  /// The parser calls a mistyped command an unexpected argument; this names the one that was meant.
  private static func refuseUnknownCommand(_ arguments: [String]) throws(ToolError) {
    var command: any ParsableCommand.Type = Ocelli.self
    var path = "ocelli"
    for argument in arguments {
      let children = command.configuration.subcommands
      guard !children.isEmpty, !argument.hasPrefix("-"), argument != "help" else { return }
      let names = children.map { $0._commandName }
      guard let index = names.firstIndex(of: argument) else {
        let hint = Nearest.to(argument, in: names).map { "Did you mean '\($0)'? " } ?? ""
        throw ToolError(
          .usage,
          "'\(argument)' is no command of '\(path)'. \(hint)See '\(path) --help' for all of them.")
      }
      command = children[index]
      path += " " + argument
    }
  }
}

extension ExitStatus {
  /// All of them, for `--help`.
  static var table: String {
    allCases.map { status in
      let code = String(status.rawValue)
      return "  " + code + String(repeating: " ", count: 5 - code.count) + status.meaning
    }.joined(separator: "\n")
  }
}
