import Foundation
import Testing

/// The grammar, and the manners of a program in a pipe.
struct GrammarTests {
  let program: Program

  init() throws { program = try Program() }

  @Test func `help goes to stdout, names every command and leaves with 0`() throws {
    defer { program.remove() }
    let outcome = try program.run("--help")
    #expect(outcome.status == 0)
    #expect(outcome.words.isEmpty)
    for command in [
      "analyze", "run", "model", "bench", "config", "probe", "render", "convert", "schema",
      "doctor",
      "completion",
    ] {
      #expect(outcome.data.contains("  \(command) "), "\(command)")
    }
    for status in [0, 1, 2, 64, 65, 66, 69, 70, 74, 77, 78, 130, 143] {
      #expect(outcome.data.contains("\n  \(status) "), "\(status)")
    }
  }

  @Test(arguments: [
    "analyze", "run", "model list", "model pull", "model inspect", "model check", "model dump",
    "model run", "model verify", "bench model", "bench video", "bench kernels",
    "config init", "config check", "config show", "config schema", "probe",
    "render", "convert", "schema", "doctor", "completion",
  ])
  func `every command explains itself within 80 columns`(_ command: String) throws {
    defer { program.remove() }
    let words = command.split(separator: " ").map(String.init)
    let outcome = try program.start(words + ["--help"], environment: ["COLUMNS": "80"]).wait()
    #expect(outcome.status == 0)
    #expect(outcome.data.hasPrefix("OVERVIEW: "))
    #expect(outcome.data.contains("USAGE: ocelli \(command)"))
    // The parser does not wrap its usage line.
    #expect(outcome.lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE") })
  }

  @Test(arguments: [
    (["analyse", "clip.mp4"], "Did you mean 'analyze'?"),
    (["model", "inspct", "m.onnx"], "Did you mean 'inspect'?"),
    (["analyze", "clip.mp4", "--confidnce", "0.3"], "Did you mean '--confidence'?"),
    (["analyze"], "Missing expected argument"),
    (["analyze", "clip.mp4", "--confidence", "1.5"], "--confidence"),
    (["analyze", "clip.mp4", "--confidence", "nan"], "--confidence"),
    (["analyze", "clip.mp4", "--every", "0"], "--every"),
    (["analyze", "clip.mp4", "--fps", "-1"], "--fps"),
    (["analyze", "clip.mp4", "--fps", "5", "--every", "2"], "give one of them"),
    (["analyze", "clip.mp4", "--size", "640"], "--size"),
    (["analyze", "clip.mp4", "--size", "0x640"], "--size"),
    (["analyze", "clip.mp4", "--start", "1:70"], "--start"),
    (["analyze", "clip.mp4", "--duration", "inf"], "--duration"),
    (["analyze", "clip.mp4", "--threads", "0"], "--threads"),
    (["analyze", "clip.mp4", "--drop", "oldest"], "--drop"),
    (["analyze", "clip.mp4", "--mean", "1,2"], "--mean"),
    (["analyze", "-", "-"], "once only"),
    (["model", "dump", "m.onnx", "--stage", "linear"], "--stage"),
    (["model", "run", "m.onnx", "--input", "x", "--output-dir", "o"], "--input"),
    (["completion", "tcsh"], "tcsh"),
    (["frobnicate"], "no command"),
  ])
  func `wrong usage leaves with 64 and says what is wrong on stderr`(
    _ arguments: [String], _ hint: String
  ) throws {
    defer { program.remove() }
    let outcome = try program.start(arguments).wait()
    #expect(outcome.status == 64)
    #expect(outcome.data.isEmpty)
    #expect(outcome.words.contains(hint), "\(outcome.words)")
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `a completion script is what its shell can read`(_ shell: String) throws {
    defer { program.remove() }
    let outcome = try program.run("completion", shell)
    #expect(outcome.status == 0)
    #expect(outcome.words.isEmpty)
    #expect(outcome.data.contains("analyze"))
    guard shell == "bash" else { return }
    try program.write("script", Array(outcome.data.utf8))
    let check = Process()
    check.executableURL = URL(fileURLWithPath: "/bin/bash")
    check.arguments = ["-n", program.path("script")]
    try check.run()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
  }

  @Test func `a full disk under stdout gives 74 and says so`() throws {
    defer { program.remove() }
    for arguments in [["--help"], ["--version"], ["completion", "bash"], ["schema"]] {
      let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
      let outcome = try program.start(arguments, output: full).wait()
      #expect(outcome.status == 74, "\(arguments)")
      #expect(outcome.words.contains("No space left"), "\(arguments): \(outcome.words)")
    }
  }

  @Test func `a reader that has gone is no error`() throws {
    defer { program.remove() }
    for arguments in [["--help"], ["completion", "zsh"], ["schema"]] {
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      let outcome = try program.start(arguments, output: pipe.fileHandleForWriting).wait()
      #expect(outcome.status == 0, "\(arguments)")
      #expect(outcome.words.isEmpty, "\(arguments): \(outcome.words)")
    }
  }
}
