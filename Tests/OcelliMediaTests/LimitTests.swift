import Foundation
import OcelliMedia
import OcelliPicture
import Testing

/// The process's memory by the kernel's books. Units: MiB.
enum Memory {
  /// What is resident at most since `resetPeak`.
  static var peak: Int { field("VmHWM:") }
  static var now: Int { field("VmRSS:") }

  static func resetPeak() {
    let file = unsafe open("/proc/self/clear_refs", O_WRONLY)
    guard file >= 0 else { return }
    _ = unsafe write(file, "5", 1)
    close(file)
  }

  private static func field(_ name: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) / 1024
  }
}

@Suite("Limits of a source", .serialized)
struct LimitTests {
  @Test(
    "a small file that asks for much memory is refused with little",
    .enabled(if: SharedMaterial.hasOddFiles),
    arguments: [
      "bomb_rgb_9000.png", "bomb_mono_16000.png", "big_8192x8192.mp4", "huge_16000.jpg",
      "huge_65535.jpg", "huge_65535.gif", "huge_65535.bmp", "huge_100000.png", "huge_16383.ivf",
      "huge_65535.y4m", "huge_15000.y4m", "raw_sps_65536.h264", "raw_sps_8192.h264",
    ])
  func bombs(name: String) throws {
    let path = SharedMaterial.videos! + "/odd/" + name
    let before = Memory.now
    Memory.resetPeak()
    let reading = try Reading(path: path)
    #expect(reading.frames == 0)
    switch reading.error {
    case .unsupported(let words)?:
      #expect(words.contains("limit of") && words.contains("--max-pixels"))
    case .invalidData?: break
    default: Issue.record("\(String(describing: reading.error))")
    }
    // Other suites run beside; a bomb would take 243 MiB and more.
    #expect(Memory.peak - before < 200, "\(Memory.peak - before) MiB")
  }

  @Test("a higher limit lets a large picture through", .enabled(if: SharedMaterial.hasOddFiles))
  func raised() throws {
    var options = MediaOptions()
    options.limits.maxPixels = 81_000_000
    let reading = try Reading(
      path: SharedMaterial.videos! + "/odd/bomb_rgb_9000.png", options: options)
    #expect(reading.error == nil)
    #expect(reading.sizes == ["9000x9000"])
  }

  /// An MP4 whose sample table claims `count` samples of one size: an index of 24 bytes each.
  func sampleBomb(_ count: UInt32) -> [UInt8] {
    func number(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
    }
    func box(_ name: String, _ content: [UInt8]) -> [UInt8] {
      number(UInt32(content.count + 8)) + [UInt8](name.utf8) + content
    }
    let none = number(0)
    let visual =
      none + [0, 0, 0, 1] + [UInt8](repeating: 0, count: 16) + [0, 64, 0, 64]
      + number(0x48_0000) + number(0x48_0000) + none + [0, 1]
      + [UInt8](repeating: 0, count: 32) + [0, 24, 255, 255]
    let table =
      box("stsd", none + number(1) + box("mp4v", visual))
      + box("stts", none + number(1) + number(count) + number(1))
      + box("stsc", none + number(1) + number(1) + number(count) + number(1))
      + box("stsz", none + number(1) + number(count)) + box("stco", none + number(1) + number(48))
    let media =
      box("mdhd", none + none + none + number(1_000) + number(count) + none)
      + box("hdlr", none + none + [UInt8]("vide".utf8) + [UInt8](repeating: 0, count: 13))
      + box("minf", box("vmhd", number(1) + none + none) + box("stbl", table))
    return box("ftyp", [UInt8]("isom".utf8) + none + [UInt8]("isom".utf8))
      + box("moov", box("trak", box("mdia", media))) + box("mdat", [UInt8](repeating: 1, count: 64))
  }

  @Test(
    "an index that claims hundreds of millions of samples is bounded",
    arguments: [
      UInt32(30_000_000), 80_000_000, 2_000_000_000, .max,
    ])
  func index(count: UInt32) throws {
    let scratch = Scratch()
    let path = scratch.file("bomb.mp4", sampleBomb(count))
    let before = Memory.now
    Memory.resetPeak()
    let start = ContinuousClock.now
    let reading = try Reading(path: path)
    #expect(reading.frames == 0 && reading.error != nil)
    #expect(Memory.peak - before < 1_200, "\(Memory.peak - before) MiB")
    #expect(start.duration(to: .now) < .seconds(20))
  }

  @Test("a container with more streams than allowed is refused")
  func streams() throws {
    let scratch = Scratch()
    var options = MediaOptions()
    options.limits.maxStreams = 1
    #expect(try Reading(path: try scratch.video(), options: options).frames == 20)
    guard SharedMaterial.hasOddFiles else { return }
    let path = SharedMaterial.videos! + "/odd/two_videos.mkv"
    #expect(try Reading(path: path, options: options).error != nil)
  }

  @Test(
    "no name opens anything but a file of that name",
    arguments: [
      "concat:/etc/hostname|/etc/hostname", "subfile,,start,0,end,10,,:/etc/hostname",
      "data:video/mp4;base64,AAAA", "crypto:/etc/hostname", "file:/etc/hostname", "pipe:0",
      "cache:/etc/hostname", "async:/etc/hostname", "lavfi:testsrc", "tee:/tmp/x", "md5:",
    ])
  func protocols(name: String) throws {
    guard case .notFound(let words) = try Reading(path: name).error else {
      Issue.record("\(name) is no file")
      return
    }
    #expect(words.contains(name))
  }

  @Test(
    "an address of another kind is refused at once",
    arguments: [
      "udp://127.0.0.1:1", "tcp://127.0.0.1:1", "ftp://127.0.0.1/x", "srt://127.0.0.1:1",
      "gopher://127.0.0.1/", "sftp://h/x", "smb://h/x", "concat://x", "data://x",
    ])
  func schemes(name: String) {
    guard case .unsupported? = failure({ _ = try SourceAddress(parsing: name) }) else {
      Issue.record("\(name) is taken")
      return
    }
  }

  @Test("a file that shrinks while it is read ends with what was there")
  func shrinks() throws {
    let scratch = Scratch()
    let path = scratch.file("x.raw", [UInt8](repeating: 7, count: 64 * 64 * 500))
    var options = MediaOptions()
    options.rawVideo = try RawVideo(width: 64, height: 64, pixelFormat: "gray")
    let source = MediaSource(try SourceAddress(parsing: path), options: options)
    _ = try source.open()
    defer { source.close() }
    guard case .picture = try source.read() else {
      Issue.record("no picture")
      return
    }
    let cut = unsafe truncate(path, 64 * 64 * 300 - 1_000)
    #expect(cut == 0)
    var frames = 1
    let error = failure {
      while case .picture = try source.read() { frames += 1 }
    }
    #expect(frames == 299)
    guard case .damaged? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
