import Foundation
import Glibc
import Logging
import OcelliEvents
import OcelliService
import Synchronization
import Testing

@Suite(.serialized) struct ServiceTests {
  /// A service with a folder, a manager and a log of its own.
  private final class Bench: Sendable {
    let folder = "/tmp/ocelli-service-\(UInt64.random(in: 0...(.max)))"
    let manager = Manager()
    let code = Mutex<Int32?>(nil)
    let lines = Lines()
    let service: Service

    init(watchdogMicroseconds: Int = 200_000) throws {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      let notifier = Notifier(
        environment: [
          "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": String(watchdogMicroseconds),
        ], processID: getpid())
      let lines = lines
      let logger = Logger(label: "test") { _ in
        ServiceLog(level: .debug, environment: [:]) { lines.append($0) }
      }
      service = Service(
        configuration: folder + "/ocelli.yaml", version: "0", notifier: notifier, logger: logger)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Two cameras that nobody answers for.
    func configure(_ streams: [String] = ["a", "b"], more: String = "") throws {
      let text =
        "version: 1\nstreams:\n"
        + streams.map { "  \($0): {url: \"rtsp://user:hunter2@127.0.0.1:9/\($0)\"}\n" }.joined()
        + "outputs: [\(folder)/lines, \"unix:\(folder)/s\"]\nlimits: {threads: 1, stop: 1}\n"
      try (text + more).write(
        toFile: folder + "/ocelli.yaml", atomically: true, encoding: .utf8)
    }

    func start() {
      DispatchQueue.global().async {
        let result = self.service.run()
        self.code.withLock { $0 = result }
      }
    }

    var output: [JSONValue] {
      let bytes = Array(FileManager.default.contents(atPath: folder + "/lines") ?? Data())
      return bytes.split(separator: 10).compactMap {
        try? (try LineValidator()).validate($0)
      }
    }

    var outputCount: Int {
      let bytes = Array(FileManager.default.contents(atPath: folder + "/lines") ?? Data())
      return bytes.count { $0 == 10 }
    }
  }

  final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func append(_ bytes: [UInt8]) {
      lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
    }
    var all: [String] { lines.withLock { $0 } }
  }

  @Test func theManagerSeesReadyWatchdogAndStoppingAndTheLinesEndWithEnd() throws {
    let bench = try Bench()
    try bench.configure()
    bench.start()
    #expect(eventually { bench.manager.count("READY=1") == 1 })
    // Cameras that are not there are no reason not to be ready, nor not to be alive.
    #expect(eventually { bench.manager.count("WATCHDOG=1") >= 1 })
    bench.service.handle(signal: SIGTERM)
    #expect(eventually { bench.code.withLock { $0 } != nil })
    #expect(bench.code.withLock { $0 } == 0)
    #expect(bench.manager.count("STOPPING=1") >= 1)
    let lines = bench.output
    #expect(lines.count == bench.outputCount)
    #expect(lines.first?["type"]?.string == "hello")
    #expect(lines.last?["type"]?.string == "end")
    #expect(lines.last?["reason"]?.string == "signal")
    #expect(lines.last?["exit_code"]?.number == 0)
    #expect(!FileManager.default.fileExists(atPath: bench.folder + "/s"))
    let all = bench.lines.all.joined()
    #expect(!all.contains("hunter2"))
    #expect(!lines.description.contains("hunter2"))
  }

  @Test func aReloadKeepsTheOldConfigurationWhereTheNewOneIsBad() throws {
    let bench = try Bench()
    try bench.configure()
    bench.start()
    #expect(eventually { bench.manager.count("READY=1") == 1 })
    try bench.configure(["a"], more: "colour: red\n")
    bench.service.handle(signal: SIGHUP)
    #expect(eventually { bench.manager.count("READY=1") == 2 })
    #expect(bench.manager.count("RELOADING=1") == 1)
    #expect(bench.manager.all.contains { $0.contains("MONOTONIC_USEC=") })
    #expect(bench.lines.all.contains { $0.contains("ocelli.yaml:6:1: colour: unknown key") })
    bench.service.handle(signal: SIGTERM)
    #expect(eventually { bench.code.withLock { $0 } != nil })
    let streams = bench.output.last?["streams"]?.members.map(\.key)
    #expect(streams == ["a", "b"])
    #expect(bench.output.count { $0["type"]?.string == "hello" } == 1)
  }

