import Foundation
import OcelliMedia
import OcelliPicture
import Testing

@Suite("Folders and patterns")
struct FolderTests {
  /// What reading a folder gave.
  struct Listing {
    var names: [String] = []
    var times: [Double] = []
    var troubles: [MediaError] = []
    var error: MediaError?

    init(_ path: String) throws {
      let source = try SourceAddress(parsing: path).makeSource()
      do throws(MediaError) {
        _ = try source.open()
        loop: while true {
          switch try source.read() {
          case .end: break loop
          case .trouble(let trouble): troubles.append(trouble)
          case .picture(let decoded):
            names.append(decoded.path?.split(separator: "/").last.map(String.init) ?? "")
            times.append(decoded.pts)
          }
        }
      } catch { self.error = error }
      source.close()
    }
  }

  @Test("a folder is one stream of its pictures, by name, each with its path")
  func folder() throws {
    let scratch = Scratch()
    for name in ["b.png", "a.PNG", ".hidden.png", "c d é.png"] { _ = try scratch.png(name) }
    _ = scratch.file("labels.txt", [UInt8]("cat\n".utf8))
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/inner.png", withIntermediateDirectories: true)
    _ = try scratch.video("clip.mp4")
    try FileManager.default.removeItem(atPath: scratch.path + "/inner.png")
    for path in [scratch.path, scratch.path + "/"] {
      let listing = try Listing(path)
      #expect(listing.names == ["a.PNG", "b.png", "c d é.png"])
      #expect(listing.error == nil && listing.troubles.isEmpty)
      #expect(listing.times == listing.times.sorted() && Set(listing.times).count == 3)
    }
  }

  @Test("a file that fails is told by name and passed over")
  func broken() throws {
    let scratch = Scratch()
    _ = try scratch.png("a.png")
    _ = scratch.file("b.png", [UInt8]("no picture".utf8))
    _ = scratch.file("c.jpg", [])
    _ = try scratch.png("d.png")
    let listing = try Listing(scratch.path)
    #expect(listing.names == ["a.png", "d.png"])
    #expect(listing.troubles.count == 2)
    guard case .invalidData(let words)? = listing.troubles.first else {
      Issue.record("\(listing.troubles)")
      return
    }
    #expect(words.contains("/b.png"))
    #expect(listing.error == .damaged("\(scratch.path): 2 of its 4 files failed"))
  }

  @Test("a pattern takes what it matches, and a file of that very name comes first")
  func pattern() throws {
    let scratch = Scratch()
    for name in ["x1.png", "x2.png", "y1.png", "[z].png"] { _ = try scratch.png(name) }
    #expect(try Listing(scratch.path + "/x*.png").names == ["x1.png", "x2.png"])
    #expect(try Listing(scratch.path + "/?1.png").names == ["x1.png", "y1.png"])
    #expect(try Reading(path: scratch.path + "/[z].png").frames == 1)
    guard case .notFound(let words)? = try Listing(scratch.path + "/q*.png").error else {
      Issue.record("nothing matches")
      return
    }
    #expect(words.contains("q*.png"))
  }

  @Test("a folder without pictures says so")
  func empty() throws {
    let scratch = Scratch()
    _ = scratch.file("notes.txt")
    guard case .noVideo(let words)? = try Listing(scratch.path).error else {
      Issue.record("not refused")
      return
    }
    #expect(words.contains("without pictures"))
  }

  @Test("an animation in a folder gives all its pictures, and the times go on behind it")
  func animation() throws {
    let scratch = Scratch()
    _ = try scratch.png("1.png")
    try FileManager.default.moveItem(
      atPath: try scratch.video("clip.mp4", frames: 5), toPath: scratch.path + "/2.gif")
    _ = try scratch.png("3.png")
    let listing = try Listing(scratch.path)
    #expect(listing.names == ["1.png"] + Array(repeating: "2.gif", count: 5) + ["3.png"])
    #expect(zip(listing.times, listing.times.dropFirst()).allSatisfy { $0 < $1 })
  }
}

@Suite("Raw video")
struct RawVideoTests {
  func options(_ raw: RawVideo) -> MediaOptions {
    var options = MediaOptions()
    options.rawVideo = raw
    return options
  }

  @Test("samples without a container come as size, layout and rate say")
  func samples() throws {
    let scratch = Scratch()
    var bytes: [UInt8] = []
    for picture in 0..<5 {
      for _ in 0..<10 * 6 { bytes += [UInt8(picture * 50), 20, 30] }
    }
    let path = scratch.file("x.raw", bytes)
    let raw = try RawVideo(width: 10, height: 6, pixelFormat: "bgr24", fps: 5)
    let source = MediaSource(try SourceAddress(parsing: path), options: options(raw))
    _ = try source.open()
    defer { source.close() }
    for picture in 0..<5 {
      guard case .picture(let decoded) = try source.read() else {
        Issue.record("picture \(picture)")
        return
      }
      #expect(abs(decoded.pts - Double(picture) / 5) < 1e-6)
      let pixel = decoded.picture.withView { view in
        let row = unsafe view.planePointers.0
        return unsafe [row[0], row[1], row[2]]
      }
      #expect(pixel == [30, 20, UInt8(picture * 50)])
    }
    guard case .end = try source.read() else {
      Issue.record("more than five")
      return
    }
  }

  @Test("a picture that is cut off is told at the end")
  func cut() throws {
    let scratch = Scratch()
    let path = scratch.file("x.raw", [UInt8](repeating: 7, count: 16 * 16 * 3 / 2 * 3 - 10))
    let reading = try Reading(
      path: path, options: options(try RawVideo(width: 16, height: 16)))
    #expect(reading.frames == 2)
    guard case .damaged(let words)? = reading.error else {
      Issue.record("\(String(describing: reading.error))")
      return
    }
    #expect(words.contains("cut off"))
  }

  @Test("raw bytes come through a pipe, and what is no video says what raw video needs")
  func pipe() throws {
    let scratch = Scratch()
    let path = scratch.path + "/pipe"
    let made = unsafe mkfifo(path, 0o600)
    #expect(made == 0)
    Thread.detachNewThread {
      let writer = unsafe Glibc.open(path, O_WRONLY)
      let bytes = [UInt8](repeating: 90, count: 8 * 8 * 4)
      _ = unsafe Glibc.write(writer, bytes, bytes.count)
      Glibc.close(writer)
    }
    let reading = try Reading(
      path: path, options: options(try RawVideo(width: 8, height: 8, pixelFormat: "gray")))
    #expect(reading.error == nil && reading.frames == 4 && reading.sizes == ["8x8"])
  }

  @Test("what cannot be is refused by name")
  func refusals() {
    for raw in [
      { try RawVideo(width: 0, height: 4) }, { try RawVideo(width: 4, height: 70_000) },
      { try RawVideo(width: 4, height: 4, pixelFormat: "yuv999") },
      { try RawVideo(width: 4, height: 4, pixelFormat: "vaapi") },
      { try RawVideo(width: 4, height: 4, fps: 0) },
    ] as [() throws -> RawVideo] {
      guard case .unsupported(let words)? = failure({ _ = try raw() }) else {
        Issue.record("not refused")
        continue
      }
      #expect(words.hasPrefix("raw video: "))
    }
  }
}
