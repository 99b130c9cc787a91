import Foundation
import OcelliEvents
import Testing

/// `ocelli analyze`, run as a user runs it, on clips and a model that the test writes itself.
struct AnalyzeTests {
  let program: Program

  init() throws {
    program = try Program()
    try program.write("light.onnx", TinyModel.lightDetector())
    try program.write("clip.y4m", RawClip.grey([16, 235, 126, 16, 235]))
  }

  /// Every line is valid, numbered without a hole, the first a `hello`, the last an `end`, and the sums
  /// of the last hold.
  @discardableResult
  static func validated(_ text: String, stable: Bool = false) throws -> [JSONValue] {
    let validator = try LineValidator(stable: stable)
    #expect(text.hasSuffix("\n"))
    let lines = try text.split(separator: "\n").map { try validator.validate(Array($0.utf8)) }
    #expect(lines.map { $0["seq"]?.number } == lines.indices.map { Double($0) })
    #expect(lines.first?["type"]?.string == "hello")
    let end = try #require(lines.last)
    #expect(end["type"]?.string == "end")
    let lost = end["frames"]?["lost"]?.members.reduce(0.0) { $0 + ($1.value.number ?? 0) } ?? 0
    let analysed = end["frames"]?["analysed"]?.number ?? -1
    #expect(end["frames"]?["received"]?.number == analysed + lost)
    #expect(Double(lines.count { $0["type"]?.string == "frame" }) == analysed)
    return lines
  }

  static func frames(_ lines: [JSONValue]) -> [JSONValue] {
    lines.filter { $0["type"]?.string == "frame" }
  }

  func analyze(_ arguments: String...) throws -> Program.Outcome {
    try program.start(["analyze", "-m", "light.onnx", "--head", "yolox"] + arguments).wait()
  }

