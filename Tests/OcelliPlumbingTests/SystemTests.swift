import Glibc
import OcelliPlumbing
import Synchronization
import SystemPackage
import Testing

@Suite("Threads")
struct ThreadTests {
  @Test("have their name, run once, and may be joined twice")
  func join() throws {
    let runs = Atomic<Int>(0)
    let thread = try OSThread.start(name: "a name that is far too long", stackBytes: 256 * 1024) {
      let file = unsafe open("/proc/thread-self/comm", O_RDONLY)
      defer { close(file) }
      var name = [UInt8](repeating: 0, count: 32)
      let count = unsafe read(file, &name, name.count)
      #expect(String(decoding: name.prefix(count), as: UTF8.self) == "a name that is \n")
      runs.add(1, ordering: .relaxed)
    }
    #expect(thread.join())
    #expect(thread.join())
    #expect(thread.isFinished)
    #expect(runs.load(ordering: .relaxed) == 1)
  }

  @Test("that are stuck do not hold up whoever joins with a deadline")
  func stuck() throws {
    let gate = Signal()
    let thread = try OSThread.start(name: "stuck") { gate.wait(after: 0) }
    #expect(!thread.join(until: Deadline(in: 0.01, of: SystemClock())))
    gate.raise()
    #expect(thread.join())
  }

  @Test("that cannot be had are an error with the name")
  func refused() {
    #expect(throws: PlumbingError.thread(name: "huge", Errno(rawValue: EAGAIN))) {
      _ = try OSThread.start(name: "huge", stackBytes: 1 << 46) {}
    }
  }
}

@Suite("Cores")
struct CoreTests {
  @Test("are at least one on this machine")
  func here() { #expect(availableCores() >= 1) }

  @Test(
    "follow the quotas of the control group and of all above it",
    arguments: [
      ("/a/b", ["/sys/fs/cgroup/a/b/cpu.max": "max 100000\n"], 8),
      ("/a/b", ["/sys/fs/cgroup/a/b/cpu.max": "250000 100000\n"], 2),
      ("/a/b", ["/sys/fs/cgroup/a/cpu.max": "300000 100000\n"], 3),
      ("/a/b", ["/sys/fs/cgroup/cpu.max": "50000 100000\n"], 1),
      ("/", ["/sys/fs/cgroup/cpu.max": "400000 100000\n"], 4),
      ("/a", ["/sys/fs/cgroup/a/cpu.max": "-5 nonsense"], 8),
      ("/a", ["/sys/fs/cgroup/a/cpu.max": "100000 0"], 8),
      ("/a", ["/sys/fs/cgroup/a/cpu.max": "9900000 100000"], 8),
    ])
  func quota(path: String, files: [String: String], expected: Int) {
    let cores = availableCores(affinity: 8) {
      $0 == "/proc/self/cgroup" ? "0::\(path)\n" : files[$0]
    }
    #expect(cores == expected)
  }

  @Test("are one where the kernel tells nothing")
  func silent() { #expect(availableCores(affinity: 0) { _ in nil } == 1) }
}

@Suite("Signals")
struct SignalTests {
  @Test("arrive at the handler, each once, in place of what they do by default")
  func arrive() throws {
    let got = Monitor<[Int32]>([])
    let watcher = try SignalWatcher([SIGUSR1, SIGUSR2]) { number in got.update { $0.append(number) }
    }
    // To the watcher alone: the test runner's threads do not block them.
    for number in [SIGUSR2, SIGUSR1] {
      let before = got.withLock { $0.count }
      watcher.thread.deliver(number)
      let last = got.wait(until: Deadline(in: 10, of: SystemClock())) { numbers in
        numbers.count > before ? numbers.last : nil
      }
      #expect(last == number)
    }
    #expect(got.withLock { $0 } == [SIGUSR2, SIGUSR1])
  }

  @Test("leave no thread behind when their watcher goes")
  func gone() throws {
    let thread: OSThread
    do {
      let watcher = try SignalWatcher([SIGUSR1]) { _ in }
      thread = watcher.thread
    }
    #expect(thread.join(until: Deadline(in: 10, of: SystemClock())))
  }
}

@Suite("Descriptors")
struct DescriptorTests {
  @Test("are written whole through a pipe smaller than the bytes")
  func whole() throws {
    let (reader, writer) = try pipe(nonBlocking: true)
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
    let received = Monitor<[UInt8]>([])
    let thread = try OSThread.start(name: "reader") {
      var buffer = [UInt8](repeating: 0, count: 10_000)
      while true {
        let count = unsafe buffer.withUnsafeMutableBytes {
          unsafe read(reader, $0.baseAddress, $0.count)
        }
        guard count > 0 else { return }
        received.withLock { $0 += buffer[..<count] }
      }
    }
    try writeAll(bytes.span, to: writer)
    close(writer)
    thread.join()
    close(reader)
    #expect(received.withLock { $0 } == bytes)
  }

  @Test("that nobody reads give up at the deadline")
  func timeout() throws {
    let (reader, writer) = try pipe(nonBlocking: true)
    defer {
      close(reader)
      close(writer)
    }
    let bytes = [UInt8](repeating: 0, count: 1 << 20)
    #expect(throws: PlumbingError.writeTimedOut) {
      try writeAll(bytes.span, to: writer, until: Deadline(in: 0.02, of: SystemClock()))
    }
  }

  @Test("that are closed or full say so")
  func refused() throws {
    SignalWatcher.ignoreBrokenPipes()
    let (reader, writer) = try pipe(nonBlocking: false)
    close(reader)
    defer { close(writer) }
    let bytes: [UInt8] = [1, 2, 3]
    #expect(throws: PlumbingError.write(.brokenPipe)) { try writeAll(bytes.span, to: writer) }
    let full = unsafe open("/dev/full", O_WRONLY)
    defer { close(full) }
    #expect(throws: PlumbingError.write(.noSpace)) { try writeAll(bytes.span, to: full) }
  }

  private func pipe(nonBlocking: Bool) throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(unsafe Glibc.pipe(&ends) == 0)
    if nonBlocking { _ = fcntl(ends[1], F_SETFL, O_NONBLOCK) }
    return (ends[0], ends[1])
  }
}
