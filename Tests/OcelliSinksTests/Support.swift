import Foundation
import Glibc
import OcelliEvents
import OcelliSinks
import OcelliVocabulary
import Synchronization

/// A folder of its own for one test, removed with it.
final class Folder: Sendable {
  let path: String

  init() {
    // Short: a socket's path has 107 bytes.
    path = "/tmp/ocelli-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    _ = unsafe mkdir(path, 0o755)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(name: String) -> String { path + "/" + name }
}

/// Lines of a run as a test makes them.
enum Script {
  static let gate = StreamID("gate")

  static let hello = Line.hello(
    Hello(run: ULID(timeMicroseconds: 0), version: "0", streams: [gate], models: []))

  /// A frame line of at least `size` bytes.
  static func frame(_ number: Int, size: Int = 0) -> Line {
    .frame(
      FrameLine(
        stamp: FrameStamp(
          stream: gate, session: 1, frame: number, pts: Double(number), timeMicroseconds: 0,
          timeSource: .arrival, arrivalNanoseconds: 0),
        width: 1, height: 1,
        path: size > 0 ? String(repeating: "x", count: min(size, 4000)) : nil,
        findings: .objects([])))
  }

  static let end = Line.end(EndLine(reason: "eof", streams: [], exitCode: 0))
}

extension Publisher {
  func publish(_ line: Line) throws(SinkError) { try publish(line, timeMicroseconds: 1) }
}

/// What a reader got, held against the contract line by line.
struct Received {
  var lines: [JSONValue] = []

  init(_ bytes: [UInt8]) throws {
    let validator = try LineValidator()
    for line in bytes.split(separator: 10) { lines.append(try validator.validate(line)) }
  }

  var types: [String] { lines.map { $0["type"]?.string ?? "" } }

  var hasGap: Bool { types.contains("gap") }

  /// Every number that was told, as a line or inside a gap, in order.
  var numbers: [Int] {
    lines.dropFirst().flatMap { line -> [Int] in
      let own = Int(line["seq"]?.number ?? -1)
      if line["type"]?.string == "hello" { return [] }
      if let from = line["from_seq"]?.number { return Array(Int(from)...own) }
      return [own]
    }
  }
}

/// A client of a Unix socket, with a pace of its own.
final class Client: Sendable {
  let descriptor: Int32

  init?(_ path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let status = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else {
      Glibc.close(descriptor)
      return nil
    }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  func hangUp() { Glibc.close(descriptor) }

  /// Reads until the end, or until `enough` says so.
  func read(
    chunk: Int = 65536, pause: UInt32 = 0, taken: Counter? = nil,
    until enough: ([UInt8]) -> Bool = { _ in false }
  ) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: chunk)
    while !enough(all) {
      let count = unsafe recv(descriptor, &buffer, chunk, 0)
      guard count > 0 else { break }
      all += buffer[..<count]
      taken?.add(buffer[..<count].count { $0 == 10 })
      if pause > 0 { usleep(pause) }
    }
    return all
  }

  func readLines(_ count: Int) -> [UInt8] {
    read(chunk: 1) { $0.count { $0 == 10 } >= count }
  }
}

/// Lines that one thread has and another looks at.
final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add(_ more: Int) { count.add(more, ordering: .relaxed) }
}

/// Waits, for ten seconds at most, until something holds.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<2000 {
    if condition() { return true }
    usleep(5000)
  }
  return false
}

extension [OutputTotals] {
  var areExact: Bool { allSatisfy { $0.isExact } }
}
