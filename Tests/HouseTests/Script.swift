import Foundation

/// Runs a program in the repository's root.
enum Script {
  /// The repository, found from where this file stands.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  struct Result {
    var status: Int32
    /// Standard output and standard error, as they came.
    var output: String
  }

  static func run(_ command: String...) throws -> Result { try run(command) }

  static func run(_ command: [String]) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = root
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
  }

  /// Whether all of these programs are in PATH.
  static func exists(_ programs: String...) -> Bool {
    programs.allSatisfy { (try? run("sh", "-c", "command -v \($0)"))?.status == 0 }
  }
}
