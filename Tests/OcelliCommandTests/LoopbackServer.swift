import Foundation
import Synchronization

/// A small HTTP server on 127.0.0.1 that answers as a test tells it.
final class LoopbackServer: Sendable {
  struct Request: Sendable, Equatable {
    let path: String
    /// The first byte that is asked for, where a range is.
    let from: Int?
  }

  struct Answer: Sendable {
    var status = "200 OK"
    var headers: [String] = []
    var body: [UInt8] = []
    /// What `Content-Length` says; nil: nothing is said, and the end of the connection ends the body.
    var length: Int?
    /// After the body nothing more comes, and the connection stays.
    var stalls = false

    /// All of a file, or the range that is asked for.
    static func file(_ bytes: [UInt8], _ request: Request) -> Answer {
      let from = request.from ?? 0
      guard from > 0 else { return Answer(body: bytes, length: bytes.count) }
      guard from < bytes.count else {
        return Answer(status: "416 Range Not Satisfiable", length: 0)
      }
      return Answer(
        status: "206 Partial Content",
        headers: ["Content-Range: bytes \(from)-\(bytes.count - 1)/\(bytes.count)"],
        body: Array(bytes[from...]), length: bytes.count - from)
    }

    static func redirect(_ place: String) -> Answer {
      Answer(status: "302 Found", headers: ["Location: \(place)"], length: 0)
    }
  }

  let port: UInt16
  private let listener: Int32
  private let log = Mutex<[Request]>([])

  /// What was asked for so far.
  var requests: [Request] { log.withLock { $0 } }

  /// `answer` is told the request and how many came before it.
  init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        unsafe bind(listener, name, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, name, &length) == 0
      }
    }
    guard isBound else { throw CocoaError(.fileReadUnknown) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        guard let request = Self.read(connection), let self else {
          close(connection)
          continue
        }
        let number = self.log.withLock { log in
          log.append(request)
          return log.count - 1
        }
        let answer = answer(request, number)
        Thread.detachNewThread { Self.serve(answer, to: connection) }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  func url(_ path: String = "/m.onnx") -> String { "http://127.0.0.1:\(port)\(path)" }

  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
      let got = unsafe recv(connection, &chunk, chunk.count, 0)
      guard got > 0, bytes.count < 65_536 else { return nil }
      bytes += chunk[..<got]
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    return Request(
      path: String(words[1]), from: range.flatMap { Int($0.dropFirst(13).prefix { $0 != "-" }) })
  }

  private static func serve(_ answer: Answer, to connection: Int32) {
    var head = "HTTP/1.1 \(answer.status)\r\nConnection: close\r\n"
    for header in answer.headers { head += header + "\r\n" }
    if let length = answer.length { head += "Content-Length: \(length)\r\n" }
    let bytes = Array((head + "\r\n").utf8) + answer.body
    var sent = 0
    while sent < bytes.count {
      let piece = Array(bytes[sent..<min(sent + 16_384, bytes.count)])
      let count = unsafe send(connection, piece, piece.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { break }
      sent += count
    }
    if answer.stalls {
      // Until the other side goes.
      var byte: UInt8 = 0
      _ = unsafe recv(connection, &byte, 1, 0)
    }
    close(connection)
  }
}
