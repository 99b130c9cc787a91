import Foundation
import OcelliEvents
import Testing

/// Where the repository stands.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

@Suite struct SchemaFileTests {
  private static let file = root.appending(path: "config/ocelli-lines.schema.json")

  @Test func theShippedSchemaIsTheProgramsOwn() throws {
    if ProcessInfo.processInfo.environment["OCELLI_RECORD"] != nil {
      try Data(LineSchema.text.utf8).write(to: Self.file)
    }
    #expect(try String(contentsOf: Self.file, encoding: .utf8) == LineSchema.text)
  }

  private static let python: Bool = {
    (try? run(["-c", "import jsonschema"], input: Data()))?.status == 0
  }()

  private static func run(
    _ arguments: [String], input: Data
  ) throws -> (status: Int32, output: String) {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try input.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(.enabled(if: SchemaFileTests.python, "python3 has no jsonschema"))
  func anIndependentValidatorAgreesOnEveryKindOfLine() throws {
    let script = """
      import json, sys, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      check = jsonschema.Draft202012Validator(schema)
      lines = [json.loads(l) for l in sys.stdin]
      for line in lines: check.validate(line)
      bad = [dict(l, seq=-1) for l in lines] + [{k: v for k, v in l.items() if k != "type"} for l in lines]
      bad += [dict(l, frames="x") for l in lines if l["type"] in ("gap", "end")]
      bad += [dict(l, time="yesterday") for l in lines]
      assert all(not check.is_valid(l) for l in bad)
      print(len(lines))
      """
    var input: [UInt8] = []
    for stable in [false, true] {
      var encoder = LineEncoder(stable: stable)
      for line in Examples.all {
        input += encoder.encode(line, sequence: 1, timeMicroseconds: Examples.time)
      }
    }
    let result = try Self.run(["-c", script, Self.file.path], input: Data(input))
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output == "\(Examples.all.count * 2)\n")
  }
}
