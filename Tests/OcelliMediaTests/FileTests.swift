import Foundation
import OcelliMedia
import OcelliPicture
import Synchronization
import Testing

@Suite("Files")
struct FileTests {
  func error(_ path: String, options: MediaOptions = MediaOptions()) throws -> MediaError? {
    try Reading(path: path, options: options).error
  }

  @Test("a video of our own comes back picture for picture")
  func roundTrip() throws {
    let scratch = Scratch()
    let reading = try Reading(path: try scratch.video(frames: 20))
    #expect(reading.error == nil)
    #expect(reading.frames == 20)
    #expect(reading.sizes == ["64x48"])
    #expect(reading.isIncreasing && reading.firstPTS == 0 && reading.corrupt == 0)
    #expect(abs(reading.lastPTS - 1.9) < 0.01)
  }

  @Test("a source says what it is")
  func description() throws {
    let scratch = Scratch()
    let source = MediaSource(try SourceAddress(parsing: try scratch.video(frames: 30)))
    let it = try source.open()
    source.close()
    #expect(["h264", "mpeg4"].contains(it.codec))
    #expect(it.width == 64 && it.height == 48 && !it.isLive)
    #expect(it.frameCount == 30)
    #expect(it.fps.map { abs($0 - 10) < 0.5 } == true)
    #expect(it.durationSeconds.map { abs($0 - 3) < 0.2 } == true)
  }

  @Test("where only key pictures are wanted, exactly those come, at their own times")
  func keyPictures() throws {
    let scratch = Scratch()
    let path = try scratch.video(frames: 600, width: 32, height: 32)
    func pictures(keysOnly: Bool) throws -> [(pts: Double, isKey: Bool)] {
      var options = MediaOptions()
      options.keyPicturesOnly = keysOnly
      let source = MediaSource(try SourceAddress(parsing: path), options: options)
      _ = try source.open()
      defer { source.close() }
      var found: [(pts: Double, isKey: Bool)] = []
      while case .picture(let decoded) = try source.read() {
        found.append((decoded.pts, decoded.isKey))
      }
      return found
    }
    let all = try pictures(keysOnly: false)
    let keys = try pictures(keysOnly: true)
    #expect(all.count == 600)
    #expect(keys.count > 1 && keys.count < 100)
    let areKeys = keys.allSatisfy { $0.isKey }
    #expect(areKeys)
    let expected = all.filter { $0.isKey }.map { $0.pts }
    #expect(keys.map { $0.pts } == expected)
  }

  @Test("a PNG is one picture with its own colours")
  func png() throws {
    let scratch = Scratch()
    let source = MediaSource(try SourceAddress(parsing: try scratch.png()))
    _ = try source.open()
    guard case .picture(let decoded) = try source.read() else {
      Issue.record("no picture")
      return
    }
    decoded.picture.withView { view in
      let (format, width, height) = (view.format, view.width, view.height)
      #expect(format == .rgb24 && width == 33 && height == 21)
      let row = unsafe view.planePointers.0 + 5 * view.planePitches.0
      let ground = unsafe [row[0], row[1], row[2]]
      let mark = unsafe [row[12], row[13], row[14]]
      #expect(ground == [10, 200, 30])
      #expect(mark == [250, 1, 2])
    }
    guard case .end = try source.read() else {
      Issue.record("more than one picture")
      return
    }
  }

  @Test("a picture outlives its source, and then every frame is back with FFmpeg")
  func lifetime() throws {
    let scratch = Scratch()
    do {
      let source = MediaSource(try SourceAddress(parsing: try scratch.video(frames: 5)))
      _ = try source.open()
      guard case .picture(let decoded) = try source.read() else {
        Issue.record("no picture")
        return
      }
      source.close()
      let picture = decoded.takePicture()
      let luma = picture.withView { view in unsafe view.planePointers.0[0] }
      #expect(luma > 16 && MediaSource.lentFrames >= 1)
    }
    // Other tests lend frames meanwhile; a leak would never let the count reach zero.
    for _ in 0..<60_000 where MediaSource.lentFrames > 0 { usleep(1_000) }
    #expect(MediaSource.lentFrames == 0)
  }

  @Test("a source can be opened again: a new session from the beginning")
  func reopen() throws {
    let scratch = Scratch()
    let source = MediaSource(try SourceAddress(parsing: try scratch.video(frames: 3)))
    #expect(Reading(source).frames == 3)
    #expect(Reading(source).frames == 3)
  }

  @Test("a start in the middle gives the pictures from there on, with the file's time")
  func start() throws {
    let scratch = Scratch()
    var options = MediaOptions()
    options.startSeconds = 1.5
    let reading = try Reading(path: try scratch.video(frames: 30), options: options)
    #expect(reading.frames == 15)
    #expect(reading.firstPTS.map { abs($0 - 1.5) < 0.01 } == true)
  }

  @Test(
    "names are taken literally", arguments: ["a:b.mp4", "-dash.mp4", "p%03d.mp4", "ü [x] *?.mp4"])
  func names(name: String) throws {
    let scratch = Scratch()
    let made = try scratch.video("x.mp4", frames: 2)
    try FileManager.default.moveItem(atPath: made, toPath: scratch.path + "/" + name)
    #expect(try Reading(path: scratch.path + "/" + name).frames == 2)
  }

