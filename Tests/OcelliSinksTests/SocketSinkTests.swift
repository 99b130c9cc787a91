import Foundation
import Glibc
import OcelliEvents
import OcelliPlumbing
import OcelliSinks
import Testing

@Suite struct SocketSinkTests {
  private func limits(bytes: Int = 16 << 20, lines: Int = 65_536) -> SocketSink.Limits {
    var limits = SocketSink.Limits()
    limits.queueBytes = bytes
    limits.queueLines = lines
    limits.drainPatience = 0.5
    return limits
  }

  private func elsewhere<R: Sendable>(_ body: @escaping @Sendable () -> R) -> Task<R, Never> {
    let (stream, promise) = AsyncStream<R>.makeStream()
    DispatchQueue.global().async {
      promise.yield(body())
      promise.finish()
    }
    return Task { await stream.first { _ in true }! }
  }

  @Test func everyReaderGetsHelloAndThenEveryLine() async throws {
    let folder = Folder()
    let sink = try SocketSink(path: folder["s"], limits: limits())
    let publisher = Publisher(sinks: [sink])
    try publisher.publish(Script.hello)
    let clients = try (0..<5).map { _ in try #require(Client(folder["s"])) }
    #expect(eventually { sink.totals.readers == 5 })
    let readings = clients.map { client in elsewhere { client.read() } }
    for number in 0..<3000 { try publisher.publish(Script.frame(number)) }
    try publisher.publish(Script.end)
    publisher.close()
    for reading in readings {
      let received = try Received(await reading.value)
      #expect(received.types.first == "hello")
      #expect(received.lines[0]["seq"]?.number == 0)
      #expect(received.lines[0]["resume"]?["oldest_seq"]?.number == 1)
      #expect(received.types.last == "end")
      #expect(received.numbers == Array(1...3001))
    }
    #expect(sink.totals.delivered == 5 * 3001)
    #expect(sink.totals.isExact)
    for client in clients { client.hangUp() }
  }

  @Test func aReaderThatComesLaterBeginsWhereTheOthersAre() async throws {
    let folder = Folder()
    let sink = try SocketSink(path: folder["s"], limits: limits())
    let publisher = Publisher(sinks: [sink])
    // Before there is a hello there is nothing to say.
    let early = try #require(Client(folder["s"]))
    #expect(eventually { sink.totals.readers == 1 })
    try publisher.publish(Script.hello)
    for number in 0..<7 { try publisher.publish(Script.frame(number)) }
    #expect(eventually { sink.totals.delivered == 7 })
    let late = try #require(Client(folder["s"]))
    #expect(eventually { sink.totals.readers == 2 })
    for number in 7..<9 { try publisher.publish(Script.frame(number)) }
    publisher.close()
    let first = try Received(early.read())
    #expect(first.lines[0]["seq"]?.number == 0)
    #expect(first.numbers == Array(1...9))
    let second = try Received(late.read())
    #expect(second.types.first == "hello")
    #expect(second.lines[0]["seq"]?.number == 7)
    #expect(second.numbers == [8, 9])
    #expect(sink.totals.isExact)
  }

  @Test func aSlowADyingAndAReturningReaderTouchNobodyElse() async throws {
    let folder = Folder()
    let sink = try SocketSink(path: folder["s"], limits: limits(lines: 400))
    let publisher = Publisher(sinks: [sink])
    try publisher.publish(Script.hello)
    let path = folder["s"]
    let slow = try #require(Client(path))
    let good = try #require(Client(path))
    let dying = try #require(Client(path))
    #expect(eventually { sink.totals.readers == 3 })
    let taken = Counter()
    let goodReading = elsewhere { good.read(taken: taken) }
    let slowReading = elsewhere { slow.read(chunk: 10_000, pause: 20_000) }
    let churn = elsewhere { () -> Int in
      var visits = 0
      for _ in 0..<30 {
        guard let visitor = Client(path) else { break }
        _ = visitor.readLines(2)
        visitor.hangUp()
        visits += 1
      }
      return visits
    }
    var longest: Int64 = 0
    let count = 4000
    for number in 0..<count {
      if number == 500 { dying.hangUp() }
      let start = monotonicNanoseconds()
      try publisher.publish(Script.frame(number, size: 1000))
      longest = max(longest, monotonicNanoseconds() - start)
      #expect(sink.totals.isExact)
      // As fast as the good reader takes them, and far faster than the slow one.
      #expect(eventually { number - taken.value < 200 })
    }
    try publisher.publish(Script.end)
    publisher.close()
    #expect(await churn.value > 0)
    let fast = try Received(await goodReading.value)
    #expect(!fast.hasGap)
    #expect(fast.numbers == Array(1...count + 1))
    let gapped = try Received(await slowReading.value)
    #expect(gapped.hasGap)
    #expect(gapped.numbers == Array(1...count + 1))
    for gap in gapped.lines where gap["type"]?.string == "gap" {
      #expect(gap["cause"]?.string == "output")
      #expect(gap["seq"] == gap["to_seq"])
    }
    #expect(longest < 1_000_000_000)
    let totals = sink.totals
    #expect(totals.isExact)
    #expect(totals.queued == 0)
    #expect(totals.readers == 0)
    #expect(totals.lost > 0)
  }

  @Test func aReaderThatTakesNothingIsGivenUpAtTheEnd() throws {
    let folder = Folder()
    let sink = try SocketSink(path: folder["s"], limits: limits())
    let publisher = Publisher(sinks: [sink])
    try publisher.publish(Script.hello)
    let client = try #require(Client(folder["s"]))
    #expect(eventually { sink.totals.readers == 1 })
    for number in 0..<2000 { try publisher.publish(Script.frame(number, size: 1000)) }
    let start = monotonicNanoseconds()
    publisher.close()
    let waited = Double(monotonicNanoseconds() - start) / 1e9
    #expect(waited > 0.4 && waited < 5)
    #expect(sink.totals.lost > 0)
    #expect(sink.totals.isExact)
    client.hangUp()
  }

  @Test func aHurriedCloseDoesNotWait() throws {
    let folder = Folder()
    var limits = limits()
    limits.drainPatience = 60
    let sink = try SocketSink(path: folder["s"], limits: limits)
    let publisher = Publisher(sinks: [sink])
    let client = try #require(Client(folder["s"]))
    #expect(eventually { sink.totals.readers == 1 })
    for number in 0..<2000 { try publisher.publish(Script.frame(number, size: 1000)) }
    try publisher.publish(Script.hello)
    let start = monotonicNanoseconds()
    publisher.hurry(seconds: 0.2)
    publisher.close()
    #expect(monotonicNanoseconds() - start < 5_000_000_000)
    client.hangUp()
  }

  @Test func aClientThatTalksIsHeardOutAndOneThatTalksTooMuchIsCutOff() throws {
    let folder = Folder()
    let sink = try SocketSink(path: folder["s"], limits: limits())
    let publisher = Publisher(sinks: [sink])
    try publisher.publish(Script.hello)
    let polite = try #require(Client(folder["s"]))
    let noisy = try #require(Client(folder["s"]))
    #expect(eventually { sink.totals.readers == 2 })
    _ = unsafe send(polite.descriptor, "GET / HTTP/1.0\r\n\r\n", 18, Int32(MSG_NOSIGNAL))
    shutdown(polite.descriptor, Int32(SHUT_WR))
    let flood = [UInt8](repeating: 0, count: 1 << 16)
    for _ in 0..<4 { _ = unsafe send(noisy.descriptor, flood, flood.count, Int32(MSG_NOSIGNAL)) }
    #expect(eventually { sink.totals.readers == 1 })
    try publisher.publish(Script.frame(0))
    publisher.close()
    #expect(try Received(polite.read()).numbers == [1])
  }

  @Test func moreReadersThanAllowedAreTurnedAway() throws {
    let folder = Folder()
    var limits = limits()
    limits.readers = 2
    let sink = try SocketSink(path: folder["s"], limits: limits)
    let clients = try (0..<2).map { _ in try #require(Client(folder["s"])) }
    #expect(eventually { sink.totals.readers == 2 })
    let third = try #require(Client(folder["s"]))
    #expect(third.read().isEmpty)
    #expect(sink.totals.readers == 2)
    for client in clients { client.hangUp() }
    #expect(eventually { sink.totals.readers == 0 })
    sink.close()
  }

  @Test func thePathIsTakenOnlyWhereThatHarmsNobody() throws {
    let folder = Folder()
    let path = folder["s"]
    let first = try SocketSink(path: path)
    #expect(throws: SinkError.self) { try SocketSink(path: path) }
    #expect(Client(path) != nil)
    var status = stat()
    unsafe lstat(path, &status)
    #expect(status.st_mode & 0o777 == 0o660)
    first.close()
    #expect(unsafe lstat(path, &status) != 0)

    try "words".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: SinkError.self) { try SocketSink(path: path) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "words")
    unsafe unlink(path)
    unsafe symlink(folder["elsewhere"], path)
    #expect(throws: SinkError.self) { try SocketSink(path: path) }
    #expect(throws: SinkError.self) { try SocketSink(path: folder["no/folder"]) }
  }

  @Test func aStaleSocketIsReplacedAndAnothersIsLeftAlone() throws {
    let folder = Folder()
    let path = folder["s"]
    let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    unsafe withUnsafePointer(to: &address) {
      _ = unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    Glibc.close(stale)
    let sink = try SocketSink(path: path)
    #expect(Client(path) != nil)
    // Somebody replaces our socket: theirs must survive our end.
    unsafe unlink(path)
    let other = try SocketSink(path: path)
    sink.close()
    #expect(Client(path) != nil)
    other.close()
    #expect(Client(path) == nil)
  }

  @Test func waitingForTheFirstReaderEndsWithOneOrWithAWishToStop() async throws {
    let folder = Folder()
    let sink = try SocketSink(path: folder["s"])
    let stopped = Interruption()
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.15) { stopped.set() }
    #expect(sink.waitForReader(unless: stopped) == false)
    let path = folder["s"]
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.15) {
      Client(path)?.hangUp()
    }
    #expect(sink.waitForReader(unless: Interruption()))
    sink.close()
  }
}
