internal import ArgumentParser
import OcelliConfig
import OcelliService
import OcelliTools

/// `ocelli run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Watches the streams of a configuration until it is told to stop.",
    discussion: """
      Made for systemd: READY, STATUS and WATCHDOG are notified; SIGHUP reloads the configuration \
      (a bad one is refused and the old one kept); SIGTERM drains, writes 'end' and leaves with 0. \
      A stream that fails touches no other and is retried for ever.

      EXAMPLES
        ocelli config init > ocelli.yaml
        ocelli run -c ocelli.yaml
      """)

  @Option(
    name: [.short, .long], help: ArgumentHelp("The configuration.", valueName: "ocelli.yaml"))
  var config: String = "/etc/ocelli/ocelli.yaml"

  @Flag(name: .shortAndLong, help: "More words on stderr; twice for still more.")
  var verbose: Int

  func run() throws {
    let code = ServiceMain.run(
      configuration: config, version: Version.number, verbosity: verbose)
    // What there is to say was said in the log.
    guard code != 0 else { return }
    throw ToolError(ExitStatus(rawValue: code) ?? .failure, "")
  }
}

/// `ocelli config`.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Makes, checks and shows configurations of 'ocelli run'.",
    subcommands: [Init.self, Check.self, Show.self, Schema.self])

  /// `ocelli config init`.
  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "init",
      abstract: "Prints a commented configuration to start from.",
      discussion: """
        EXAMPLE
          ocelli config init > ocelli.yaml
        """)

    func run() throws { try Terminal.print(SampleConfiguration.text) }
  }

  /// `ocelli config check`.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Checks a configuration: every error at once, with file:line:column.",
      discussion: """
        Exit status 0 where it is good, 78 where it is not.

        EXAMPLE
          ocelli config check ocelli.yaml
        """)

    @Argument(help: ArgumentHelp("The configuration.", valueName: "ocelli.yaml"))
    var file: String = "/etc/ocelli/ocelli.yaml"

    func run() throws {
      let configuration = try Configuration.read(file)
      Terminal.say(
        "\(file): good (\(configuration.streams.count) streams, "
          + "\(configuration.models.count) models, \(configuration.outputs.count) outputs)")
    }
  }

  /// `ocelli config show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Prints a configuration as it is understood, defaults included, secrets hidden.")

    @Argument(help: ArgumentHelp("The configuration.", valueName: "ocelli.yaml"))
    var file: String = "/etc/ocelli/ocelli.yaml"

    func run() throws { try Terminal.print(try Configuration.read(file).shown) }
  }

  /// `ocelli config schema`.
  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema",
      abstract: "Prints the JSON Schema of the configuration, for an editor's completion.")

    func run() throws { try Terminal.print(ConfigurationSchema.text) }
  }
}

extension Configuration {
  /// Errors: all that is wrong, as one message.
  fileprivate static func read(_ path: String) throws(ToolError) -> Configuration {
    do throws(ConfigError) {
      return try Configuration(path: path)
    } catch {
      throw ToolError(.configuration, error.description)
    }
  }
}
