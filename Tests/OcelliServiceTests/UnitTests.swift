import Foundation
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private let hasSystemd = (try? run("systemd-analyze", "--version").status) == 0

private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  process.standardInput = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

/// What systemd says of the unit. It wants the program to exist, so a copy names one that does.
@Suite(.enabled(if: hasSystemd, "no systemd-analyze here")) struct UnitTests {
  /// A copy of the unit in a folder of its own, with or without the cameras' drop-in.
  private func withUnit(
    cameras: Bool, _ body: (String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let dropIns = folder.appending(path: "ocelli.service.d")
    try FileManager.default.createDirectory(at: dropIns, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let unit = try String(
      contentsOf: root.appending(path: "systemd/ocelli.service"), encoding: .utf8)
    let copy = folder.appending(path: "ocelli.service")
    try unit.replacing("/usr/local/bin/ocelli", with: "/bin/true")
      .write(to: copy, atomically: true, encoding: .utf8)
    if cameras {
      try FileManager.default.copyItem(
        at: root.appending(path: "systemd/cameras.conf"),
        to: dropIns.appending(path: "cameras.conf"))
    }
    try body(copy.path)
  }

  @Test(arguments: [false, true])
  func theUnitIsAcceptedAndExposesLittle(_ cameras: Bool) throws {
    try withUnit(cameras: cameras) { unit in
      let verified = try run("systemd-analyze", "verify", unit)
      #expect(verified.status == 0)
      #expect(verified.output.isEmpty, "\(verified.output)")
      // The threshold is in tenths.
      let security = try run(
        "systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
      #expect(security.status == 0, "\(security.output.suffix(200))")
    }
  }

  @Test func theServiceHasAUserAndAGroupOfItsOwn() throws {
    func text(_ name: String) throws -> String {
      try String(contentsOf: root.appending(path: "systemd/\(name)"), encoding: .utf8)
    }
    #expect(try text("ocelli.sysusers").contains("\nu ocelli "))
    #expect(try text("ocelli.tmpfiles").contains("\nd /run/ocelli     0750 ocelli ocelli"))
    #expect(try text("ocelli.service").contains("\nUser=ocelli\nGroup=ocelli\n"))
  }
}
