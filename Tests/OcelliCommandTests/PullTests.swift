import Foundation
import OcelliTools
import OcelliVision
import Testing

/// Fetching models, from a server of the test's own.
struct PullTests {
  let program: Program
  let bytes: [UInt8]

  init() throws {
    program = try Program()
    var state: UInt32 = 7
    bytes = (0..<300_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }

  private var half: Int { bytes.count / 2 }

  private func model(_ url: String?) -> KnownModel {
    KnownModel(
      name: "m", sha256: SHA256.hexadecimal(bytes.span), bytes: bytes.count, url: url,
      note: ModelNote(settings: CardOverrides(), reason: "the test says so", licence: "MIT"))
  }

  /// Fetches into `models/`, with short deadlines. Returns: what was thrown, and what was said.
  private func pull(
    _ model: KnownModel, _ change: (inout PullRules) -> Void = { _ in }
  ) throws -> (error: ToolError?, words: [String]) {
    var rules = PullRules()
    rules.connectSeconds = 5
    rules.stallSeconds = 1
    change(&rules)
    var words: [String] = []
    do throws(ToolError) {
      let pull = try ModelPull(
        folder: program.path("models"), rules: rules, progress: ProgressLine(quiet: true)
      ) { words.append($0) }
      let path = try pull.fetch(model)
      #expect(path == program.path("models/m.onnx"))
      return (nil, words)
    } catch { return (error, words) }
  }

  private func put(_ name: String, _ bytes: [UInt8]) throws {
    try FileManager.default.createDirectory(
      atPath: program.path("models"), withIntermediateDirectories: true)
    try program.write("models/\(name)", bytes)
  }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: program.path("models")).sorted()) ?? []
  }

  @Test func `a model comes whole, and is not asked for again`() throws {
    defer { program.remove() }
    let server = try LoopbackServer { [bytes] request, _ in .file(bytes, request) }
    #expect(try pull(model(server.url())).error == nil)
    #expect(try program.read("models/m.onnx") == bytes)
    #expect(names == ["m.onnx"])
    let again = try pull(model(server.url()))
    #expect(again.error == nil && again.words == ["m: is here already, and whole"])
    #expect(server.requests == [.init(path: "/m.onnx", from: nil)])
  }

  @Test func `what an earlier fetch left is gone on with`() throws {
    defer { program.remove() }
    try put("m.onnx.part", Array(bytes[..<half]))
    let server = try LoopbackServer { [bytes] request, _ in .file(bytes, request) }
    #expect(try pull(model(server.url())).error == nil)
    #expect(try program.read("models/m.onnx") == bytes)
    #expect(server.requests.map(\.from) == [half])
  }

  @Test func `a server without ranges, and one that sends another range, begin anew`() throws {
    defer { program.remove() }
    try put("m.onnx.part", Array(bytes[..<half]))
    let plain = try LoopbackServer { [bytes] _, _ in .init(body: bytes, length: bytes.count) }
    #expect(try pull(model(plain.url())).error == nil)
    #expect(try program.read("models/m.onnx") == bytes)
    #expect(plain.requests.count == 1)

    try FileManager.default.removeItem(atPath: program.path("models"))
    try put("m.onnx.part", Array(bytes[..<half]))
    let confused = try LoopbackServer { [bytes] request, _ in
      var answer = LoopbackServer.Answer.file(bytes, request)
      if request.from != nil { answer.headers = ["Content-Range: bytes 0-9/10"] }
      return answer
    }
    #expect(try pull(model(confused.url())).error == nil)
    #expect(try program.read("models/m.onnx") == bytes)
    #expect(confused.requests.map(\.from) == [half, nil])
  }

  @Test func `a beginning that belongs to another file is thrown away`() throws {
    defer { program.remove() }
    let server = try LoopbackServer { [bytes] request, _ in .file(bytes, request) }
    for stale in [half, bytes.count, bytes.count + 5] {
      try put("m.onnx.part", [UInt8](repeating: 1, count: stale))
      #expect(try pull(model(server.url())).error == nil)
      #expect(try program.read("models/m.onnx") == bytes)
      try FileManager.default.removeItem(atPath: program.path("models"))
    }
    #expect(server.requests.map(\.from) == [half, nil, nil, nil])
  }

  @Test func `a transfer that breaks off is taken up while it brings something`() throws {
    defer { program.remove() }
    // A third at a time, and more is promised.
    let server = try LoopbackServer { [bytes] request, _ in
      var answer = LoopbackServer.Answer.file(bytes, request)
      answer.body = Array(answer.body.prefix(100_000))
      return answer
    }
    #expect(try pull(model(server.url())).error == nil)
    #expect(try program.read("models/m.onnx") == bytes)
    #expect(server.requests.map(\.from) == [nil, 100_000, 200_000])

    try FileManager.default.removeItem(atPath: program.path("models"))
    let dry = try LoopbackServer { [bytes] request, number in
      var answer = LoopbackServer.Answer.file(bytes, request)
      answer.body = number == 0 ? Array(answer.body.prefix(1000)) : []
      return answer
    }
    let error = try #require(try pull(model(dry.url())).error)
    #expect(error.status == .unreachable)
    #expect(error.description.contains("1000 of 300000 bytes are here"), "\(error)")
    #expect(names == ["m.onnx.part"])
    #expect(dry.requests.count == 2)
  }

  @Test func `a server that falls silent is left, and what came is kept`() throws {
    defer { program.remove() }
    let server = try LoopbackServer { [bytes, half] request, number in
      guard number == 0 else { return .init(length: bytes.count - half, stalls: true) }
      return .init(body: Array(bytes[..<half]), length: bytes.count, stalls: true)
    }
    let start = Date()
    let error = try #require(try pull(model(server.url())).error)
    #expect(error.status == .unreachable && error.description.contains("goes on from there"))
    #expect(Date().timeIntervalSince(start) < 20)
    #expect(try program.read("models/m.onnx.part") == Array(bytes[..<half]))
  }

  @Test func `other bytes than the catalogue's are not kept, and touch nothing`() throws {
    defer { program.remove() }
    try put("m.onnx", [1, 2, 3])
    let wrong = try LoopbackServer { [bytes] _, _ in
      .init(body: bytes.reversed(), length: bytes.count)
    }
    // Without a length, so that only the bytes themselves tell; and far more than fits a buffer.
    let long = try LoopbackServer { [bytes] _, _ in .init(body: bytes + bytes + bytes) }
    let said = try LoopbackServer { [bytes] _, _ in
      .init(body: bytes + [0], length: bytes.count + 1)
    }
    for (server, word) in [(wrong, "SHA-256"), (long, "more than"), (said, "300001 bytes")] {
      let error = try #require(try pull(model(server.url())).error)
      #expect(error.status == .badData)
      #expect(error.description.hasPrefix("m: ") && error.description.contains(word), "\(error)")
      #expect(names == ["m.onnx"])
      #expect(server.requests.count == 1)
    }
    #expect(try program.read("models/m.onnx") == [1, 2, 3])
  }

  @Test func `redirects are followed on this machine, bounded, and not out of it in plain`() throws
  {
    defer { program.remove() }
    let server = try LoopbackServer { [bytes] request, _ in
      switch request.path {
      case "/m.onnx": .redirect("/second")
      case "/second": .file(bytes, request)
      case "/round": .redirect("/round")
      case "/out": .redirect("http://192.0.2.1/m.onnx")
      case "/file": .redirect("file:///etc/passwd")
      default: .init(status: "302 Found", length: 0)
      }
    }
    #expect(try pull(model(server.url())).error == nil)
    #expect(try program.read("models/m.onnx") == bytes)
    try FileManager.default.removeItem(atPath: program.path("models"))
    let cases: [(String, OcelliTools.ExitStatus, String)] = [
      ("/round", .unreachable, "6 redirects"), ("/out", .badData, "without encryption"),
      ("/file", .badData, "no http(s) address"), ("/nowhere", .unreachable, "points nowhere"),
    ]
    for (path, status, word) in cases {
      let error = try #require(try pull(model(server.url(path))).error)
      #expect(error.status == status && error.description.contains(word), "\(error)")
    }
  }

  @Test func `what a server refuses is told with its reason`() throws {
    defer { program.remove() }
    let server = try LoopbackServer { request, _ in
      .init(status: "\(request.path.dropFirst()) No", body: Array("page".utf8), length: 4)
    }
    for (status, word) in [
      ("404", "no such file any more"), ("403", "refuses it"), ("503", "try later"),
      ("416", "refuses"),
    ] {
      let error = try #require(try pull(model(server.url("/\(status)"))).error)
      #expect(error.status == .unreachable && error.description.contains(word), "\(error)")
      #expect(error.description.contains(status))
    }
    let port = server.port
    withExtendedLifetime(server) {}
    // Nobody listens there any more, or never did.
    let error = try #require(try pull(model("http://127.0.0.1:1/m.onnx")).error)
    #expect(error.status == .unreachable && error.description.contains("cannot be reached"))
    #expect(port != 1)
  }

  @Test(arguments: [
    ("http://192.0.2.1/m.onnx", OcelliTools.ExitStatus.badData, "https only"),
    ("https://user:word@192.0.2.1/m.onnx", .badData, "user or a password"),
    ("ftp://192.0.2.1/m.onnx", .badData, "no http(s) address"),
    ("file:///etc/passwd", .badData, "no http(s) address"), ("", .badData, "no http(s) address"),
    ("http://127.0.0.1.example/m.onnx", .badData, "https only"),
  ])
  func `an address that the rules refuse is never asked`(
    _ url: String, _ status: OcelliTools.ExitStatus, _ word: String
  ) throws {
    defer { program.remove() }
    let error = try #require(try pull(model(url)).error)
    #expect(error.status == status && error.description.contains(word), "\(error)")
    #expect(!error.description.contains("word@"))
    #expect(names == [])
  }

  @Test func `a model that nobody passes on is told with where it comes from`() throws {
    defer { program.remove() }
    let error = try #require(try pull(model(nil)).error)
    #expect(error.status == .inputMissing && error.description.contains("models/m.onnx"))
  }

  @Test func `of two fetches at once one is told so, and the file is whole`() throws {
    defer { program.remove() }
    try put("m.onnx.part", [])
    let server = try LoopbackServer { [bytes] request, _ in .file(bytes, request) }
    do {
      let other = try PendingFile(program.path("models/m.onnx"), resuming: true)
      let error = try #require(try pull(model(server.url())).error)
      #expect(error.status == .output && error.description.contains("another program"))
      #expect(server.requests.isEmpty)
      other.suspend()
    }
    #expect(names == ["m.onnx.part"])
    #expect(try pull(model(server.url())).error == nil)
    #expect(try program.read("models/m.onnx") == bytes)
  }

  // MARK: The commands

  /// An entry of a user's own catalogue for `bytes` or for a model.
  private func entry(_ url: String, of bytes: [UInt8], _ more: String = "") throws {
    let text = """
      name: light
      about: "a light that is on"
      task: detect
      sha256: \(SHA256.hexadecimal(bytes.span))
      bytes: \(bytes.count)
      licence: MIT
      url: \(url)
      \(more)
      """
    try program.write("light.yaml", Array(text.utf8))
  }

  @Test func `a fetch that is killed is taken up by the next one`() throws {
    defer { program.remove() }
    let server = try LoopbackServer { [bytes, half] request, number in
      number == 0
        ? .init(body: Array(bytes[..<half]), length: bytes.count, stalls: true)
        : .file(bytes, request)
    }
    try entry(server.url(), of: bytes)
    let command = ["model", "pull", "light", "--catalogue", "light.yaml", "--to", "models"]
    let first = try program.start(command)
    let part = program.path("models/light.onnx.part")
    for _ in 0..<2000 {
      let size = (try? FileManager.default.attributesOfItem(atPath: part)[.size]) as? Int
      if size == half { break }
      usleep(5_000)
    }
    let listed = try program.run(
      "model", "list", "--catalogue", "light.yaml", "--to", "models", "--json")
    #expect(listed.data.contains(#""state":"part""#), "\(listed.data) \(listed.words)")
    kill(first.process.processIdentifier, SIGKILL)
    #expect(try first.wait().status == -SIGKILL)
    let second = try program.start(command).wait()
    #expect(second.status == 0, "\(second.words)")
    #expect(second.data == "models/light.onnx\n")
    #expect(second.words.contains("goes on from 150000 of 300000 bytes"))
    #expect(try program.read("models/light.onnx") == bytes)
    #expect(server.requests.map(\.from) == [nil, half])
  }

  @Test func `a name runs what was fetched, with what its entry says`() throws {
    defer { program.remove() }
    let model = TinyModel.lightDetector()
    let server = try LoopbackServer { request, _ in .file(model, request) }
    try entry(server.url(), of: model, "labels: [lamp]")
    try program.write("clip.y4m", RawClip.grey([235]))
    let environment = ["XDG_DATA_HOME": program.path("data")]
    func run(_ arguments: String...) throws -> Program.Outcome {
      try program.start(arguments, environment: environment).wait()
    }
    let pulled = try run("model", "pull", "light", "--catalogue", "light.yaml", "--quiet")
    #expect(pulled.status == 0 && pulled.words == "", "\(pulled.words)")
    #expect(pulled.lines == [program.path("data/ocelli/models/light.onnx")])
    let analyzed = try run("analyze", "clip.y4m", "-m", "light")
    #expect(analyzed.status == 0, "\(analyzed.words)")
    #expect(analyzed.data.contains(#""label":"lamp""#), "\(analyzed.data)")
    for arguments in [
      ["model", "inspect", "light"], ["model", "dump", "light"], ["model", "check", "light"],
      ["bench", "model", "light", "--repeat", "1"],
    ] {
      let outcome = try program.start(arguments, environment: environment).wait()
      #expect(outcome.status == 0, "\(arguments): \(outcome.words)")
    }
    let listed = try run("model", "list", "--catalogue", "light.yaml")
    #expect(listed.lines.count == 2 && listed.data.contains("here"), "\(listed.data)")
    try program.write("data/ocelli/models/light.onnx", Array(model.reversed()))
    #expect(try run("model", "list", "--catalogue", "light.yaml").data.contains("differs"))
  }

  @Test func `a name that is not here says how to fetch it, a mistyped one what was meant`() throws
  {
    defer { program.remove() }
    let environment = ["XDG_DATA_HOME": program.path("data"), "XDG_DATA_DIRS": program.path("no")]
    for (name, word) in [
      ("yunet-s-640", "ocelli model pull yunet-s-640"), ("yunet-s-64", "did you mean yunet-s-640"),
      ("mobilenetv2-224", "nobody passes it on"), ("none.onnx", "No such file"),
    ] {
      let outcome = try program.start(
        ["model", "inspect", name], environment: environment
      ).wait()
      #expect(outcome.status == 66, "\(name): \(outcome.words)")
      #expect(outcome.words.contains(word), "\(name): \(outcome.words)")
    }
    let unknown = try program.start(["model", "pull", "yunet"], environment: environment).wait()
    #expect(unknown.status == 64 && unknown.words.contains("not in the catalogue"))
    let listed = try program.start(["model", "list", "--json"], environment: environment).wait()
    #expect(listed.lines.count >= 11)
    #expect(
      listed.lines.allSatisfy { $0.contains(#""state":"absent""#) && $0.contains("https://") })
  }

  @Test func `a catalogue that cannot be understood is refused with the places`() throws {
    defer { program.remove() }
    try program.write("bad.yaml", Array("name: ../up\nsha256: 12\nurl: https://x/\n".utf8))
    let outcome = try program.run("model", "list", "--catalogue", "bad.yaml")
    #expect(outcome.status == 78)
    for word in ["name: must be there", "sha256: must be there", "bytes: must be there"] {
      #expect(outcome.words.contains(word), "\(outcome.words)")
    }
    #expect(try program.run("model", "list", "--catalogue", "none").status == 78)
  }
}