  @Test func `a raw clip gives exactly these lines`() throws {
    defer { program.remove() }
    let outcome = try analyze("clip.y4m", "--stable", "--quiet")
    #expect(outcome.status == 0)
    #expect(outcome.words == "")
    try Self.validated(outcome.data, stable: true)
    let lines = outcome.lines.filter { $0.contains("\"type\":\"frame\"") }
    // Luma y is grey v = (y − 16) · 255 / 219; with the letterbox's rows the input's mean is
    // (24 v + 8 · 114) / 32, and the confidence that of 255.
    let found = { (confidence: String) in
      #"[{"class_id":0,"label":"light","confidence":\#(confidence),"box":[8.0,16.0,40.0,32.0]}]"#
    }
    let objects = ["[]", found("0.8618"), found("0.4885"), "[]", found("0.8618")]
    #expect(lines.count == objects.count)
    for (index, line) in lines.enumerated() {
      #expect(
        line.contains(#""stream":"clip.y4m","session":1,"frame":\#(index),"pts":0.\#(index)"#))
      #expect(line.hasSuffix(#""width":64,"height":48,"objects":\#(objects[index])}"#), "\(line)")
    }
  }

  @Test func `the same file gives the same bytes with 1 and with 2 threads`() throws {
    defer { program.remove() }
    var outputs: Set<String> = []
    for threads in ["1", "2", "1", "2"] {
      outputs.insert(try analyze("clip.y4m", "--stable", "--threads", threads).data)
    }
    #expect(outputs.count == 1)
  }

  @Test func `what is filtered, sampled and cut is counted`() throws {
    defer { program.remove() }
    let every = try Self.validated(try analyze("clip.y4m", "--every", "2").data)
    #expect(Self.frames(every).map { $0["frame"]?.number } == [0, 2, 4])
    #expect(every.last?["frames"]?["lost"]?["sampling"]?.number == 2)

    let fps = try Self.validated(try analyze("clip.y4m", "--fps", "5").data)
    #expect(Self.frames(fps).map { $0["frame"]?.number } == [0, 2, 4])

    let sure = try Self.validated(try analyze("clip.y4m", "--confidence", "0.5").data)
    #expect(Self.frames(sure).map { $0["objects"]?.array?.count } == [0, 1, 0, 0, 1])

    let short = try Self.validated(try analyze("clip.y4m", "--duration", "200ms").data)
    #expect(Self.frames(short).count == 2)
    #expect(short.last?["reason"]?.string == "duration")
  }

  @Test func `a class that the model lacks is refused with those that it has`() throws {
    defer { program.remove() }
    let outcome = try analyze("clip.y4m", "--classes", "dark")
    #expect(outcome.status == 65)
    #expect(outcome.data == "")
    #expect(outcome.words.contains("light"))
    #expect(try analyze("clip.y4m", "--classes", "light").status == 0)
  }

  @Test func `lines go into a file whole, and the file is replaced`() throws {
    defer { program.remove() }
    try program.write("lines.jsonl", Array("old\n".utf8))
    let outcome = try analyze("clip.y4m", "-o", "lines.jsonl")
    #expect(outcome.status == 0)
    #expect(outcome.data == "")
    let text = String(decoding: try program.read("lines.jsonl"), as: UTF8.self)
    #expect(Self.frames(try Self.validated(text)).count == 5)
  }

  @Test func `a stream on stdin is analysed`() throws {
    defer { program.remove() }
    let clip = try FileHandle(forReadingFrom: program.folder.appendingPathComponent("clip.y4m"))
    let outcome = try program.start(
      ["analyze", "-m", "light.onnx", "--head", "yolox", "-"], input: clip
    ).wait()
    #expect(outcome.status == 0)
    #expect(Self.frames(try Self.validated(outcome.data)).count == 5)
  }

  @Test func `several sources run in the order given, and one that fails gives 2`() throws {
    defer { program.remove() }
    let outcome = try analyze("clip.y4m", "missing.mp4")
    #expect(outcome.status == 2)
    #expect(outcome.words.contains("missing.mp4"))
    let lines = try Self.validated(outcome.data)
    #expect(Self.frames(lines).count == 5)
    #expect(
      lines.contains { $0["type"]?.string == "error" && $0["stream"]?.string == "missing.mp4" })
    #expect(lines.last?["exit_code"]?.number == 2)

    try program.write("second.y4m", RawClip.grey([235]))
    let both = try Self.validated(try analyze("second.y4m", "clip.y4m").data)
    #expect(
      Self.frames(both).map { $0["stream"]?.string }
        == ["second.y4m"] + [String](repeating: "clip.y4m", count: 5))
  }

  @Test func `each failure has its own status, and its words are on stderr`() throws {
    defer { program.remove() }
    try program.write("text.mp4", Array("no video at all\n".utf8))
    try program.write("empty.mp4", [])
    try program.write("bad.onnx", Array("no model".utf8))
    let cases: [(arguments: [String], status: Int32, word: String)] = [
      (["missing.mp4"], 66, "missing.mp4"),
      (["text.mp4"], 65, "text.mp4"),
      (["empty.mp4"], 65, "empty.mp4"),
      (["clip.y4m", "-m", "missing.onnx"], 66, "missing.onnx"),
      (["clip.y4m", "-m", "bad.onnx"], 65, "bad.onnx"),
      (["clip.y4m", "-m", "."], 65, "folder"),
      (["clip.y4m", "-o", "/dev/full"], 74, "No space left"),
      (["clip.y4m", "-o", "no/such/folder/lines"], 74, "no/such/folder"),
      (["rtsp://127.0.0.1:1/x"], 69, "127.0.0.1"),
      (["http://127.0.0.1:1/x.mp4"], 69, "127.0.0.1"),
      (["ftp://host/x"], 64, "ftp"),
      (["/dev/video63"], 66, "/dev/video63"),
      (["clip.y4m", "clip.y4m"], 64, "twice"),
    ]
    for (arguments, status, word) in cases {
      let outcome = try program.start(["analyze", "--quiet"] + arguments).wait()
      #expect(outcome.status == status, "\(arguments): \(outcome.words)")
      #expect(outcome.words.contains(word), "\(arguments): \(outcome.words)")
      if !outcome.data.isEmpty {
        let end = try Self.validated(outcome.data).last
        #expect(end?["exit_code"]?.number == Double(status), "\(arguments)")
      }
    }
  }

  @Test(.enabled(if: getuid() != 0, "root may read everything"))
  func `a file that this user may not read gives 77`() throws {
    defer { program.remove() }
    unsafe chmod(program.path("clip.y4m"), 0)
    #expect(try analyze("clip.y4m").status == 77)
  }

  @Test func `a password never appears`() throws {
    defer { program.remove() }
    let outcome = try program.run("analyze", "rtsp://user:c4n4ry@127.0.0.1:1/x")
    #expect(outcome.status == 69)
    #expect(!(outcome.data + outcome.words).contains("c4n4ry"))
  }

  @Test func `stdout on a full disk gives 74`() throws {
    defer { program.remove() }
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let outcome = try program.start(["analyze", "clip.y4m", "-q"], output: full).wait()
    #expect(outcome.status == 74)
    #expect(outcome.words.contains("No space left"))
  }

  @Test func `a reader that leaves ends it quietly with 0`() throws {
    defer { program.remove() }
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let outcome = try program.start(
      ["analyze", "clip.y4m", "-q"], output: pipe.fileHandleForWriting
    ).wait()
    #expect(outcome.status == 0)
    #expect(outcome.words == "")
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
  func `a signal ends it with an end line and its own status`(
    _ signal: Int32, _ status: Int32
  ) throws {
    defer { program.remove() }
    // A pipe that is never closed: without the signal it would wait for ever.
    let pipe = Pipe()
    let running = try program.start(
      ["analyze", "-m", "light.onnx", "--head", "yolox", "-"], input: pipe.fileHandleForReading)
    try pipe.fileHandleForWriting.write(contentsOf: Data(RawClip.grey([16, 235, 126])))
    let deadline = Date().addingTimeInterval(20)
    while try !String(decoding: Data(contentsOf: running.data), as: UTF8.self).contains(
      "\"frame\":1"),
      Date() < deadline
    { usleep(20_000) }
    kill(running.process.processIdentifier, signal)
    let outcome = try running.wait(limit: 10)
    #expect(outcome.status == status)
    let lines = try Self.validated(outcome.data)
    #expect(lines.last?["reason"]?.string == "signal")
    #expect(lines.last?["exit_code"]?.number == Double(status))
    #expect(Self.frames(lines).count >= 2)
    withExtendedLifetime(pipe) {}
  }

  @Test func `the first input tensor is written, and the model gives the same on it again`() throws
  {
    defer { program.remove() }
    let outcome = try analyze("clip.y4m", "--dump-input", "first.npy", "--duration", "100ms")
    #expect(outcome.status == 0)
    let file = try program.read("first.npy")
    #expect(String(decoding: file.prefix(128), as: UTF8.self).contains("(1, 3, 32, 32)"))
    // Black above, the pad's 114 in the last eight rows.
    let values = stride(from: file.count - 3 * 32 * 32 * 4, to: file.count, by: 4).map { place in
      Float(
        bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(file[place + $1]) << UInt32($1 * 8) })
    }
    #expect(values[0..<24 * 32].allSatisfy { $0 == 0 })
    #expect(values[24 * 32..<32 * 32].allSatisfy { $0 == 114 })
    let again = try program.run(
      "model", "run", "light.onnx", "--input", "images=first.npy", "--output-dir", "out")
    #expect(again.status == 0, "\(again.words)")
    #expect(again.lines == ["out/output.npy"])
    #expect(try program.read("out/output.npy").count == 128 + 21 * 6 * 4)
  }
}
