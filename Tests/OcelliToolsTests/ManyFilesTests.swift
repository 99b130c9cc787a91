import Foundation
import OcelliTools
import Testing

struct OutputTreeTests {
  @Test(arguments: [
    ("a.mp4", "out/a.mp4.jsonl"), ("clips/a.mp4", "out/clips/a.mp4.jsonl"),
    ("./clips//a.mp4", "out/clips/a.mp4.jsonl"), ("/data/a.mp4", "out/data/a.mp4.jsonl"),
    ("../../etc/a", "out/etc/a.jsonl"), ("a/../../b", "out/b.jsonl"), ("..", "out/_.jsonl"),
    ("a b/日本.mp4", "out/a b/日本.mp4.jsonl"),
  ])
  func `an output stands below the folder at its source's path, never outside`(
    _ source: String, _ path: String
  ) {
    #expect(OutputTree("out//").path(of: source, adding: ".jsonl") == path)
  }
}

struct FilesProgressTests {
  func progress(
    done: Int, failed: Int = 0, before: Int = 0, share: Double = 0
  ) -> FilesProgress {
    FilesProgress(
      done: done, failed: failed, total: 40, before: before, frames: 1000, share: share,
      name: "clips/a.mp4", elapsed: 20)
  }

  @Test func `files, failures, rate and what remains`() {
    #expect(
      progress(done: 10, failed: 1).line(columns: 100)
        == "10/40 files  1 failed  1000 frames  50.0 fps  ETA 1:00  clips/a.mp4")
    #expect(
      progress(done: 0).line(columns: 100) == "0/40 files  1000 frames  50.0 fps  clips/a.mp4")
  }

  @Test func `what an earlier run did took no time of this one`() {
    #expect(progress(done: 20, before: 10).remaining == 40)
    #expect(progress(done: 20, before: 20).remaining == nil)
    #expect(progress(done: 20, before: 20, share: 0.5).remaining == 780)
    #expect(progress(done: 40).remaining == 0)
  }

  @Test func `no line is longer than the terminal`() {
    for columns in 0..<120 {
      #expect(progress(done: 12).line(columns: columns).count <= max(columns - 1, 0))
    }
  }
}

struct ShardTests {
  @Test func `there is no part 0, none past the last and none of nothing`() {
    #expect(Shard(1, of: 1) != nil && Shard(3, of: 3) != nil)
    for (index, count) in [(0, 2), (3, 2), (-1, 2), (1, 0), (1, -1)] {
      #expect(Shard(index, of: count) == nil)
    }
  }
}

struct PendingFileTests {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "pending-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? []
  }

  @Test func `it appears when it is committed, whole, in place of the old one`() throws {
    let path = folder.appending(path: "f").path
    try Data("old".utf8).write(to: URL(filePath: path))
    // What a killed program left.
    try Data("half".utf8).write(to: URL(filePath: path + ".part"))
    let file = try PendingFile(path)
    let bytes = Array("new".utf8)
    try unsafe file.write(bytes.span.bytes)
    #expect(try String(contentsOf: URL(filePath: path), encoding: .utf8) == "old")
    try file.commit()
    #expect(try String(contentsOf: URL(filePath: path), encoding: .utf8) == "new")
    #expect(names == ["f"])
  }

  @Test func `one that is let go leaves nothing, and one that is written elsewhere is refused`()
    throws
  {
    let path = folder.appending(path: "f").path
    do {
      let first = try PendingFile(path)
      do {
        _ = try PendingFile(path)
        Issue.record("two write one file")
      } catch { #expect("\(error)".contains("another program")) }
      #expect(names == ["f.part"])
      withExtendedLifetime(first) {}
    }
    #expect(names == [])
    do {
      _ = try PendingFile(folder.path)
      Issue.record("a folder is no file")
    } catch { #expect(error.status == .output) }
    do {
      _ = try PendingFile(folder.appending(path: "no/f").path)
      Issue.record("no such folder")
    } catch { #expect(error.status == .output) }
  }
}
