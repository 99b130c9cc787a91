import Foundation
import Testing

/// The built program, run as a user runs it: in a folder of its own, with nothing inherited.
struct Program {
  /// What a run left behind.
  struct Outcome {
    let status: Int32
    let data: String
    let words: String

    var lines: [String] { data.split(separator: "\n").map(String.init) }
  }

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("ocelli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// The executable beside the test bundle, whatever the configuration.
  static let executable: URL = {
    if let given = ProcessInfo.processInfo.environment["OCELLI_BINARY"] {
      return URL(fileURLWithPath: given)
    }
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var place = bundle.deletingLastPathComponent()
    // Beside the bundle, or above it where the runner is a helper of the toolchain.
    for argument in CommandLine.arguments where argument.contains(".xctest") {
      place = URL(fileURLWithPath: argument).deletingLastPathComponent()
    }
    return place.appendingPathComponent("ocelli")
  }()

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// Starts the program; its stdout and stderr go to files, so that no pipe can fill up.
  func start(
    _ arguments: [String], environment: [String: String] = [:], output: FileHandle? = nil,
    input: FileHandle? = nil
  ) throws -> Running {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var all = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
    for name in ["LD_LIBRARY_PATH", "OCELLI_ISA", "ASAN_OPTIONS", "TSAN_OPTIONS"] {
      all[name] = ProcessInfo.processInfo.environment[name]
    }
    process.environment = all.merging(environment) { $1 }
    let name = UUID().uuidString
    let data = folder.appendingPathComponent(name + ".out")
    let words = folder.appendingPathComponent(name + ".err")
    try Data().write(to: data)
    try Data().write(to: words)
    process.standardOutput = try output ?? FileHandle(forWritingTo: data)
    process.standardError = try FileHandle(forWritingTo: words)
    process.standardInput = input ?? FileHandle.nullDevice
    try process.run()
    return Running(process: process, data: data, words: words)
  }

  /// Runs the program to its end.
  func run(
    _ arguments: String..., environment: [String: String] = [:], output: FileHandle? = nil,
    input: FileHandle? = nil
  ) throws -> Outcome {
    try start(arguments, environment: environment, output: output, input: input).wait()
  }

  /// A run that has not ended yet.
  struct Running {
    let process: Process
    let data: URL
    let words: URL

    /// Units: seconds. A program that hangs is killed, and the test fails.
    func wait(limit: Double = 120) throws -> Outcome {
      let end = Date().addingTimeInterval(limit)
      while process.isRunning && Date() < end { usleep(5_000) }
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        Issue.record("ocelli \(process.arguments ?? []) did not end within \(limit) s")
      }
      process.waitUntilExit()
      let died = process.terminationReason == .uncaughtSignal
      return Outcome(
        status: died ? -process.terminationStatus : process.terminationStatus,
        data: String(decoding: try Data(contentsOf: data), as: UTF8.self),
        words: String(decoding: try Data(contentsOf: words), as: UTF8.self))
    }
  }
}
