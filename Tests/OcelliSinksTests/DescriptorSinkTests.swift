import Foundation
import Glibc
import OcelliEvents
import OcelliSinks
import Synchronization
import Testing

@Suite struct DescriptorSinkTests {
  private func contents(_ path: String) -> [UInt8] {
    Array(FileManager.default.contents(atPath: path) ?? Data())
  }

  /// A FIFO opened by a reader that has not read yet.
  private func fifo(_ folder: Folder) -> Int32 {
    unsafe mkfifo(folder["fifo"], 0o600)
    return unsafe open(folder["fifo"], O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  }

  @Test func aFileGetsEveryLineInOrder() throws {
    let folder = Folder()
    for blocking in [true, false] {
      let path = folder["lines-\(blocking)"]
      let sink: any Sink =
        blocking
        ? try BlockingSink(.file(path), replacing: true) : try QueuedSink(.file(path))
      let publisher = Publisher(sinks: [sink])
      try publisher.publish(Script.hello)
      for number in 0..<500 { try publisher.publish(Script.frame(number)) }
      try publisher.publish(Script.end)
      publisher.close()
      let received = try Received(contents(path))
      #expect(received.types.first == "hello")
      #expect(received.types.last == "end")
      #expect(received.numbers == Array(1...501))
      let totals = sink.totals
      #expect(totals.isExact)
      #expect(totals.delivered == 501)
    }
  }

  @Test func aFileIsAppendedToAfterAHalfLineOrReplaced() throws {
    let folder = Folder()
    let path = folder["lines"]
    try "half".write(toFile: path, atomically: true, encoding: .utf8)
    let appending = Publisher(sinks: [try QueuedSink(.file(path))])
    try appending.publish(Script.hello)
    appending.close()
    #expect(contents(path).split(separator: 10).count == 2)
    #expect(contents(path).starts(with: Array("half\n{".utf8)))
    let replacing = Publisher(sinks: [try BlockingSink(.file(path), replacing: true)])
    try replacing.publish(Script.hello)
    replacing.close()
    #expect(try Received(contents(path)).types == ["hello"])
  }

  @Test func aRotatedFileBeginsWithHelloAndContinuesTheNumbers() throws {
    let folder = Folder()
    let sink = try QueuedSink(.file(folder["lines"]))
    let publisher = Publisher(sinks: [sink])
    try publisher.publish(Script.hello)
    for number in 0..<5 { try publisher.publish(Script.frame(number)) }
    #expect(eventually { sink.totals.delivered == 5 })
    unsafe rename(folder["lines"], folder["lines.1"])
    publisher.reopen()
    #expect(eventually { FileManager.default.fileExists(atPath: folder["lines"]) })
    for number in 5..<9 { try publisher.publish(Script.frame(number)) }
    publisher.close()
    #expect(try Received(contents(folder["lines.1"])).numbers == Array(1...5))
    let second = try Received(contents(folder["lines"]))
    #expect(second.types.first == "hello")
    #expect(second.lines.first?["seq"]?.number == 5)
    #expect(second.numbers == Array(6...9))
  }

  @Test func aFullDiskIsAnErrorWhereWeWaitAndALossWhereWeDoNot() throws {
    let blocking = Publisher(sinks: [try BlockingSink(.file("/dev/full"), replacing: false)])
    let full = SinkError.cannotWrite(output: "/dev/full", reason: "No space left on device")
    #expect(throws: full) { try blocking.publish(Script.hello) }
    #expect(throws: full) { try blocking.publish(Script.frame(0)) }
    #expect(blocking.totals.areExact)
    #expect(blocking.totals.first?.lost == 1)

    let limits = LineQueue.Limits(bytes: 1 << 20, lines: 10)
    let queued = Publisher(sinks: [
      try QueuedSink(.file("/dev/full"), stable: false, limits: limits)
    ])
    for number in 0..<1000 { try queued.publish(Script.frame(number)) }
    #expect(queued.totals.areExact)
    #expect(queued.totals.first?.produced == 1000)
    queued.hurry(seconds: 0)
    queued.close()
    #expect(queued.totals.first?.lost == 1000)
  }

  @Test func aReaderThatHasGoneEndsABlockingSinkAndTurnsAQueuedOneOff() throws {
    for blocking in [true, false] {
      let folder = Folder()
      let reader = fifo(folder)
      let target = OutputTarget.file(folder["fifo"])
      let sink: any Sink =
        blocking ? try BlockingSink(target, replacing: false) : try QueuedSink(target)
      let publisher = Publisher(sinks: [sink])
      try publisher.publish(Script.frame(0))
      #expect(eventually { sink.totals.delivered == 1 })
      Glibc.close(reader)
      if blocking {
        #expect(throws: SinkError.closed(output: folder["fifo"])) {
          for number in 0..<1000 { try publisher.publish(Script.frame(number, size: 4000)) }
        }
      } else {
        for number in 0..<1000 { try publisher.publish(Script.frame(number)) }
        #expect(eventually { sink.totals.lost == 1000 })
      }
      #expect(sink.totals.isExact)
      publisher.close()
    }
  }