  /// M19: the old model stays in memory; a reload that cannot have the new one says so.
  @Test func aReloadKeepsTheOldModelWhereTheNewOneIsNone() throws {
    let bench = try Bench()
    try bench.configure()
    bench.start()
    #expect(eventually { bench.manager.count("READY=1") == 1 })
    let path = bench.folder + "/new.onnx"
    try "no model".write(toFile: path, atomically: true, encoding: .utf8)
    try bench.configure(more: "models: {default: {path: \(path)}}\n")
    bench.service.handle(signal: SIGHUP)
    #expect(eventually { bench.manager.count("READY=1") == 2 })
    #expect(bench.lines.all.contains { $0.contains("models.default") && $0.contains("new.onnx") })
    bench.service.handle(signal: SIGTERM)
    #expect(eventually { bench.code.withLock { $0 } != nil })
    #expect(bench.code.withLock { $0 } == 0)
    #expect(bench.output.count { $0["type"]?.string == "hello" } == 1)
    #expect(bench.output.last?["streams"]?.members.map(\.key) == ["a", "b"])
  }

  @Test func aReloadTouchesOnlyWhatChanged() throws {
    let bench = try Bench()
    try bench.configure()
    bench.start()
    #expect(eventually { bench.manager.count("READY=1") == 1 })
    try bench.configure(["b", "c"])
    bench.service.handle(signal: SIGHUP)
    bench.service.handle(signal: SIGHUP)
    #expect(
      eventually { bench.lines.all.contains { $0.contains("reloaded: 1 streams begun, 1 ended") } })
    #expect(eventually { bench.output.contains { $0["stream"]?.string == "c" } })
    bench.service.handle(signal: SIGINT)
    #expect(eventually { bench.code.withLock { $0 } != nil })
    #expect(bench.code.withLock { $0 } == 0)
    let lines = bench.output
    let hellos = lines.filter { $0["type"]?.string == "hello" }
    #expect(hellos.last?["streams"] == .array([.string("b"), .string("c")]))
    #expect(lines.contains { $0["stream"]?.string == "a" && $0["state"]?.string == "ended" })
    #expect(
      !lines.contains {
        $0["stream"]?.string == "b" && $0["state"]?.string == "ended"
          && $0["seq"]?.number ?? 0 < (hellos.last?["seq"]?.number ?? 0)
      })
    let numbers = lines.filter { $0["type"]?.string != "hello" }.compactMap { $0["seq"]?.number }
    #expect(numbers == (1...numbers.count).map(Double.init))
  }

  @Test(arguments: [
    ("version: 1\n", Int32(78)),
    ("version: 1\nstreams: {}\nmodels: {default: {path: /no/such.onnx}}\n", 65),
    ("version: 1\nstreams: {}\noutputs: [/no/such/folder/x]\n", 74),
  ])
  func whatKeepsAServiceFromBeginningHasItsExitCode(_ text: String, _ code: Int32) throws {
    let bench = try Bench()
    try text.write(toFile: bench.folder + "/ocelli.yaml", atomically: true, encoding: .utf8)
    #expect(bench.service.run() == code)
    #expect(bench.manager.count("READY=1") == 0)
    #expect(!bench.lines.all.isEmpty)
  }

  @Test func aStopBeforeTheStartIsAStop() throws {
    let bench = try Bench()
    try bench.configure()
    bench.service.handle(signal: SIGTERM)
    #expect(bench.service.run() == 0)
    #expect(bench.output.last?["type"]?.string == "end")
  }
}
