import Foundation
import OcelliConfig
import OcelliPipeline
import OcelliSinks
import Testing

@Suite struct ConfigurationTests {
  private static let files = [
    "/secret": "hunter2\n", "/run/cred/gate": "s3cr3t", "/two": "a\nb\n", "/binary": "",
  ]

  private static func read(
    _ text: String, environment: [String: String] = [:]
  ) throws -> Configuration {
    let interpolation = Interpolation(environment: environment) { path in
      files[path].map { Array($0.utf8) }
    }
    return try Configuration(Array(text.utf8), file: "o.yaml", interpolation: interpolation)
  }

  private static func faults(
    _ text: String, environment: [String: String] = [:]
  ) -> [String] {
    do {
      _ = try read(text, environment: environment)
      return []
    } catch let error as ConfigError {
      return error.faults.map(\.description)
    } catch {
      return ["\(error)"]
    }
  }

  @Test func theSmallestConfigurationHasItsDefaults() throws {
    let config = try Self.read("version: 1\nstreams: {gate: {url: rtsp://h/1}}\n")
    #expect(config.streams.map(\.name) == ["gate"])
    #expect(config.models.map(\.name) == ["default"])
    #expect(config.models[0].path == nil)
    #expect(config.outputs == [.standardOutput])
    #expect(config.limits.threads == 0)
    #expect(config.limits.queueBytes == 16 << 20)
    let stream = config.streams[0].streamSettings
    #expect(stream.isLive)
    #expect(stream.drop == .newest)
    #expect(stream.maxLagSeconds == 2)
    #expect(stream.sampling == .all)
    #expect(stream.model == "default")
    #expect(stream.classes == nil)
    #expect(stream.redactedURL == "rtsp://h/1")
  }

  @Test func everyKeyReachesItsStage() throws {
    let config = try Self.read(
      """
      version: 1
      streams:
        gate: {url: "rtsp://h/1", fps: 2.5, classes: [person, 2], confidence: 0.4, max_lag: 1,
               transport: udp, drop: never, stall: 20, model: big, username: u, password: "p@:/"}
        clip: {url: /a.mp4, every: key, model: default}
        third: {url: /b.mp4, every: 3}
      models:
        big: {path: /m.onnx, size: 416x320, head: yolox, color: bgr, resize: stretch,
              mean: [1, 2.5, 3], scale: [1, 1, 1], labels: [a, b], confidence: 0.5, iou: 0.6}
      outputs: ["-", /var/lib/ocelli/l.jsonl, "unix:/run/ocelli/lines.sock"]
      limits: {threads: 3, stats: 5, readers: 2, queue: 1, stop: 0.5}
      """)
    let gate = config.streams[0].streamSettings
    #expect(gate.sampling == .fps(2.5))
    #expect(gate.classes == ["person", "2"])
    #expect(gate.confidence == 0.4)
    #expect(gate.maxLagSeconds == 1)
    #expect(gate.drop == .never)
    #expect(gate.model == "big")
    #expect(config.streams[1].streamSettings.sampling == .keyPictures)
    #expect(config.streams[1].streamSettings.drop == .never)
    #expect(config.streams[2].streamSettings.sampling == .every(3))
    #expect(config.models.map(\.name) == ["big", "default"])
    #expect(config.models[0].path == "/m.onnx")
    #expect(config.outputs.count == 3)
    #expect(config.limits.threads == 3)
    #expect(config.limits.statsSeconds == 5)
    #expect(config.limits.queueBytes == 1 << 20)
    #expect(config.limits.stopSeconds == 0.5)
  }