  @Test func aSlowReaderOfAQueuedSinkGetsGapsAndNobodyWaits() throws {
    let folder = Folder()
    let reader = fifo(folder)
    let limits = LineQueue.Limits(bytes: 1 << 20, lines: 20)
    let sink = try QueuedSink(.file(folder["fifo"]), stable: false, limits: limits)
    let publisher = Publisher(sinks: [sink])
    try publisher.publish(Script.hello)
    let start = monotonicNanoseconds()
    for number in 0..<2000 {
      try publisher.publish(Script.frame(number, size: 1000))
      #expect(sink.totals.isExact)
    }
    #expect(monotonicNanoseconds() - start < 5_000_000_000)
    let all = DispatchQueue.global()
    let bytes = Collected()
    let done = DispatchSemaphore(value: 0)
    _ = fcntl(reader, F_SETFL, 0)
    all.async {
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = unsafe read(reader, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes.append(buffer[..<count])
      }
      done.signal()
    }
    publisher.close()
    done.wait()
    let received = try Received(bytes.all)
    #expect(received.hasGap)
    #expect(received.numbers == Array(1...2000))
    #expect(sink.totals.queued == 0)
    Glibc.close(reader)
  }

  @Test func aBlockedWriterGivesUpWhenTheProgramMustEnd() throws {
    let folder = Folder()
    let reader = fifo(folder)
    let publisher = Publisher(sinks: [try BlockingSink(.file(folder["fifo"]), replacing: false)])
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.2) { publisher.hurry(seconds: 0.1) }
    #expect(throws: SinkError.gaveUp(output: folder["fifo"])) {
      for number in 0..<1000 { try publisher.publish(Script.frame(number, size: 1000)) }
    }
    #expect(throws: SinkError.gaveUp(output: folder["fifo"])) {
      try publisher.publish(Script.end)
    }
    #expect(publisher.totals.areExact)
    Glibc.close(reader)
  }

  @Test func whatCannotBeOpenedSaysWhy() {
    let folder = Folder()
    #expect(throws: SinkError.self) { try QueuedSink(.file(folder["no/such/folder"])) }
    #expect(throws: SinkError.self) { try QueuedSink(.file(folder.path)) }
    unsafe mkfifo(folder["lonely"], 0o600)
    #expect(
      throws: SinkError.cannotOpen(
        output: folder["lonely"], reason: "is a FIFO that nobody reads")
    ) { try BlockingSink(.file(folder["lonely"]), replacing: false) }
  }

  @Test func aTargetIsReadFromText() throws {
    #expect(try OutputTarget(parsing: "-") == .standardOutput)
    #expect(try OutputTarget(parsing: "unix:/run/x") == .socket("/run/x"))
    #expect(try OutputTarget(parsing: "a.jsonl") == .file("a.jsonl"))
    for bad in ["", "unix:", "a\0b", "unix:/" + String(repeating: "x", count: 107)] {
      #expect(throws: SinkError.self) { try OutputTarget(parsing: bad) }
    }
    for text in ["-", "unix:/run/x", "a.jsonl"] {
      #expect(try OutputTarget(parsing: text).description == text)
    }
  }
}

/// Bytes that two threads share.
final class Collected: Sendable {
  private let bytes = Mutex<[UInt8]>([])
  func append(_ more: ArraySlice<UInt8>) { bytes.withLock { $0 += more } }
  var all: [UInt8] { bytes.withLock { $0 } }
}