  @Test("what is no video says why, with the file's name")
  func refusals() throws {
    let scratch = Scratch()
    var noise = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ ($0 >> 3)) }
    noise[0] = 0
    let clip = try scratch.video(frames: 20)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip)))
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n\(clip)\n#EXT-X-ENDLIST\n"
    let concat = "ffconcat version 1.0\nfile clip.mp4\n"
    let sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\n"
    let table: [(String, [UInt8], Bool)] = [
      ("playlist.mp4", [UInt8](playlist.utf8), true), ("concat.mp4", [UInt8](concat.utf8), true),
      ("session.mp4", [UInt8](sdp.utf8), true), ("noise.mp4", noise, false),
      ("text.mp4", [UInt8](String(repeating: "just words\n", count: 50).utf8), false),
      ("empty.mp4", [], false), ("cut.mp4", Array(bytes[..<40]), false),
    ]
    for (name, content, isRefused) in table {
      let problem = try error(scratch.file(name, content))
      switch problem {
      case .refused(let words): #expect(isRefused && words.contains(name), "\(words)")
      case .invalidData(let words), .noVideo(let words):
        #expect(!isRefused && words.contains(name), "\(words)")
      default: Issue.record("\(name): \(String(describing: problem))")
      }
    }
  }

  @Test("missing, folder, device: each its own error")
  func places() throws {
    let scratch = Scratch()
    guard case .notFound(let words) = try error(scratch.path + "/none.mp4") else {
      Issue.record("missing")
      return
    }
    #expect(words.hasSuffix("none.mp4: no such file or directory"))
    guard case .noVideo = try error(scratch.path), case .noVideo = try error("/dev/null") else {
      Issue.record("folder or device")
      return
    }
    guard case .notFound = try error("/dev/video99") else {
      Issue.record("camera")
      return
    }
    guard geteuid() != 0 else { return }
    let locked = scratch.file("locked.mp4", [1])
    _ = unsafe chmod(locked, 0)
    guard case .permissionDenied = try error(locked) else {
      Issue.record("permission")
      return
    }
  }

  @Test("a node that is no camera is told from one that is missing")
  func noCamera() throws {
    let address = try SourceAddress(parsing: "/dev/video7")
    #expect(
      failure { try CaptureDevice.check(path: "/dev/null", address: address) }
        == .noVideo("/dev/video7: is no video capture device"))
    #expect(
      failure { try CaptureDevice.check(path: "/tmp", address: address) }
        == .noVideo("/dev/video7: is no video device"))
    guard geteuid() != 0 else { return }
    let scratch = Scratch()
    let locked = scratch.file("video0")
    _ = unsafe chmod(locked, 0)
    #expect(failure { try CaptureDevice.check(path: locked, address: address) } != nil)
  }

  @Test("a picture above the limit is refused before it is decoded")
  func pixelLimit() throws {
    let scratch = Scratch()
    var options = MediaOptions()
    options.limits.maxPixels = 1_000
    guard case .unsupported(let words) = try error(try scratch.video(), options: options) else {
      Issue.record("not refused")
      return
    }
    #expect(words.contains("64×48"))
  }

  @Test("a file that is cut off gives the pictures up to the cut")
  func cut() throws {
    let scratch = Scratch()
    let clip = try scratch.video("clip.mkv", frames: 60, width: 320, height: 240)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip)))
    let reading = try Reading(path: scratch.file("cut.mkv", Array(bytes[..<(bytes.count / 2)])))
    #expect(reading.frames > 0 && reading.frames < 60)
  }

  @Test("bytes flipped anywhere never trap, and damage is marked")
  func damage() throws {
    let scratch = Scratch()
    let clip = try scratch.video("clip.mkv", frames: 60, width: 320, height: 240)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip)))
    for seed in 1...12 {
      var damaged = bytes
      for place in stride(from: 700 + seed * 31, to: bytes.count, by: 997) {
        damaged[place] ^= UInt8(truncatingIfNeeded: seed * 37)
      }
      let reading = try Reading(path: scratch.file("\(seed).mkv", damaged))
      #expect(reading.frames <= 60 && reading.isIncreasing)
    }
  }
}

@Suite("Pipes")
struct PipeTests {
  @Test(
    "a FIFO without a writer, and with a silent one, lets go when interrupted",
    arguments: [
      false, true,
    ])
  func interrupt(hasWriter: Bool) throws {
    let scratch = Scratch()
    let path = scratch.path + "/pipe"
    let made = unsafe mkfifo(path, 0o600)
    #expect(made == 0)
    let writer = hasWriter ? unsafe Glibc.open(path, O_RDWR) : -1
    defer { if writer >= 0 { Glibc.close(writer) } }
    let source = MediaSource(try SourceAddress(parsing: path))
    Thread.detachNewThread {
      usleep(200_000)
      source.interrupt()
    }
    let clock = ContinuousClock()
    let start = clock.now
    #expect(failure { _ = try source.open() } == .interrupted)
    #expect(start.duration(to: clock.now) < .milliseconds(600))
  }

  @Test("a video through a FIFO comes whole")
  func whole() throws {
    let scratch = Scratch()
    let clip = try scratch.video("clip.mkv", frames: 25)
    let path = scratch.path + "/pipe"
    let made = unsafe mkfifo(path, 0o600)
    #expect(made == 0)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: clip)))
    Thread.detachNewThread {
      let writer = unsafe Glibc.open(path, O_WRONLY)
      _ = unsafe Glibc.write(writer, bytes, bytes.count)
      Glibc.close(writer)
    }
    let reading = try Reading(path: path)
    #expect(reading.error == nil)
    #expect(reading.frames == 25)
  }
}
