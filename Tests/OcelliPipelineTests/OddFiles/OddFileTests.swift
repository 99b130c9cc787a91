import Foundation
import OcelliEvents
import OcelliMedia
import OcelliVocabulary
import Testing

/// What one odd file gives.
struct OddFile: Sendable, CustomTestStringConvertible {
  let name: String
  /// Frame lines.
  let frames: Int
  /// Pictures lost as `corrupt`.
  let damaged: Int
  let exitCode: Int
  /// The word of its one error line.
  let code: String?
  /// Of the upright pictures.
  let sizes: String
  /// Why this is not what FFmpeg gives.
  let reason: String?

  var testDescription: String { name }

  init(
    _ name: String, _ frames: Int, damaged: Int = 0, exit exitCode: Int = 0, _ code: String? = nil,
    _ sizes: String = "", _ reason: String? = nil
  ) {
    self.name = name
    self.frames = frames
    self.damaged = damaged
    self.exitCode = exitCode
    self.code = code
    self.sizes = sizes
    self.reason = reason
  }

  var path: String { SharedMaterial.oddFiles! + "/" + name }
}

/// What FFmpeg's own programs make of an odd file, by the material's record.
struct OddRecord {
  let name: String
  /// `good`, `partial` or `refused`.
  let ought: String
  /// Pictures that one thread of libavcodec gives.
  let frames: Int

  static func all() throws -> [OddRecord] {
    let data = try Data(
      contentsOf: URL(fileURLWithPath: SharedMaterial.oddFiles! + "/expect.json"))
    let record = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let files = try #require(record?["files"] as? [[String: Any]])
    return try files.map { file in
      OddRecord(
        name: try #require(file["file"] as? String), ought: try #require(file["ought"] as? String),
        frames: file["one_thread_frames"] as? Int ?? 0)
    }
  }
}

@Suite("Odd files", .serialized, .enabled(if: SharedMaterial.hasOddFiles))
struct OddFileTests {
  /// The table was made with the FFmpeg that the material was made with.
  static let isSameFFmpeg = MediaLibraries.all.contains {
    $0.name == "libavcodec" && $0.running.hasPrefix("59.")
  }

  @Test(
    "an odd file gives what the table says, and every line of it is sound", arguments: OddFile.all)
  func table(file: OddFile) throws {
    let run = try OddRun(file.path)
    #expect(run.lines.frames.map(\.stamp.pts) == run.lines.frames.map(\.stamp.pts).sorted())
    #expect(Set(run.lines.frames.map(\.stamp.pts)).count == run.frames, "times rise")
    #expect(run.lines.end?.exitCode == run.exitCode)
    #expect(run.codes.count == (run.exitCode == 0 ? 0 : 1), "one error line: \(run.codes)")
    for line in run.lines.errors {
      #expect(line.message.contains(file.name), "it names the file: \(line.message)")
    }
    // Another FFmpeg decodes more, or mends differently; what it refuses it must still refuse.
    guard Self.isSameFFmpeg else { return }
    let words = run.lines.errors.first?.message ?? "no error"
    #expect(run.frames == file.frames, "\(words)")
    #expect(run.damaged == file.damaged, "\(words)")
    #expect(run.exitCode == file.exitCode, "\(words)")
    #expect(run.codes.first == file.code, "\(words)")
    #expect(run.sizes.joined(separator: " ") == file.sizes)
  }

  @Test("the table has every file, and every difference from FFmpeg has its reason")
  func reasons() throws {
    let records = try OddRecord.all()
    #expect(Set(records.map(\.name)) == Set(OddFile.all.map(\.name)))
    #expect(OddFile.all.count == records.count)
    for file in OddFile.all {
      let record = try #require(records.first { $0.name == file.name })
      let isRefused = file.frames == 0 && file.exitCode != 0
      let agrees =
        file.frames + file.damaged == record.frames
        && (record.ought == "good") == (file.exitCode == 0)
        && (record.ought == "refused") == (isRefused && file.damaged == 0)
      #expect(agrees == (file.reason == nil), "\(file.name): ought \(record.ought)")
    }
  }

  @Test(
    "a damaged file gives the same lines every time, whatever the threads did",
    arguments: [
      "corrupt_mid.mp4", "corrupt_start.mp4", "corrupt_hevc.mp4", "corrupt_mpeg4.avi", "loss.ts",
      "corrupt_av1.mp4", "corrupt.webm", "codec_change.ts", "corrupt_ffv1.mkv", "corrupt_mjpeg.avi",
    ])
  func stable(name: String) throws {
    let path = SharedMaterial.oddFiles! + "/" + name
    let first = try OddRun(path).bytes
    for _ in 0..<4 {
      let isSame = try OddRun(path).bytes == first
      #expect(isSame)
    }
    for threads in [1, 2, 3] {
      var options = MediaOptions()
      options.decoderThreads = threads
      let isSame = try OddRun(path, options: options).bytes == first
      #expect(isSame, "\(threads) threads")
    }
  }

  @Test("damaged pictures are analysed where they are asked for, and the error stays")
  func lenient() throws {
    let path = SharedMaterial.oddFiles! + "/corrupt_mid.mp4"
    let run = try OddRun(path, analysesCorrupt: true)
    #expect(run.frames == 49 && run.damaged == 0)
    #expect(run.codes == ["damaged"] && run.exitCode == 2)
    let strict = try OddRun(path)
    let gap = try #require(strict.lines.gaps.first)
    #expect(gap.cause == .corrupt && gap.fromPTS! > 0)
    #expect(strict.lines.gaps.compactMap(\.frames).reduce(0, +) == strict.damaged)
  }

  @Test("a part of a file that is larger than any memory is bad data, and the file is named")
  func largePart() throws {
    let source = URL(fileURLWithPath: SharedMaterial.oddFiles! + "/tiny_16x16.mp4")
    var bytes = [UInt8](try Data(contentsOf: source))
    // A description of an unknown codec that goes far beyond its box.
    let entry = try #require(
      bytes.indices.dropLast(20).first { Array(bytes[$0..<$0 + 4]) == Array("stsd".utf8) })
    bytes.replaceSubrange(entry + 14...entry + 16, with: [0xFF, 0xFE, 0x7F])
    let path = NSTemporaryDirectory() + "ocelli-large-part-\(UUID().uuidString).mp4"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try OddRun(path)
    #expect(run.codes == ["invalid_data"] && run.exitCode == 65)
    #expect(run.lines.errors.first?.message.contains(path) == true)
  }

  @Test(
    "times are mended: wraps are unwound, steps back begin a new stretch",
    arguments: [
      ("ts_wrap.ts", 1.96), ("ts_wrap_b.ts", 1.96), ("ts_jump_back.ts", 1.96),
      ("ts_jump_forward.ts", 3600.96), ("mkv_pts_back.mkv", 1.96), ("mkv_pts_same.mkv", 1.96),
      ("mkv_pts_forward.mkv", 21.96), ("start_1e6s.mkv", 0.96), ("raw.h264", 1.96),
      ("h264_b.avi", 1.96), ("edit_trim.mp4", 0.96), ("slow_0.1fps.mp4", 90), ("av1.obu", 0.36),
      ("fast_1000fps.mp4", 0.049),
    ])
  func times(name: String, last: Double) throws {
    let run = try OddRun(SharedMaterial.oddFiles! + "/" + name)
    #expect(run.lines.frames.first?.stamp.pts == 0)
    #expect(abs(try #require(run.lines.frames.last?.stamp.pts) - last) < 0.002)
  }
}
