import Glibc

/// The two voices of a command: data on stdout, words on stderr.
package enum Terminal {
  /// Makes the program safe to use in a pipe: call it first.
  /// A write to a closed pipe gives `EPIPE` instead of a death, and a descriptor 0, 1 or 2 that the
  /// caller closed is filled, so that no file of ours is opened under that number and written to.
  package static func prepare() {
    _ = signal(SIGPIPE, SIG_IGN)
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      // Opened for the wrong direction on purpose: using it still fails, as it did.
      _ = unsafe open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes data to stdout. Errors: `.done` where the reader has gone, else `.output`.
  package static func print(_ text: String) throws(ToolError) {
    var text = text
    let code = text.withUTF8 { unsafe Files.writeAll(STDOUT_FILENO, $0.span.bytes) }
    guard code == 0 else { throw .writing("standard output", errno: code) }
  }

  /// Writes bytes to stdout. Errors: as `print`.
  package static func print(bytes: borrowing RawSpan) throws(ToolError) {
    let code = Files.writeAll(STDOUT_FILENO, bytes)
    guard code == 0 else { throw .writing("standard output", errno: code) }
  }

  /// Writes words to stderr, a line. Nothing can be done where that fails.
  package static func say(_ text: String) {
    var line = text + "\n"
    _ = line.withUTF8 { unsafe Files.writeAll(STDERR_FILENO, $0.span.bytes) }
  }

  /// Writes `ocelli: TEXT` to stderr as an error.
  package static func complain(_ text: String) {
    say(Style.forErrors.paint("ocelli:", .red) + " " + text)
  }

  /// Writes `ocelli: warning: TEXT` to stderr.
  package static func warn(_ text: String) {
    say(Style.forErrors.paint("ocelli: warning:", .yellow) + " " + text)
  }

  package static var errorsAreTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The width of the terminal on stderr. Units: columns; 80 where it does not tell.
  package static var columns: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0
    else { return 80 }
    return Int(size.ws_col)
  }
}

/// Colours, where they are wanted.
package struct Style: Sendable {
  package enum Colour: String, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case faint = "2"
  }

  package let coloured: Bool
  package init(coloured: Bool) { self.coloured = coloured }

  package static let forErrors = Style(coloured: wanted(STDERR_FILENO))
  package static let forData = Style(coloured: wanted(STDOUT_FILENO))

  package func paint(_ text: String, _ colour: Colour) -> String {
    coloured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// Source: no-color.org (set and not empty: none).
  static func wanted(_ descriptor: Int32) -> Bool {
    let terminal = Environment["TERM"]
    return isatty(descriptor) == 1 && (Environment["NO_COLOR"] ?? "").isEmpty
      && terminal != nil && terminal != "dumb"
  }
}

/// The environment of the process.
package enum Environment {
  package static subscript(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
