import Foundation
import OcelliMedia
import OcelliPicture

/// A folder of a test's own, gone at its end.
final class Scratch {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "ocelli-media-" + UUID().uuidString
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ bytes: [UInt8] = []) -> String {
    let path = self.path + "/" + name
    _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    return path
  }

  /// A video of a bright square that moves over a grey ground.
  func video(_ name: String = "clip.mp4", frames: Int = 20, width: Int = 64, height: Int = 48)
    throws -> String
  {
    let path = self.path + "/" + name
    let writer = try VideoWriter(path: path, width: width, height: height, fps: 10)
    for frame in 0..<frames {
      var canvas = Canvas(width: width, height: height, filled: RGB(90, 100, 110))
      canvas.fill(x: frame % (width - 8), y: 8, width: 8, height: 8, .white)
      try writer.write(canvas, at: Double(frame) / 10)
    }
    try writer.finish()
    return path
  }

  func png(_ name: String = "picture.png") throws -> String {
    var canvas = Canvas(width: 33, height: 21, filled: RGB(10, 200, 30))
    canvas.fill(x: 3, y: 4, width: 5, height: 6, RGB(250, 1, 2))
    return file(name, try PNG.encode(canvas))
  }
}

/// A program beside the test: a scripted camera, a writer of a pipe.
final class Child {
  private let process = Process()
  private let output = Pipe()

  init?(_ arguments: [String]) {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
  }

  /// The first line that it prints.
  func firstLine() -> String {
    var line = ""
    while !line.contains("\n") {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { break }
      line += String(decoding: data, as: UTF8.self)
    }
    return line
  }

  deinit {
    // Not SIGTERM: a child of one of Dispatch's threads is born with that blocked.
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }
}

/// A listening socket on loopback that answers nothing unless told.
final class Listener: Sendable {
  let descriptor: Int32
  let port: UInt16

  init() {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = self.descriptor
    unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(descriptor, pointer, size)
        unsafe getsockname(descriptor, pointer, &size)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    listen(descriptor, 8)
  }

  /// Answers the first request on the first connection, on a thread of its own, then holds still.
  func answer(_ reply: [UInt8], closes: Bool = true) {
    let descriptor = self.descriptor
    Thread.detachNewThread {
      let peer = accept(descriptor, nil, nil)
      guard peer >= 0 else { return }
      var request = [UInt8](repeating: 0, count: 4_096)
      _ = unsafe recv(peer, &request, 4_096, 0)
      _ = unsafe send(peer, reply, reply.count, Int32(MSG_NOSIGNAL))
      if closes { Glibc.close(peer) }
    }
  }

  deinit { Glibc.close(descriptor) }
}