  @Test func allFaultsAreToldAtOnceEachWithItsPlaceAndTheNearestKey() {
    let faults = Self.faults(
      """
      version: 2
      streams:
        gate:
          url: gopher://h
          fsp: 5
          transport: tpc
          confidence: 1.5
          fps: fast
        "bad name": {url: /x}
        none: {}
        both: {url: /x, fps: 1, every: 2, model: defualt}
        scalar: 7
      output: [x]
      limits: {threads: -1, queue: 0.5}
      """)
    let expected = [
      "o.yaml:1:10: version: must be 1",
      "o.yaml:5:5: streams.gate.fsp: unknown key; did you mean fps?",
      "o.yaml:6:16: streams.gate.transport: must be one of tcp, udp; did you mean tcp?",
      "o.yaml:7:17: streams.gate.confidence: must be a number from 0 to 1",
      "o.yaml:8:10: streams.gate.fps: must be a number from 0.001 to 1000 pictures a second",
      "o.yaml:9:3: streams.bad name: a name has 1 to 64 letters, digits, - _ or .",
      "o.yaml:10:9: streams.none.url: is missing (A file, http(s)://…, rtsp(s)://… or /dev/videoN.)",
      "o.yaml:11:34: streams.both.every: fps and every exclude each other; keep one",
      "o.yaml:11:44: streams.both.model: no model is called so; did you mean default?",
      "o.yaml:13:1: output: unknown key; did you mean outputs?",
      "o.yaml:14:19: limits.threads: must be a whole number from 0 to 1024",
      "o.yaml:14:30: limits.queue: must be a whole number from 1 to 1024 MiB",
    ]
    for line in expected { #expect(faults.contains(line), "\(line)") }
    #expect(faults.contains { $0.hasPrefix("o.yaml:4:10: streams.gate.url: ") })
    #expect(faults.contains { $0.hasPrefix("o.yaml:12:11: streams.scalar: must hold keys") })
    #expect(faults.count == expected.count + 2)
  }

  @Test(arguments: [
    ("", "the file is empty"), ("# words\n", "the file is empty"),
    ("a: [1", "o.yaml:2:1: no YAML"), ("a: b: c", "o.yaml:1:5: no YAML"),
    ("version: 1\n---\nversion: 1\n", "more than one document"),
    ("version: 1\nstreams: &s {}\n", "o.yaml:2:10: anchors (&) are not supported"),
    ("a: &a [x]\nb: [*a]\n", "aliases (*) are not supported"),
    (
      "version: 1\nstreams:\n  a: {url: /x}\n  b: {url: /x}\n  a: {url: /y}\n",
      "o.yaml:5:3: a: stands here a second time"
    ),
    ("version: 1\nversion: 1\n", "o.yaml:2:1: version: stands here a second time"),
    ("- 1\n", "must hold keys and values"), ("version: 1\n", "streams: is missing"),
    ("streams: {}\n", "version: is missing"), ("version: 1\nstreams: [a]\n", "must hold names"),
    ("version: 1\nstreams: {a: {url: }}\n", "o.yaml:2:20: streams.a.url: must be a single value"),
    ("version: 1\nstreams: {a: {url: \"-\"}}\n", "a service has no standard input"),
    ("version: 1\nstreams: {}\noutputs: []\n", "names no output"),
    ("version: 1\nstreams: {}\noutputs: [\"-\", \"-\"]\n", "stands here twice"),
    ("version: 1\nstreams: {}\noutputs: [\"unix:\"]\n", "a path must follow unix:"),
    ("version: 1\nstreams: {}\nmodels: {m: {mean: [1, 2]}}\n", "must be a list of 3 numbers"),
    ("version: 1\nstreams: {}\nmodels: {m: {size: 0x4}}\n", "must be WIDTHxHEIGHT"),
  ])
  func aBadFileSaysWhereAndWhy(_ text: String, _ words: String) {
    let faults = Self.faults(text)
    #expect(faults.contains { $0.contains(words) }, "\(faults)")
  }

  @Test func hostileFilesAreRefusedAndTrapNothing() {
    let deep = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
    let bomb = (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    let huge = "version: 1\n#" + String(repeating: "x", count: 1 << 20)
    for text in [
      deep, String(repeating: "[", count: 200_000), "a0: &a0 x\n" + bomb,
      String(repeating: "- ", count: 100_000), huge, "\u{0}", "? [a]\n: b\n", "%YAML 9.9\n---\n",
    ] {
      #expect(!Self.faults(text).isEmpty)
    }
    #expect(throws: ConfigError.self) {
      try Configuration([0xFF, 0xFE, 0x00], file: "o.yaml", interpolation: .system)
    }
    #expect(throws: ConfigError.self) { try Configuration(path: "/no/such/file.yaml") }
    #expect(throws: ConfigError.self) { try Configuration(path: "/") }
  }

  @Test func referencesAreReplacedInEveryString() throws {
    func url(_ text: String, _ environment: [String: String] = [:]) throws -> String? {
      try Self.read(
        "version: 1\nstreams: {a: {url: \"\(text)\"}}\n", environment: environment
      ).streams[0].settings.text("url")
    }
    #expect(try url("/${A}/${B:-x}/${C:-}", ["A": "1"]) == "/1/x/")
    #expect(try url("${A:-x}", ["A": ""]) == "x")
    #expect(try url("/${file:/secret}") == "/hunter2")
    #expect(
      try url("/${credential:gate}", ["CREDENTIALS_DIRECTORY": "/run/cred"]) == "/s3cr3t")
    #expect(try url("/$${A}$A") == "/${A}$A")
    for bad in [
      "${A}", "${", "${file:/none}", "${credential:gate}", "${a b}", "${}", "${1a}", "${file:}",
    ] {
      #expect(throws: ConfigError.self, "\(bad)") { try url(bad) }
    }
    #expect(throws: ConfigError.self) {
      try url("${credential:../x}", ["CREDENTIALS_DIRECTORY": "/run/cred"])
    }
    let threads = try Self.read(
      "version: 1\nstreams: {}\nlimits: {threads: \"${N}\"}\n", environment: ["N": "3"])
    #expect(threads.limits.threads == 3)
  }

  @Test func noSecretIsShownOrToldInAnError() throws {
    let text = """
      version: 1
      streams:
        a: {url: "rtsp://user:hunter2@h/1?token=hunter2"}
        b: {url: "rtsp://h/1", username: hunter2, password: hunter2}
        c: {url: "rtsp://h/1", username: x, password_file: /secret}
        d: {url: "rtsp://x:${P}@h/${P}", classes: ["${P}"]}
        e: {url: "rtsp://h/1", password: "${file:/secret}"}
      outputs: ["/tmp/${P}"]
      """
    let config = try Self.read(text, environment: ["P": "hunter2"])
    let shown = config.shown
    #expect(!shown.contains("hunter2"), "\(shown)")
    #expect(shown.contains("classes: [\"${P}\"]"))
    #expect(shown.contains("rtsp://***@h/1"))
    for stream in config.streams {
      #expect(stream.streamSettings.redactedURL?.contains("hunter2") != true || stream.name == "d")
    }
    let faults = Self.faults(
      """
      version: 1
      streams:
        a: {url: "${P}://x", fps: "${P}", transport: "${P}", every: "${P}"}
      outputs: ["unix:", "${P}${P}"]
      limits: {threads: "${P}"}
      """, environment: ["P": "hunter2"])
    #expect(faults.count >= 4)
    for fault in faults where !fault.contains(".url") { #expect(!fault.contains("hunter2")) }
  }

  @Test func whatIsShownReadsBackAsTheSame() throws {
    let text = """
      version: 1
      streams:
        a: {url: /x.mp4, fps: 0.5, classes: ["a\\"b", "\\u0085"], confidence: 0.25}
      models: {m: {path: "/a b", mean: [0, 0.5, 1]}}
      """
    let config = try Self.read(text)
    let again = try Self.read(config.shown)
    #expect(again.shown == config.shown)
    #expect(again.streams[0].settings.values == config.streams[0].settings.values)
  }

  @Test func twoReadingsDifferOnlyWhereTheWorkDiffers() throws {
    let first = try Self.read("version: 1\nstreams: {a: {url: /x}, b: {url: /y}}\n")
    let second = try Self.read("version: 1\nstreams:\n  a: {url: /x}\n  b: {url: /y, fps: 1}\n")
    #expect(first.streams[0].isSameWork(as: second.streams[0]))
    #expect(!first.streams[1].isSameWork(as: second.streams[1]))
  }
}
