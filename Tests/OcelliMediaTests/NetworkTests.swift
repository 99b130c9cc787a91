import Foundation
import OcelliMedia
import OcelliPicture
import Testing

/// Deadlines that a test can wait for.
func shortDeadlines(_ seconds: Double = 0.6) -> MediaOptions {
  var options = MediaOptions()
  options.openSeconds = seconds
  options.firstPictureSeconds = seconds
  options.stallSeconds = seconds
  return options
}

/// How long `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = Interrupter.now()
  try body()
  return Double(Interrupter.now() - start) / 1e9
}

@Suite("Hostile and absent servers")
struct ServerTests {
  @Test("a refused connection is unreachable, at once", arguments: ["rtsp", "http"])
  func refused(scheme: String) throws {
    let port = Listener().port  // closed again when it is gone
    let took = try seconds {
      guard case .unreachable = try Reading(path: "\(scheme)://127.0.0.1:\(port)/s").error else {
        Issue.record("not unreachable")
        return
      }
    }
    #expect(took < 0.5)
  }

  @Test("a name that does not resolve is unreachable")
  func unresolved() throws {
    guard case .unreachable(let words) = try Reading(path: "rtsp://u:p4ss@nowhere.invalid/s").error
    else {
      Issue.record("not unreachable")
      return
    }
    #expect(words.contains("name cannot be resolved") && !words.contains("p4ss"))
  }

  @Test("a server that accepts and is silent runs into the deadline", arguments: ["rtsp", "http"])
  func silent(scheme: String) throws {
    let listener = Listener()
    let took = try seconds {
      let path = "\(scheme)://u:p4ss@127.0.0.1:\(listener.port)/s"
      guard
        case .timedOut(let words) = try Reading(path: path, options: shortDeadlines()).error
      else {
        Issue.record("not timed out")
        return
      }
      #expect(words.contains("0.6 s while opening") && !words.contains("p4ss"))
    }
    #expect(took > 0.5 && took < 1.2)
  }

  @Test("what blocks on a silent server returns when interrupted", arguments: ["rtsp", "http"])
  func interrupt(scheme: String) throws {
    let listener = Listener()
    let source = MediaSource(
      try SourceAddress(parsing: "\(scheme)://127.0.0.1:\(listener.port)/s"))
    Thread.detachNewThread {
      usleep(300_000)
      source.interrupt()
    }
    let took = seconds {
      #expect(failure { _ = try source.open() } == .interrupted)
    }
    #expect(took < 0.6)
    // The interruption ends with the session.
    source.close()
  }

  @Test("a source that was interrupted before it opens does not open")
  func interruptedBefore() throws {
    let listener = Listener()
    let source = MediaSource(
      try SourceAddress(parsing: "http://127.0.0.1:\(listener.port)/s"), options: shortDeadlines())
    source.interrupt()
    #expect(failure { _ = try source.open() } == .interrupted)
  }

  @Test(
    "an HTTP status is told in words",
    arguments: [
      ("401 Unauthorized", "authenticationFailed"), ("404 Not Found", "notFound"),
      ("503 Busy", "unreachable"),
    ])
  func status(status: String, kind: String) throws {
    let listener = Listener()
    listener.answer([UInt8]("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n".utf8))
    let error = try Reading(
      path: "http://127.0.0.1:\(listener.port)/s", options: shortDeadlines(3)
    ).error
    #expect("\(String(describing: error))".contains(kind))
  }

