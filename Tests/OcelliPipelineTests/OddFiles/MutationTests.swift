import Foundation
import OcelliMedia
import OcelliPlumbing
import Synchronization
import Testing

/// What may wait for a source in one mutation run.
private enum Bounds {
  /// Units: seconds for one mutant, above which the run is ended: it hangs.
  static let seconds = 60
  /// Units: MiB that the process may grow over all mutants, caches and arenas included.
  static let growth = 256
}

/// Files of the material, changed by a seeded generator: whatever the bytes, a source ends with
/// pictures, an error or both. `OCELLI_MUTANTS` says how many; a few hundred by itself.
@Suite("Mutants of the odd files", .serialized, .enabled(if: SharedMaterial.hasOddFiles))
struct MutationTests {
  /// One or more of each container and decoder, all small.
  static let seeds = [
    "h264_main.mp4", "h264_10bit.mp4", "hevc_8.mp4", "av1_svt.mp4", "mpeg4_b.mp4", "frag.mp4",
    "edit_repeat.mp4", "rot90.mp4", "tiny_16x16.mp4", "h264_422_10_intra.mov", "prores.mov",
    "png_rgba.mov", "jpeg2000.mov", "h264_opengop.mkv", "ffv1.mkv", "dirac_vc2.mkv",
    "subtitles_first.mkv", "vp8.webm", "vp9.webm", "vp9_size_change.ivf", "av1_rav1e.ivf",
    "av1.obu", "h264_bff.ts", "mpeg2.ts", "hevc_opengop.ts", "size_change.ts", "mpeg1.mpg",
    "mpeg4_packed.avi", "mjpeg_j420.avi", "raw_bgr24_bottomup_95.avi", "dv.avi", "huffyuv.avi",
    "flv1.flv", "wmv2.wmv", "theora.ogv", "h263.3gp", "raw_pal8.nut", "raw420.y4m", "raw.h264",
    "raw.h265", "mpeg2_422.m2v", "raw.mjpeg", "multipart.mpjpeg", "anim.gif", "anim.apng",
    "still.jpg", "still.webp", "still.tiff", "still.bmp", "still.jp2", "png_adam7.png",
    "jpeg_exif_5.jpg",
  ]

  static var count: Int {
    ProcessInfo.processInfo.environment["OCELLI_MUTANTS"].flatMap(Int.init) ?? 260
  }

  @Test("no mutant of a file crashes, hangs or leaks")
  func mutants() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("ocelli-mutants-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("mutant").path
    let watch = Watch()
    defer { watch.end() }
    let random = Mutation(seed: 20_261_125)
    var (whole, partly, refused) = (0, 0, 0)
    var before = 0
    for index in 0..<Self.count {
      let name = Self.seeds[index % Self.seeds.count]
      let bytes = [UInt8](
        try Data(contentsOf: URL(fileURLWithPath: SharedMaterial.oddFiles! + "/" + name)))
      try Data(random.change(bytes)).write(to: URL(fileURLWithPath: path))
      watch.begin("\(index) of \(name): \(path)")
      // The caches of the first round are no leak.
      if index == Self.seeds.count { before = Self.residentMiB }
      let run = try OddRun(path)
      switch (run.frames, run.exitCode) {
      case (0, 0): Issue.record("mutant \(index) of \(name): no frame and no error")
      case (0, _): refused += 1
      case (_, 0): whole += 1
      default: partly += 1
      }
      #expect(run.codes.count == (run.exitCode == 0 ? 0 : 1), "mutant \(index) of \(name)")
    }
    let growth = before > 0 ? Self.residentMiB - before : 0
    print(
      "\(Self.count) mutants: \(whole) whole, \(partly) with an error behind their pictures, "
        + "\(refused) without a picture; \(growth) MiB more than after the first round")
    #expect(whole > 0 && partly > 0 && refused > 0 || Self.count < 200)
    #expect(growth < Bounds.growth)
    #expect(MediaSource.lentFrames == 0)
  }

  private static var residentMiB: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4 / 1024
  }
}

/// Changes bytes; the same seed gives the same mutants.
private final class Mutation {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// Numbers that lengths and counts break on.
  private static let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF]

  private func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % max(limit, 1)
  }

  func change(_ bytes: [UInt8]) -> [UInt8] {
    var out = bytes
    for _ in 0...below(4) {
      guard out.count > 1 else { break }
      // Headers hold what is most worth breaking.
      let range = below(2) == 0 ? min(out.count, 1_024) : out.count
      let place = below(range)
      switch below(7) {
      case 0: out[place] ^= UInt8(1 << below(8))
      case 1: out[place] = UInt8(below(256))
      case 2: out[place] = Self.edges[below(Self.edges.count)]
      case 3: out.removeLast(out.count - 1 - below(out.count - 1))
      case 4: out.removeSubrange(place..<min(place + 1 + below(64), out.count))
      case 5:
        let piece = Array(out[place..<min(place + 1 + below(512), out.count)])
        out.insert(contentsOf: piece, at: below(out.count))
      default:
        for at in place..<min(place + 4, out.count) {
          out[at] = Self.edges[below(Self.edges.count)]
        }
      }
    }
    return out
  }
}

/// Ends the process, with the mutant's name, where one hangs: the file stays to be looked at.
private final class Watch: Sendable {
  private let current = Mutex<(name: String, since: ContinuousClock.Instant)?>(nil)
  private let isOver = Interruption()

  init() {
    Thread.detachNewThread { [self] in
      while !isOver.isSet {
        isOver.signal.wait(after: 0, until: Deadline(in: 1, of: SystemClock()))
        let hanging = current.withLock { held in
          held.flatMap {
            $0.since.duration(to: .now) > .seconds(Bounds.seconds) ? $0.name : nil
          }
        }
        if let hanging { fatalError("mutant \(hanging) hangs") }
      }
    }
  }

  func begin(_ name: String) { current.withLock { $0 = (name, .now) } }

  func end() {
    current.withLock { $0 = nil }
    isOver.set()
  }
}
