import Foundation
import OcelliEvents
import Testing

/// `ocelli analyze` on many files, run, killed and taken up again as a user does it.
struct ManyFilesCommandTests {
  let program: Program

  init() throws {
    program = try Program()
    try program.write("light.onnx", TinyModel.lightDetector())
    try FileManager.default.createDirectory(
      atPath: program.path("clips/sub"), withIntermediateDirectories: true)
    try program.write("clips/b.y4m", RawClip.grey([16, 235, 126]))
    try program.write("clips/sub/a.y4m", RawClip.grey([235]))
    try program.write("clips/c.y4m", RawClip.grey([235, 235]))
    try program.write("clips/notes.txt", Array("no video".utf8))
    try program.write("clips/.hidden.y4m", RawClip.grey([16]))
  }

  func start(_ arguments: [String], input: FileHandle? = nil) throws -> Program.Running {
    try program.start(
      ["analyze", "-m", "light.onnx", "--head", "yolox"] + arguments, input: input)
  }

  func analyze(_ arguments: String...) throws -> Program.Outcome { try start(arguments).wait() }

  func text(_ name: String) throws -> String {
    String(decoding: try program.read(name), as: UTF8.self)
  }

  /// Every file below a folder, by its path in it.
  func tree(_ folder: String) -> [String: Data] {
    let root = program.path(folder)
    var found: [String: Data] = [:]
    for name in FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? [] {
      guard let data = FileManager.default.contents(atPath: root + "/" + name) else { continue }
      found[name] = data
    }
    return found
  }

  static func streams(_ outcome: Program.Outcome) throws -> [String] {
    try AnalyzeTests.frames(AnalyzeTests.validated(outcome.data)).compactMap {
      $0["stream"]?.string
    }
  }

  @Test func `folders, patterns and lists are files in a fixed order`() throws {
    defer { program.remove() }
    let whole = ["clips/b.y4m", "clips/b.y4m", "clips/b.y4m", "clips/c.y4m", "clips/c.y4m"]
    #expect(try Self.streams(try analyze("clips")) == whole + ["clips/sub/a.y4m"])
    #expect(try Self.streams(try analyze("clips/[a-c].y4m")) == whole)
    // What is named and what is found are one source; what is named twice is a mistake.
    #expect(try Self.streams(try analyze("clips/c.y4m", "clips/*.y4m")).count == 5)
    #expect(try analyze("clips/c.y4m", "clips/c.y4m").status == 64)

    try program.write("list", Array("clips/sub/a.y4m\n\nclips/c.y4m\r\n".utf8))
    let listed = ["clips/sub/a.y4m", "clips/c.y4m", "clips/c.y4m"]
    #expect(try Self.streams(try analyze("--files-from", "list")) == listed)
    try program.write("zeros", Array("clips/sub/a.y4m\0clips/c.y4m\0".utf8))
    let zeros = try FileHandle(forReadingFrom: program.folder.appendingPathComponent("zeros"))
    #expect(try Self.streams(try start(["--files-from", "-"], input: zeros).wait()) == listed)
  }

  @Test func `what names no source is refused by name`() throws {
    defer { program.remove() }
    try FileManager.default.createDirectory(
      atPath: program.path("empty"), withIntermediateDirectories: true)
    try program.write("none", Array("\n\n".utf8))
    try program.write("bad", Array("clips/c.y4m\nftp://host/x\n".utf8))
    let cases: [(arguments: [String], status: Int32, word: String)] = [
      (["empty"], 66, "empty"), (["no*.mp4"], 66, "no*.mp4"),
      (["--files-from", "missing"], 66, "missing"), (["--files-from", "none"], 66, "none"),
      (["--files-from", "bad"], 64, "bad:2"), (["clips", "--shard", "0/2"], 64, "--shard"),
      (["clips", "--shard", "3/2"], 64, "--shard"), (["clips", "--resume"], 64, "-o FOLDER/"),
      (["clips", "--resume", "-o", "lines.jsonl"], 64, "-o FOLDER/"),
      (["-", "-o", "out/"], 64, "-"),
      (["clips/b.y4m", "./clips/b.y4m", "-o", "out/"], 64, "both"),
      (["clips", "--progress", "-q"], 64, "--progress"),
    ]
    for (arguments, status, word) in cases {
      let outcome = try start(arguments).wait()
      #expect(outcome.status == status, "\(arguments): \(outcome.words)")
      #expect(outcome.words.contains(word), "\(arguments): \(outcome.words)")
      #expect(outcome.data.isEmpty)
    }
    #expect(tree("out").isEmpty)
  }