  @Test("a redirect to a file is refused, a playlist is not followed")
  func ssrf() throws {
    let canary = Listener()
    let redirect = Listener()
    redirect.answer([UInt8]("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n".utf8))
    #expect(
      try Reading(
        path: "http://127.0.0.1:\(redirect.port)/s", options: shortDeadlines(3)
      ).error != nil)
    let playlist =
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:\(canary.port)/x.ts\n"
    let server = Listener()
    server.answer(
      [UInt8](
        "HTTP/1.1 200 OK\r\nContent-Length: \(playlist.utf8.count)\r\n\r\n\(playlist)".utf8))
    guard
      case .refused = try Reading(
        path: "http://127.0.0.1:\(server.port)/s", options: shortDeadlines(3)
      ).error
    else {
      Issue.record("a playlist over HTTP was not refused")
      return
    }
    var request = pollfd(fd: canary.descriptor, events: Int16(POLLIN), revents: 0)
    let heard = unsafe poll(&request, 1, 100)
    #expect(heard == 0)
  }

  @Test("an RTSP redirect is refused, and the other host hears nothing")
  func redirect() throws {
    let canary = Listener()
    let server = Listener()
    server.answer(
      [UInt8](
        """
        RTSP/1.0 301 Moved\r\nCSeq: 1\r
        Location: rtsp://127.0.0.1:\(canary.port)/s\r\n\r\n
        """.utf8), closes: false)
    let error = try Reading(
      path: "rtsp://u:p4ss@127.0.0.1:\(server.port)/s", options: shortDeadlines(3)
    ).error
    guard case .refused = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // FFmpeg may have knocked, but it said nothing.
    var request = pollfd(fd: canary.descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&request, 1, 100) > 0 else { return }
    let peer = accept(canary.descriptor, nil, nil)
    defer { Glibc.close(peer) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let received = unsafe recv(peer, &bytes, 64, 0)
    #expect(received <= 0)
  }

  @Test("motion JPEG over HTTP is live, plays, and its end is a disconnection")
  func motionJPEG() throws {
    let scratch = Scratch()
    guard let jpeg = Scratch.jpeg(scratch) else { return }
    var reply = [UInt8](
      "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n\r\n".utf8)
    for _ in 0..<6 {
      reply += [UInt8](
        "--x\r\nContent-Type: image/jpeg\r\nContent-Length: \(jpeg.count)\r\n\r\n".utf8)
      reply += jpeg + [13, 10]
    }
    let listener = Listener()
    listener.answer(reply)
    let reading = try Reading(
      path: "http://127.0.0.1:\(listener.port)/live", options: shortDeadlines(3))
    #expect(reading.frames >= 5)
    #expect(reading.isIncreasing)
    guard case .disconnected = reading.error else {
      Issue.record("\(String(describing: reading.error))")
      return
    }
  }

  @Test("a part that claims two gigabytes ends at the limit, not in memory")
  func hugePart() throws {
    let listener = Listener()
    var reply = [UInt8](
      """
      HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n\r
      --x\r\nContent-Type: image/jpeg\r\nContent-Length: 2000000000\r\n\r\n
      """.utf8)
    reply += [UInt8](repeating: 1, count: 20 << 20)
    listener.answer(reply, closes: false)
    let error = try Reading(
      path: "http://127.0.0.1:\(listener.port)/live", options: shortDeadlines(20)
    ).error
    guard case .invalidData(let words) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(words.contains("more input than is allowed"))
  }
}

extension Scratch {
  /// A JPEG of the ffmpeg program, where it is installed.
  static func jpeg(_ scratch: Scratch) -> [UInt8]? {
    guard let png = try? scratch.png() else { return nil }
    let path = scratch.path + "/a.jpg"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["ffmpeg", "-v", "quiet", "-i", png, path]
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return (try? Data(contentsOf: URL(fileURLWithPath: path))).map { [UInt8]($0) }
  }
}

/// The scripted camera of the shared material.
final class FakeCamera {
  static let script: String? = {
    guard let videos = SharedMaterial.videos else { return nil }
    let path = videos + "/../tools/fakecam_draft.py"
    let clip = videos + "/odd/raw.h264"
    return unsafe access(path, R_OK) == 0 && access(clip, R_OK) == 0 ? path : nil
  }()
  static var isThere: Bool { script != nil }

  let port: Int
  private let child: Child

  init?(_ faults: [String], more: [String] = []) {
    guard let script = Self.script, let videos = SharedMaterial.videos,
      let child = Child(
        ["python3", script, "--file", videos + "/odd/raw.h264", "--port", "0"]
          + faults.flatMap { ["--fault", $0] } + more)
    else { return nil }
    let line = child.firstLine()
    guard let word = line.split(separator: " ").first(where: { $0.hasPrefix("rtsp=") }),
      let port = Int(word.dropFirst(5))
    else { return nil }
    self.child = child
    self.port = port
  }
}

@Suite("A scripted RTSP camera", .serialized, .enabled(if: FakeCamera.isThere))
struct CameraTests {
  /// Reads up to `limit` pictures, with deadlines of 1.5 s.
  func read(
    _ faults: [String], limit: Int = 1_000, more: [String] = [], login: String = "",
    options: MediaOptions = shortDeadlines(1.5)
  ) throws -> (frames: Int, corrupt: Int, error: MediaError?, seconds: Double) {
    let camera = try #require(FakeCamera(faults, more: more))
    let source = MediaSource(
      try SourceAddress(parsing: "rtsp://\(login)127.0.0.1:\(camera.port)/stream"),
      options: options)
    var frames = 0
    var corrupt = 0
    var failure: MediaError?
    let took = seconds {
      do throws(MediaError) {
        _ = try source.open()
        while frames < limit {
          guard case .picture(let decoded) = try source.read() else { break }
          frames += 1
          if decoded.isCorrupt { corrupt += 1 }
        }
      } catch {
        failure = error
      }
      source.close()
    }
    // The camera goes when nobody needs it any more, not sooner.
    withExtendedLifetime(camera) {}
    return (frames, corrupt, failure, took)
  }

