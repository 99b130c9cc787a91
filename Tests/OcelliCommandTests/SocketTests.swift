import Foundation
import Glibc
import OcelliEvents
import Testing

/// `ocelli analyze -o unix:PATH`.
struct SocketTests {
  let program: Program

  init() throws {
    program = try Program()
    try program.write("light.onnx", TinyModel.lightDetector())
    try program.write("clip.y4m", RawClip.grey([16, 235, 126, 16, 235]))
  }

  /// Connects as soon as somebody listens. Units: seconds.
  static func connect(_ path: String, limit: Double = 60) -> FileHandle? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < 108 else { return nil }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let end = Date().addingTimeInterval(limit)
    while Date() < end {
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      let result = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true) }
      close(descriptor)
      usleep(10_000)
    }
    return nil
  }

  @Test func `it waits for its first reader, who gets everything`() throws {
    defer { program.remove() }
    let running = try program.start([
      "analyze", "-q", "-m", "light.onnx", "--head", "yolox", "clip.y4m", "-o", "unix:s.sock",
    ])
    let reader = try #require(Self.connect(program.path("s.sock")))
    let text = String(decoding: try reader.readToEnd() ?? Data(), as: UTF8.self)
    let outcome = try running.wait()
    #expect(outcome.status == 0, "\(outcome.words)")
    #expect(outcome.data == "")
    #expect(AnalyzeTests.frames(try AnalyzeTests.validated(text)).count == 5)
    #expect(!FileManager.default.fileExists(atPath: program.path("s.sock")))
  }

  @Test func `a signal ends the wait for a reader`() throws {
    defer { program.remove() }
    let running = try program.start([
      "analyze", "-m", "light.onnx", "--head", "yolox", "clip.y4m", "-o", "unix:s.sock",
    ])
    let end = Date().addingTimeInterval(60)
    while !FileManager.default.fileExists(atPath: program.path("s.sock")), Date() < end {
      usleep(10_000)
    }
    kill(running.process.processIdentifier, SIGTERM)
    #expect(try running.wait(limit: 10).status == 143)
  }

  @Test func `what is no socket is left alone`() throws {
    defer { program.remove() }
    try program.write("file", Array("precious".utf8))
    let outcome = try program.run("analyze", "clip.y4m", "-o", "unix:file")
    #expect(outcome.status == 74)
    #expect(outcome.words.contains("file"))
    #expect(try program.read("file") == Array("precious".utf8))
  }
}