  @Test func `shards are every n-th source, share nothing and leave nothing out`() throws {
    defer { program.remove() }
    var seen: [String] = []
    for part in 1...4 {
      let outcome = try analyze("clips", "--shard", "\(part)/4")
      #expect(outcome.status == 0)
      seen += Set(try Self.streams(outcome))
      if part == 4 { #expect(outcome.words.contains("4/4 has no source")) }
    }
    #expect(seen == ["clips/b.y4m", "clips/c.y4m", "clips/sub/a.y4m"])
  }

  @Test func `a folder gets what each source alone would give, with any number of threads`() throws
  {
    defer { program.remove() }
    for threads in ["1", "2", "3"] {
      let outcome = try analyze("clips", "-o", "out\(threads)/", "--stable", "--threads", threads)
      #expect(outcome.status == 0, "\(outcome.words)")
      #expect(outcome.data.isEmpty)
    }
    let one = tree("out1")
    #expect(
      one.keys.sorted() == ["clips/b.y4m.jsonl", "clips/c.y4m.jsonl", "clips/sub/a.y4m.jsonl"])
    #expect(one == tree("out2") && one == tree("out3"))
    for (name, data) in one {
      let alone = try analyze(String(name.dropLast(".jsonl".count)), "--stable")
      #expect(alone.data == String(decoding: data, as: UTF8.self))
      try AnalyzeTests.validated(alone.data, stable: true)
    }
  }

  @Test func `one stream of lines is the same with pictures shared or split`() throws {
    defer { program.remove() }
    var outputs: Set<String> = []
    for (threads, share) in [("1", "auto"), ("2", "frames"), ("2", "split"), ("5", "frames")] {
      outputs.insert(
        try analyze("clips", "--stable", "--threads", threads, "--share", share).data)
    }
    #expect(outputs.count == 1)
  }

  @Test func `some that fail give 2, are named at the end, and have lines of their own`() throws {
    defer { program.remove() }
    try program.write("clips/junk.mp4", Array("no video at all\n".utf8))
    try program.write("list", Array("clips/b.y4m\nmissing.mp4\nclips/junk.mp4\n".utf8))
    let outcome = try analyze("--files-from", "list", "-o", "out")
    // A folder is one by its name or by being there.
    #expect(outcome.status == 2)
    #expect(!FileManager.default.fileExists(atPath: program.path("out/clips")))
    let folder = try analyze("--files-from", "list", "-o", "lines/")
    #expect(folder.status == 2)
    #expect(folder.words.contains("3 sources: 1 done, 2 failed"), "\(folder.words)")
    #expect(folder.words.contains("missing.mp4") && folder.words.contains("junk.mp4"))
    let lines = try AnalyzeTests.validated(try text("lines/missing.mp4.jsonl"))
    #expect(lines.contains { $0["type"]?.string == "error" })
    #expect(lines.last?["exit_code"]?.number == 66)
    // One failing source has its own status.
    #expect(try analyze("missing.mp4", "-o", "lines/").status == 66)

    // What failed is tried again, what is whole is not.
    let before = try modified("lines/clips/b.y4m.jsonl")
    try program.write("missing.mp4", RawClip.grey([235]))
    let again = try analyze("--files-from", "list", "-o", "lines/", "--resume")
    #expect(again.status == 2)
    #expect(again.words.contains("1 done, 1 done before, 1 failed"), "\(again.words)")
    #expect(try modified("lines/clips/b.y4m.jsonl") == before)
    #expect(try text("lines/missing.mp4.jsonl").contains(#""exit_code":0"#))
  }