  @Test("it plays, and the first picture comes soon")
  func plays() throws {
    let it = try read([], limit: 20)
    #expect(it.frames == 20 && it.corrupt == 0 && it.error == nil)
    #expect(it.seconds < 4)
  }

  @Test(
    "each fault has its own word",
    arguments: [
      ("accept_silent", "timedOut"), ("silent=OPTIONS", "timedOut"),
      ("silent=DESCRIBE", "timedOut"),
      ("silent=PLAY", "timedOut"), ("drip_reply=5", "timedOut"), ("endless_headers=0", "timedOut"),
      ("never_play", "timedOut"), ("status=DESCRIBE:401", "authenticationFailed"),
      ("status=DESCRIBE:404", "notFound"), ("status=DESCRIBE:503", "unreachable"),
      ("empty_sdp", "noVideo"), ("audio_only", "noVideo"), ("no_idr", "timedOut"),
      ("no_ps", "timedOut"), ("no_tcp", "unsupported"), ("accept_close", ""), ("accept_reset", ""),
      ("garbage_reply=400", ""), ("redirect_loop", "refused"), ("garbage_rtp=1", "timedOut"),
      ("codec_lie=H265", "timedOut"),
    ])
  func faults(fault: String, kind: String) throws {
    let it = try read([fault])
    let words = it.error.map { "\($0)" } ?? "no error"
    #expect(it.error != nil && it.frames == 0)
    #expect(kind.isEmpty || words.hasPrefix(kind), "\(words)")
    #expect(it.seconds < 4)
  }

  @Test(
    "what plays all the same",
    arguments: [
      "no_sps", "wrong_cseq", "early_data=20", "many_media=20", "no_rtcp", "oversize",
      "bad_channel",
      "no_marker", "ts_freeze", "ts_jump=5:900000000", "ts_jump=5:-90000", "ssrc_after=8",
    ])
  func plays(fault: String) throws {
    let it = try read([fault], limit: 15)
    #expect(it.error == nil, "\(String(describing: it.error))")
    #expect(it.frames == 15)
  }

  @Test(
    "a stall runs into its deadline, the end of a connection is a disconnection",
    arguments: [
      ("stall_after=12", "timedOut"), ("drip=50", "timedOut"), ("close_after=12", "disconnected"),
      ("reset_after=12", "disconnected"), ("cut_after=12", "disconnected"),
      ("bye_after=12", "disconnected"),
    ])
  func ends(fault: String, kind: String) throws {
    let it = try read([fault])
    let words = it.error.map { "\($0)" } ?? "no error"
    #expect(words.hasPrefix(kind), "\(words)")
    #expect(it.seconds < 6)
  }

  @Test("the wrong password is told, the right one plays, neither is printed")
  func passwords() throws {
    let user = ["--user", "adm", "--password", "p4ss"]
    let wrong = try read([], more: user, login: "adm:no7@")
    #expect("\(String(describing: wrong.error))".contains("authenticationFailed"))
    #expect(!"\(String(describing: wrong.error))".contains("no7"))
    let right = try read([], limit: 3, more: user, login: "adm:p4ss@")
    #expect(right.frames == 3, "\(String(describing: right.error))")
  }
}

/// A server that the environment names: `OCELLI_RTSP=rtsp://…` for a look by hand.
@Suite(
  "A named RTSP server", .enabled(if: ProcessInfo.processInfo.environment["OCELLI_RTSP"] != nil))
struct NamedServerTests {
  @Test("it plays")
  func plays() throws {
    let url = ProcessInfo.processInfo.environment["OCELLI_RTSP"]!
    let source = MediaSource(try SourceAddress(parsing: url))
    var frames = 0
    let took = try seconds {
      print(try source.open())
      while frames < 50, case .picture(let decoded) = try source.read() {
        let isCorrupt = decoded.isCorrupt
        #expect(!isCorrupt)
        frames += 1
      }
      source.close()
    }
    print("\(frames) pictures in \(took) s")
    #expect(frames == 50)
  }
}