  func modified(_ name: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: program.path(name))[.modificationDate] as? Date
  }

  @Test func `a source that was cut short counts as done, and is told again`() throws {
    defer { program.remove() }
    var whole = RawClip.grey([235, 16, 126])
    whole.removeLast(2000)
    try program.write("cut.y4m", whole)
    let first = try analyze("cut.y4m", "clips/c.y4m", "-o", "lines/", "--stable")
    let lines = tree("lines")
    let second = try analyze("cut.y4m", "clips/c.y4m", "-o", "lines/", "--stable", "--resume")
    #expect(first.status == second.status)
    #expect(tree("lines") == lines)
  }

  @Test func `another question or a newer source is asked again`() throws {
    defer { program.remove() }
    func resume(_ more: String...) throws -> String {
      try start(["clips", "-o", "lines/", "--resume"] + more).wait().words
    }
    #expect(try resume().contains("3 sources: 3 done"))
    #expect(try resume().contains("0 done, 3 done before"))
    #expect(try resume("--threads", "2").contains("3 done before"))
    for change in [["--confidence", "0.4"], ["--every", "2"], ["--mean", "3"], ["--stable"]] {
      #expect(
        try start(["clips", "-o", "lines/", "--resume"] + change).wait().words
          .contains("3 outdated outputs made anew"), "\(change)")
    }
    #expect(try resume("--stable").contains("3 done before"))
    try FileManager.default.setAttributes(
      [.modificationDate: Date().addingTimeInterval(60)], ofItemAtPath: program.path("clips/c.y4m"))
    #expect(try resume("--stable").contains("2 done before, 1 outdated outputs"))
  }

  @Test func `killed again and again and taken up, it gives the same bytes as undisturbed`() throws
  {
    defer { program.remove() }
    for index in 0..<12 {
      try program.write("many-\(index).y4m", RawClip.grey((0..<120).map { UInt8(16 + $0) }))
    }
    let arguments = ["many-*.y4m", "--stable", "--threads", "2"]
    #expect(try start(arguments + ["-o", "whole/"]).wait().status == 0)
    let whole = tree("whole")
    #expect(whole.count == 12)

    var kills = 0
    var kept: [String: Date] = [:]
    for _ in 0..<40 {
      let done = tree("killed").keys.count { $0.hasSuffix(".jsonl") }
      let running = try start(arguments + ["-o", "killed/", "--resume"])
      // Until it has done something more and is in the middle of the next.
      while running.process.isRunning {
        let now = tree("killed")
        if now.keys.count(where: { $0.hasSuffix(".jsonl") }) > done,
          now.contains(where: { $0.key.hasSuffix(".part") && $0.value.count > 1000 })
        {
          break
        }
        usleep(500)
      }
      if running.process.isRunning {
        kill(running.process.processIdentifier, SIGKILL)
        kills += 1
      }
      _ = try running.wait()
      for name in tree("killed").keys where name.hasSuffix(".jsonl") {
        // Under its name it is whole, and never written again.
        #expect(tree("killed")[name] == whole[name])
        let date = try modified("killed/" + name)
        if let before = kept[name] { #expect(before == date) }
        kept[name] = date
      }
      if kept.count == 12 { break }
    }
    #expect(kills >= 2, "it was killed in the middle \(kills) times")
    #expect(try start(arguments + ["-o", "killed/", "--resume"]).wait().status == 0)
    #expect(tree("killed") == whole)
  }

  @Test func `Ctrl-C leaves no half file, and the rest can be taken up`() throws {
    defer { program.remove() }
    try program.write("long.y4m", RawClip.grey([UInt8](repeating: 126, count: 3000)))
    let running = try start(["clips/c.y4m", "long.y4m", "-o", "lines/", "--stable"])
    while running.process.isRunning, tree("lines")["long.y4m.jsonl.part"]?.count ?? 0 < 1000 {
      usleep(500)
    }
    kill(running.process.processIdentifier, SIGINT)
    let outcome = try running.wait(limit: 10)
    #expect(outcome.status == 130)
    #expect(tree("lines").keys.sorted() == ["clips/c.y4m.jsonl"])
  }

  @Test func `two runs do not write one file`() throws {
    defer { program.remove() }
    try program.write("long.y4m", RawClip.grey([UInt8](repeating: 126, count: 3000)))
    let running = try start(["long.y4m", "-o", "lines/"])
    while running.process.isRunning, tree("lines")["long.y4m.jsonl.part"]?.count ?? 0 < 1000 {
      usleep(500)
    }
    // It stands still, so that it is not done before the other one begins.
    kill(running.process.processIdentifier, SIGSTOP)
    #expect(tree("lines").keys.contains("long.y4m.jsonl.part"))
    let second = try analyze("long.y4m", "-o", "lines/")
    #expect(second.status == 74)
    #expect(second.words.contains("another program is writing it"), "\(second.words)")
    kill(running.process.processIdentifier, SIGCONT)
    kill(running.process.processIdentifier, SIGTERM)
    _ = try running.wait(limit: 10)
  }

  /// Runs a line of shell in the program's folder; its status.
  static func shell(_ line: String, in folder: URL) -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Whether this user may mount a small file system.
  static let mayMount: Bool = {
    guard let probe = try? Program() else { return false }
    defer { probe.remove() }
    return shell(
      "mkdir d && mount -t tmpfs -o size=64k tmpfs d && umount d", in: probe.folder) == 0
  }()

  @Test(.enabled(if: mayMount, "no file system can be mounted here"))
  func `a full disk gives one clear error and no half file`() throws {
    defer { program.remove() }
    try program.write("long.y4m", RawClip.grey([UInt8](repeating: 235, count: 3000)))
    #expect(
      Self.shell("mkdir disk && mount -t tmpfs -o size=256k tmpfs disk", in: program.folder) == 0)
    defer { _ = Self.shell("umount disk", in: program.folder) }
    let outcome = try analyze("clips/c.y4m", "long.y4m", "clips/b.y4m", "-o", "disk/lines/", "-q")
    #expect(outcome.status == 74)
    #expect(outcome.words.split(separator: "\n").count == 1, "\(outcome.words)")
    #expect(outcome.words.contains("long.y4m.jsonl"), "\(outcome.words)")
    #expect(outcome.words.contains("No space left"), "\(outcome.words)")
    #expect(tree("disk").keys.sorted() == ["lines/clips/c.y4m.jsonl"])

    #expect(try analyze("long.y4m", "-o", "long.jsonl", "-q").status == 0)
    let convert = try program.run("convert", "long.jsonl", "--to", "coco", "-o", "disk/o.json")
    #expect(convert.status == 74)
    #expect(convert.words.contains("No space left"), "\(convert.words)")
    #expect(tree("disk").keys.sorted() == ["lines/clips/c.y4m.jsonl"])
  }

  @Test func `progress is said where it is asked for, and one time in so much is taken`() throws {
    defer { program.remove() }
    let outcome = try analyze("clips", "--progress", "--every", "200ms")
    #expect(outcome.status == 0)
    #expect(outcome.words.contains("/3 files"), "\(outcome.words)")
    let lines = try AnalyzeTests.validated(outcome.data)
    #expect(
      AnalyzeTests.frames(lines).map { $0["frame"]?.number } == [0, 2, 0, 0])
    #expect(lines[1]["sample"]?["every"]?.string == "0.2s")
    #expect(lines[0]["settings"]?["every"]?.string == "0.2s")
    #expect(!(try analyze("clips")).words.contains("files  "))
  }

  @Test func `lines become what other programs read`() throws {
    defer { program.remove() }
    #expect(try analyze("clips", "-o", "lines/").status == 0)
    let coco = try program.run("convert", "lines", "--to", "coco")
    #expect(coco.status == 0, "\(coco.words)")
    let data = try JSONValue(parsing: Array(coco.data.utf8))
    #expect(data["images"]?.array?.count == 6)
    #expect(data["annotations"]?.array?.count == 5)
    #expect(data["categories"]?.array?.first?["name"]?.string == "light")
    #expect(try program.run("convert", "lines", "--to", "mot").status == 64)
    #expect(try program.run("convert", "lines", "--to", "mot", "-o", "mot/").status == 0)
    #expect(tree("mot").keys.sorted() == ["clips/b.txt", "clips/c.txt", "clips/sub/a.txt"])
    let csv = try program.start(
      ["convert", "-", "--to", "csv"],
      input: try FileHandle(
        forReadingFrom: program.folder.appendingPathComponent("lines/clips/c.y4m.jsonl"))
    ).wait()
    #expect(csv.data.hasPrefix("stream,session,frame,"))
    #expect(csv.data.split(separator: "\r\n").count == 3)
    try program.write("bad.jsonl", Array("{\"v\":1,\"type\":\"frame\"}\n".utf8))
    let bad = try program.run("convert", "bad.jsonl", "--to", "csv", "-o", "bad.csv")
    #expect(bad.status == 65)
    #expect(bad.words.contains("bad.jsonl:1"))
    #expect(!FileManager.default.fileExists(atPath: program.path("bad.csv")))
  }
}
